/**
 * How many programs a user has started in the last hour. Counted in memory, so that a click waits for nothing and two at once cannot both be
 * the last one; what was started before this process knew the user, or by other servers, comes from the table of executions.
 */
import type { Database } from '@atelier/storage/db/database'
import { LRUCache } from 'lru-cache'
import { firstIdAt } from '../quotas/quota-rows.ts'

const minuteMs = 60_000
const minutesCounted = 60
/** How often it is looked up what other servers have started. */
const lookUpEveryMs = 60_000
const usersRemembered = 20_000

type Hour = { readonly started: Map<number, number>; readAtMs: number; reading: Promise<void> | null }

export type Taken =
  | { readonly isAllowed: true; giveBack(): void }
  | { readonly isAllowed: false; readonly started: number; readonly secondsToWait: number }

export class HourlyExecutions {
  readonly #db: Database
  readonly #now: () => number
  readonly #hours = new LRUCache<string, Hour>({ max: usersRemembered })

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  /** Counts one more, when `most` allows it. */
  async take(userId: string, most: number): Promise<Taken> {
    const hour = this.#hours.get(userId) ?? { started: new Map(), readAtMs: 0, reading: null }
    this.#hours.set(userId, hour)
    const age = this.#now() - hour.readAtMs
    if (age > lookUpEveryMs) {
      hour.reading ??= this.#read(userId, hour).finally(() => {
        hour.reading = null
      })
      await hour.reading
    }
    // From here to the end nothing waits: nobody else can take the same place.
    const minute = Math.floor(this.#now() / minuteMs)
    for (const old of hour.started.keys()) if (old <= minute - minutesCounted) hour.started.delete(old)
    const started = [...hour.started.values()].reduce((sum, count) => sum + count, 0)
    if (started >= most) return { isAllowed: false, started, secondsToWait: this.#secondsUntil(hour, started - most) }
    hour.started.set(minute, (hour.started.get(minute) ?? 0) + 1)
    return {
      isAllowed: true,
      giveBack: () => hour.started.set(minute, Math.max(0, (hour.started.get(minute) ?? 1) - 1)),
    }
  }

  /** Until more than `tooMany` have been forgotten. */
  #secondsUntil({ started }: Hour, tooMany: number): number {
    let forgotten = 0
    for (const [minute, count] of [...started].toSorted(([a], [b]) => a - b)) {
      forgotten += count
      if (forgotten > tooMany) return Math.max(1, Math.ceil(((minute + minutesCounted) * minuteMs - this.#now()) / 1000))
    }
    return minutesCounted * 60
  }

  async #read(userId: string, hour: Hour): Promise<void> {
    const since = new Date(this.#now() - minutesCounted * minuteMs)
    const { rows } = await this.#db.query<{ readonly minute: number; readonly count: number }>({
      name: 'count-hourly-executions',
      text: `SELECT floor(extract(epoch FROM started_at) / 60)::int AS minute, count(*)::int AS count
               FROM executions WHERE user_id = $1 AND id >= $2 GROUP BY 1`,
      values: [userId, firstIdAt(since)],
    })
    // Ours among them may not be written yet, those of others are not in memory: the larger number is nearer the truth.
    for (const { minute, count } of rows) hour.started.set(minute, Math.max(count, hour.started.get(minute) ?? 0))
    hour.readAtMs = this.#now()
  }
}
