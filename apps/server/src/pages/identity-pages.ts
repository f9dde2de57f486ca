/**
 * To the place that vouches for people, and back. What the answer must fit to is kept by the browser itself, in a cookie for ten minutes:
 * whoever is sent an address of an answer by somebody else has no such cookie, and is not signed in as them.
 */
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Identities } from '../accounts/identities.ts'
import type { IdentityProvider } from '../accounts/identity-provider.ts'
import type { App } from '../http/app.ts'
import { asRefusal } from '../http/problems.ts'
import { failedSignInPage } from './plain-pages.ts'
import { sendPlain } from './send-plain.ts'

export type IdentityPageOptions = {
  readonly accounts: Pick<Accounts, 'visitor'>
  readonly identities: Identities
  readonly provider: IdentityProvider
  /** The address that people type, when it is known. */
  readonly publicUrl: string | null
}

const cookieName = 'atelier_oidc'
const kept = z.object({
  ...{ state: z.string(), nonce: z.string(), verifier: z.string(), callback: z.url() },
  ...{ merge: z.boolean(), linkTo: z.uuid().nullable() },
})
const keptSeconds = 600
const longestCookie = 4096
const options = { schema: { hide: true }, config: { scope: 'account' } } as const

export function registerIdentityPages(app: App, { accounts, identities, provider, publicUrl }: IdentityPageOptions): void {
  const callbackOf = (request: FastifyRequest): string => `${publicUrl ?? `${request.protocol}://${request.host}`}/oidc/callback`
  const cookieFor = (request: FastifyRequest) => ({
    ...{ path: '/oidc', httpOnly: true, sameSite: 'lax' as const, maxAge: keptSeconds },
    secure: request.protocol === 'https' || (publicUrl?.startsWith('https:') ?? false),
  })

  async function orTell(reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
    try {
      return await work()
    } catch (error) {
      const refusal = asRefusal(error)
      if (refusal.code === 'internal') throw error
      return sendPlain(reply, refusal.code === 'identity-unavailable' ? 503 : 403, failedSignInPage(refusal.message))
    }
  }

  app.get<{ Querystring: { merge?: unknown; link?: unknown } }>('/oidc/start', options, (request, reply) =>
    orTell(reply, async () => {
      // Nobody but a page of ours, or the person, sends anybody on this way.
      if (request.headers['sec-fetch-site'] === 'cross-site')
        throw new Refusal('origin-refused', 'Another site asked for this. Sign in from the editor.')
      const visitor = await accounts.visitor(request)
      const links = request.query.link === 'true'
      if (links && visitor?.by !== 'sign-in')
        throw new Refusal('session-required', 'Sign in first, then join the identity to your account.')
      const callback = callbackOf(request)
      const { address, ...expected } = await provider.start(callback)
      const wish = { merge: request.query.merge === 'true', linkTo: links && visitor !== null ? visitor.userId : null }
      const value = Buffer.from(JSON.stringify({ ...expected, callback, ...wish } satisfies z.infer<typeof kept>)).toString(
        'base64url',
      )
      return reply.setCookie(cookieName, value, cookieFor(request)).header('cache-control', 'no-store').redirect(address, 303)
    }),
  )

  app.get('/oidc/callback', options, (request, reply) =>
    orTell(reply, async () => {
      const expected = keptOf(request.cookies[cookieName])
      reply.setCookie(cookieName, '', { ...cookieFor(request), maxAge: 0 })
      if (expected === null) throw notStarted()
      const answer = new URL(expected.callback)
      answer.search = new URL(request.url, expected.callback).search
      const identity = await provider.finish(answer, expected)
      await identities.enter(request, reply, identity, expected)
      return reply.header('cache-control', 'no-store').redirect('/', 303)
    }),
  )
}

function keptOf(cookie: string | undefined): z.infer<typeof kept> | null {
  if (cookie === undefined || cookie.length > longestCookie) return null
  try {
    const parsed = kept.safeParse(JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

const notStarted = (): Refusal =>
  new Refusal(
    'sign-in-failed',
    'This answer was not asked for in this browser, or it came more than ten minutes later. Start again.',
  )
