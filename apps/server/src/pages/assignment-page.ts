/**
 * Where the link of an assignment leads: a form that asks for a name and works without scripts. Asking for the page changes nothing, as with
 * share links (join-page.ts). Who has a fork already goes straight to it, whatever became of the assignment.
 */
import { DisplayName } from '@atelier/protocol/sessions'
import type { Accounts } from '../accounts/accounts.ts'
import type { Assignments } from '../assignments/assignments.ts'
import type { App } from '../http/app.ts'
import { asRefusal } from '../http/problems.ts'
import { assignmentHtml, closedAssignmentHtml } from './assignment-html.ts'
import { deadLinkPage, formPagePolicy } from './plain-pages.ts'
import { sendPlain } from './send-plain.ts'

export type AssignmentPageOptions = {
  readonly accounts: Pick<Accounts, 'knownUser' | 'actingUser' | 'describe' | 'rename'>
  readonly assignments: Pick<Assignments, 'readInvitation' | 'join'>
}

/** One name, each character of which may be a dozen bytes when it is encoded. */
const formBytes = 4096

export function registerAssignmentPage(app: App, { accounts, assignments }: AssignmentPageOptions): void {
  app.get<{ Params: { token: string } }>('/assignments/:token', { schema: { hide: true } }, async (request, reply) => {
    const { token } = request.params
    const userId = await accounts.knownUser(request)
    const found = await assignments.readInvitation(token, userId)
    if (found === null) return sendPlain(reply, 404, deadLinkPage())
    const own = userId === found.teacher ? found.project : found.fork
    if (own !== null) return reply.header('cache-control', 'no-store').redirect(`/projects/${own}`, 303)
    if (!found.takes) return sendPlain(reply, 403, closedAssignmentHtml())
    const user = userId === null ? null : await accounts.describe(userId)
    reply.header('x-robots-tag', 'noindex')
    const name = user?.kind === 'account' ? user.name : ''
    return sendPlain(reply, 200, assignmentHtml(`/assignments/${token}`, found, name, null), formPagePolicy)
  })

  app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    )
    scope.post<{ Params: { token: string } }>(
      '/assignments/:token',
      { schema: { hide: true }, bodyLimit: formBytes },
      async (request, reply) => {
        const { token } = request.params
        const found = await assignments.readInvitation(token, null)
        if (found === null) return sendPlain(reply, 404, deadLinkPage())
        const typed = request.body instanceof URLSearchParams ? (request.body.get('name') ?? '') : ''
        const name = DisplayName.safeParse(typed)
        if (!name.success) {
          const reason = name.error.issues[0]?.message ?? 'that is no name'
          return sendPlain(reply, 400, assignmentHtml(`/assignments/${token}`, found, typed.slice(0, 80), reason), formPagePolicy)
        }
        const userId = await accounts.actingUser(request, reply)
        try {
          const fork = await assignments.join(token, userId, name.data)
          // What a guest is called until now, nobody chose.
          if ((await accounts.describe(userId))?.kind === 'guest') await accounts.rename(userId, name.data)
          return reply.header('cache-control', 'no-store').redirect(`/projects/${fork}`, 303)
        } catch (error) {
          const { code, message } = asRefusal(error)
          if (code === 'not-found') return sendPlain(reply, 404, deadLinkPage())
          if (code === 'forbidden' || code === 'too-large') return sendPlain(reply, 403, closedAssignmentHtml(message))
          throw error
        }
      },
    )
  })
}
