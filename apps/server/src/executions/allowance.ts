/** What a user's tier allows of running programs: how many an hour, how many at once, and how large each. */
import { Refusal } from '@atelier/protocol/errors'
import type { ExecutionLimits } from '@atelier/protocol/executions'
import type { Database } from '@atelier/storage/db/database'
import type { NamedTier } from '../quotas/quota-tiers.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { HourlyExecutions } from './hourly-executions.ts'
import type { LimitPolicy } from './limits.ts'

export type Allowance = {
  readonly limits: LimitPolicy
  /** Null: as many as anybody. */
  readonly atOnce: number | null
  /** Counts one more in this hour; to be given back when nothing was started. @throws Refusal too-many-requests */
  take(): Promise<{ giveBack(): void }>
}

export interface Allowances {
  of(userId: string): Promise<Allowance>
}

const endless = { giveBack: () => {} }

/** For whoever counts nobody. */
export const allowEverything = (limits: LimitPolicy): Allowances => ({
  of: async () => ({ limits, atOnce: null, take: async () => endless }),
})

export function createAllowances(parts: {
  readonly db: Database
  readonly now: () => number
  readonly quotas: Pick<Quotas, 'tierOf'>
  readonly limits: LimitPolicy
}): Allowances {
  const hourly = new HourlyExecutions(parts.db, parts.now)
  return {
    async of(userId) {
      const tier = await parts.quotas.tierOf(userId)
      return {
        limits: limitsWithin(parts.limits, tier),
        atOnce: tier.executionsAtOnce,
        async take() {
          if (tier.executionsPerHour === null) return endless
          const taken = await hourly.take(userId, tier.executionsPerHour)
          if (taken.isAllowed) return taken
          throw new Refusal(
            'too-many-requests',
            `You have started ${taken.started} programs within an hour, and the tier "${tier.name}" allows ${tier.executionsPerHour}. The next one may start in ${durationOf(taken.secondsToWait)}; whoever hosts this server can give you another tier.`,
            { retryAfterSeconds: taken.secondsToWait },
          )
        },
      }
    },
  }
}

/** The server's own limits are the most for every tier. */
export function limitsWithin({ usual, most }: LimitPolicy, tier: NamedTier): LimitPolicy {
  const within = (limits: ExecutionLimits): ExecutionLimits => ({
    ...limits,
    wallMs: Math.min(limits.wallMs, tier.wallMs ?? limits.wallMs),
    cpuMs: Math.min(limits.cpuMs, tier.cpuMs ?? limits.cpuMs),
    memoryBytes: Math.min(limits.memoryBytes, tier.memoryBytes ?? limits.memoryBytes),
  })
  return { usual: within(usual), most: within(most) }
}

const durationOf = (seconds: number): string =>
  seconds < 90 ? `${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : `${Math.ceil(seconds / 60)} minutes`
