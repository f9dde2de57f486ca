/**
 * How many requests a user may send in a minute; whoever has no session is counted by address, an IPv6 one by its network. Three classes, so
 * that a script that reads too fast can still save. Every answer of the API says what is left, in the fields of
 * draft-ietf-httpapi-ratelimit-headers-10.
 *
 * What comes over a WebSocket has limits of its own (sockets/intake.ts), and so have attempts to sign in (accounts/attempts.ts).
 */
import { follow } from '@atelier/base/at-once'
import { Problem, Refusal } from '@atelier/protocol/errors'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import { neighbourhoodOf } from '../accounts/attempts.ts'
import { addressOf } from '../audit/origin.ts'
import type { App } from '../http/app.ts'
import { promptHook } from '../http/prompt-hook.ts'
import type { Counted, Counter, Counters } from './counters.ts'
import type { NamedTier } from './quota-tiers.ts'
import type { Quotas } from './quotas.ts'

export type RateClass = 'reads' | 'writes' | 'executions'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** As what its requests are counted. */
    rateClass?: RateClass
  }
}

const windowSeconds = 60
const prefix = '/api/v1/'
const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

export const rateClassOf = (method: string, path: string): RateClass =>
  reading.has(method) ? 'reads' : /^\/api\/v1\/(embeds\/)?executions$/.test(path) ? 'executions' : 'writes'

const whatOf = { reads: 'requests', writes: 'changes', executions: 'requests to run a program' } as const

export type RateParts = {
  readonly accounts: Pick<Accounts, 'visitor' | 'onEnd'>
  readonly quotas: Quotas
  readonly counters: Counters
}

/** What a tier allows of one class. */
type Limit = { readonly rateClass: RateClass; readonly most: number; readonly policy: string; readonly counter: Counter }
type Limits = Readonly<Record<RateClass, Limit | null>>

/** To be called after `holdScopes`, which knows signed-in browsers, and before the routes that it shall hold for are registered. */
export function limitRates(app: App, { accounts, quotas, counters }: RateParts): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    if (!route.url.startsWith(prefix)) return
    const [method = 'GET'] = [route.method].flat()
    route.config = { ...route.config, rateClass: rateClassOf(method, route.url) }
    if (route.schema === undefined) return
    const response = route.schema.response as Record<number, unknown> | undefined
    route.schema = { ...route.schema, response: { ...response, 429: Problem } }
  })

  // A guest who becomes an account, or an account an administrator, gets a new session in place of all others.
  const stop = accounts.onEnd((end) => {
    if ('userId' in end) quotas.forget(end.userId)
  })
  app.addHook('onClose', async () => stop())

  // There are as many tiers as the settings name, so this map does not grow.
  const limits = new Map<NamedTier, Limits>()
  const limitsOf = (tier: NamedTier): Limits => {
    const known = limits.get(tier) ?? openLimits(tier, counters)
    limits.set(tier, known)
    return known
  }

  // Also where nothing is: otherwise the fields would tell the addresses of administrators apart from those that do not exist.
  // Mostly nothing has to be waited for: who asks and their tier are known, and the count is in memory.
  app.addHook(
    'onRequest',
    promptHook((request, reply) => {
      if (!request.url.startsWith(prefix)) return
      const { rateClass = rateClassOf(request.method, '') } = request.routeOptions.config
      return follow(accounts.visitor(request), (visitor) => {
        const userId = visitor?.userId
        const tier = userId === undefined ? quotas.stranger : quotas.tierOf(userId)
        return follow(tier, (known) => {
          const limit = limitsOf(known)[rateClass]
          if (limit === null) return
          return follow(limit.counter.take(userId ?? addressKey(request)), (counted) => {
            tellLimit(reply, limit, counted)
            if (!counted.isAllowed) throw tooMany(userId === undefined ? 'Your address' : 'You', known, limit, counted)
          })
        })
      })
    }),
  )
}

function openLimits(tier: NamedTier, counters: Counters): Limits {
  const open = (rateClass: RateClass, most: number | null): Limit | null =>
    most === null
      ? null
      : {
          ...{ rateClass, most, policy: `"${rateClass}";q=${most};w=${windowSeconds}` },
          counter: counters.open({ most, seconds: windowSeconds }),
        }
  return {
    reads: open('reads', tier.readsPerMinute),
    writes: open('writes', tier.writesPerMinute),
    executions: open('executions', tier.executionsPerMinute),
  }
}

function tellLimit(reply: FastifyReply, { rateClass, policy }: Limit, { remaining, seconds }: Counted): void {
  reply.header('ratelimit-policy', policy)
  reply.header('ratelimit', `"${rateClass}";r=${remaining};t=${seconds}`)
}

const tooMany = (who: string, tier: NamedTier, { rateClass, most }: Limit, { seconds }: Counted): Refusal =>
  new Refusal(
    'too-many-requests',
    `${who} sent more than ${most} ${whatOf[rateClass]} within a minute, which is what the tier "${tier.name}" allows. Go on in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    { retryAfterSeconds: seconds },
  )

const addressKey = (request: FastifyRequest): string => `address ${neighbourhoodOf(addressOf(request.ip) ?? 'unknown')}`
