/** Where the link leads that the first start prints. Asking for it changes nothing; the button is a form, as on the page of a share link. */

import type { FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { FirstAdmin } from '../accounts/first-admin.ts'
import type { Logins } from '../accounts/logins.ts'
import type { App } from '../http/app.ts'
import { becomeAdminPage, deadAdminLinkPage, formPagePolicy, guestsFirstPage } from './plain-pages.ts'
import { sendPlain } from './send-plain.ts'

export type FirstAdminPageOptions = {
  readonly accounts: Pick<Accounts, 'visitor'>
  readonly logins: Pick<Logins, 'person' | 'renewSession'>
  readonly firstAdmin: FirstAdmin
}

type WithToken = { Params: { token: string } }
const options = { schema: { hide: true }, config: { scope: 'account' }, bodyLimit: 1024 } as const

export function registerFirstAdminPage(app: App, { accounts, logins, firstAdmin }: FirstAdminPageOptions): void {
  async function accountOf(request: FastifyRequest) {
    const visitor = await accounts.visitor(request)
    const person = visitor === null ? null : await logins.person(visitor.userId)
    return person === null || person.account === null
      ? null
      : { id: person.user.id, login: person.account.login ?? person.user.name }
  }

  app.get<WithToken>('/become-admin/:token', options, async (request, reply) => {
    const { token } = request.params
    if (!firstAdmin.isGood(token)) return sendPlain(reply, 404, deadAdminLinkPage())
    reply.header('x-robots-tag', 'noindex')
    const account = await accountOf(request)
    if (account === null) return sendPlain(reply, 200, guestsFirstPage())
    return sendPlain(reply, 200, becomeAdminPage(`/become-admin/${token}`, account.login), formPagePolicy)
  })

  app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, _body, done) => done(null))
    scope.post<WithToken>('/become-admin/:token', options, async (request, reply) => {
      if (!firstAdmin.isGood(request.params.token)) return sendPlain(reply, 404, deadAdminLinkPage())
      const account = await accountOf(request)
      if (account === null) return sendPlain(reply, 403, guestsFirstPage())
      try {
        await logins.renewSession(account.id, request, reply, async (queries) => {
          if (!(await firstAdmin.use(queries, account.id))) throw new TooLate()
        })
      } catch (error) {
        if (!(error instanceof TooLate)) throw error
        firstAdmin.close()
        return sendPlain(reply, 404, deadAdminLinkPage())
      }
      firstAdmin.close()
      return reply.header('cache-control', 'no-store').redirect('/admin', 303)
    })
  })
}

class TooLate extends Error {}
