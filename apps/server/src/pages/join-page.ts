/**
 * Where a share link leads. Asking for the page changes nothing: chats and search engines fetch every address that they see, and would
 * become members. Joining is the button, a form that works without scripts; who is in already goes straight to the project.
 */
import type { Accounts } from '../accounts/accounts.ts'
import type { App } from '../http/app.ts'
import { asRefusal } from '../http/problems.ts'
import type { Projects } from '../projects/projects.ts'
import type { Sharing } from '../sharing/sharing.ts'
import { deadLinkPage, formPagePolicy, fullProjectPage, invitationPage } from './plain-pages.ts'
import { sendPlain } from './send-plain.ts'

export type JoinPageOptions = {
  readonly accounts: Pick<Accounts, 'knownUser' | 'actingUser'>
  readonly projects: Pick<Projects, 'readProject'>
  readonly sharing: Pick<Sharing, 'readInvitation' | 'join'>
}

/** A form without fields; a browser sends a few bytes at most. */
const formBytes = 1024

export function registerJoinPage(app: App, { accounts, projects, sharing }: JoinPageOptions): void {
  app.get<{ Params: { token: string } }>('/join/:token', { schema: { hide: true } }, async (request, reply) => {
    const { token } = request.params
    const invitation = await sharing.readInvitation(token)
    if (invitation === null) return sendPlain(reply, 404, deadLinkPage())
    const userId = await accounts.knownUser(request)
    const role = userId === null ? null : await roleOf(invitation.projectId, userId)
    const gainsNothing = role !== null && (role !== 'viewer' || invitation.role === 'viewer')
    if (gainsNothing) return reply.header('cache-control', 'no-store').redirect(`/projects/${invitation.projectId}`, 303)
    reply.header('x-robots-tag', 'noindex')
    return sendPlain(reply, 200, invitationPage(`/join/${token}`, invitation), formPagePolicy)
  })

  app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, _body, done) => done(null))
    scope.post<{ Params: { token: string } }>(
      '/join/:token',
      { schema: { hide: true }, bodyLimit: formBytes },
      async (request, reply) => {
        const { token } = request.params
        if ((await sharing.readInvitation(token)) === null) return sendPlain(reply, 404, deadLinkPage())
        const userId = await accounts.actingUser(request, reply)
        try {
          const projectId = await sharing.join(token, userId)
          return reply.header('cache-control', 'no-store').redirect(`/projects/${projectId}`, 303)
        } catch (error) {
          const { code } = asRefusal(error)
          if (code === 'not-found') return sendPlain(reply, 404, deadLinkPage())
          if (code === 'too-large') return sendPlain(reply, 413, fullProjectPage())
          throw error
        }
      },
    )
  })

  async function roleOf(projectId: string, userId: string) {
    try {
      return (await projects.readProject(projectId, userId)).role
    } catch (error) {
      if (asRefusal(error).code === 'not-found') return null
      throw error
    }
  }
}
