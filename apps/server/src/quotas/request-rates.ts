/**
 * How many requests a user may send in a minute; whoever has no session is counted by address, an IPv6 one by its network. Three classes, so
 * that a script that reads too fast can still save. Every answer of the API says what is left, in the fields of
 * draft-ietf-httpapi-ratelimit-headers-10.
 *
 * What comes over a WebSocket has limits of its own (sockets/intake.ts), and so have attempts to sign in (accounts/attempts.ts).
 */
import { Problem, Refusal } from '@atelier/protocol/errors'
import type { FastifyRequest, RouteOptions } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import { neighbourhoodOf } from '../accounts/attempts.ts'
import { addressOf } from '../audit/origin.ts'
import type { App } from '../http/app.ts'
import type { Counters } from './counters.ts'
import type { NamedTier } from './quota-tiers.ts'
import type { Quotas } from './quotas.ts'

export type RateClass = 'reads' | 'writes' | 'executions'

const windowSeconds = 60
const prefix = '/api/v1/'
const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

export const rateClassOf = (method: string, path: string): RateClass =>
  reading.has(method) ? 'reads' : /^\/api\/v1\/(embeds\/)?executions$/.test(path) ? 'executions' : 'writes'

const mostOf = (tier: NamedTier, of: RateClass): number | null =>
  of === 'reads' ? tier.readsPerMinute : of === 'writes' ? tier.writesPerMinute : tier.executionsPerMinute

const whatOf = { reads: 'requests', writes: 'changes', executions: 'requests to run a program' } as const

export type RateParts = {
  readonly accounts: Pick<Accounts, 'visitor' | 'onEnd'>
  readonly quotas: Quotas
  readonly counters: Counters
}

/** To be called after `holdScopes`, which knows signed-in browsers, and before the routes that it shall hold for are registered. */
export function limitRates(app: App, { accounts, quotas, counters }: RateParts): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    if (!route.url.startsWith(prefix) || route.schema === undefined) return
    const response = route.schema.response as Record<number, unknown> | undefined
    route.schema = { ...route.schema, response: { ...response, 429: Problem } }
  })

  // A guest who becomes an account, or an account an administrator, gets a new session in place of all others.
  const stop = accounts.onEnd((end) => {
    if ('userId' in end) quotas.forget(end.userId)
  })
  app.addHook('onClose', async () => stop())

  // Also where nothing is: otherwise the fields would tell the addresses of administrators apart from those that do not exist.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith(prefix)) return
    const rateClass = rateClassOf(request.method, request.routeOptions.url ?? '')
    const userId = (await accounts.visitor(request))?.userId
    const tier = userId === undefined ? quotas.stranger : await quotas.tierOf(userId)
    const most = mostOf(tier, rateClass)
    if (most === null) return
    const window = { name: rateClass, most, seconds: windowSeconds }
    const { isAllowed, remaining, seconds } = await counters.take(userId ?? addressKey(request), window)
    reply.header('ratelimit-policy', `"${rateClass}";q=${most};w=${windowSeconds}`)
    reply.header('ratelimit', `"${rateClass}";r=${remaining};t=${seconds}`)
    if (isAllowed) return
    const who = userId === undefined ? 'Your address' : 'You'
    throw new Refusal(
      'too-many-requests',
      `${who} sent more than ${most} ${whatOf[rateClass]} within a minute, which is what the tier "${tier.name}" allows. Go on in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
      { retryAfterSeconds: seconds },
    )
  })
}

const addressKey = (request: FastifyRequest): string => `address ${neighbourhoodOf(addressOf(request.ip) ?? 'unknown')}`
