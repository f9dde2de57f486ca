import { Refusal } from '@atelier/protocol/errors'
import { Session, SessionChange, SessionCreated } from '@atelier/protocol/sessions'
import { type App, problems } from '../http/app.ts'
import type { Accounts } from './accounts.ts'
import type { Logins } from './logins.ts'

/** `person`: what one sees of oneself beside what others see. `signInWith`: the name of the identity provider, when there is one. */
export function registerAccountRoutes(
  app: App,
  accounts: Accounts,
  person?: Logins['person'],
  signInWith: string | null = null,
): void {
  app.get(
    '/api/v1/session',
    { schema: { tags: ['sessions'], summary: 'Who am I', response: { 200: Session } } },
    async (request) => {
      const userId = await accounts.knownUser(request)
      if (userId === null) return { user: null, account: null, signInWith }
      const known = (await person?.(userId)) ?? { user: await accounts.describe(userId), account: null }
      return { ...known, signInWith }
    },
  )

  app.patch(
    '/api/v1/session',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Change what others see of you',
        body: SessionChange,
        response: { 200: Session, ...problems(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request) => {
      const userId = await accounts.knownUser(request)
      const user = userId === null ? null : await accounts.rename(userId, request.body.name)
      if (user === null)
        throw new Refusal('session-required', 'Nobody can be named without a session. Open one first: POST /api/v1/sessions.')
      const account = (await person?.(user.id))?.account ?? null
      return { user, account, signInWith }
    },
  )

  app.post(
    '/api/v1/sessions',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Open a new guest session',
        description: 'For scripts: send the token as `Authorization: Bearer …`. Browsers get it as a cookie too.',
        response: { 201: SessionCreated, ...problems(403, 503) },
      },
    },
    async (request, reply) => {
      const created = await accounts.openSession(request, reply)
      return reply.code(201).send(created)
    },
  )
}
