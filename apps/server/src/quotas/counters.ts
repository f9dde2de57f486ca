/** Counting requests in windows of time: a small port, so that several servers can count together one day. */
import type { Soon } from '@atelier/base/at-once'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'

export type Window = { readonly most: number; readonly seconds: number }

export type Counted = {
  readonly isAllowed: boolean
  readonly remaining: number
  /** Until the window ends. */
  readonly seconds: number
}

export interface Counter {
  /** Counts one request of `key`. */
  take(key: string): Soon<Counted>
}

export interface Counters {
  /** A count of its own. */
  open(window: Window): Counter
}

/** In the memory of this process. A counter forgets whoever began first when there are more than `mostKeys`; they begin with a new window. */
export const memoryCounters = (mostKeys = 100_000): { open(window: Window): MemoryCounter } => ({
  open: (window) => new MemoryCounter(window, mostKeys),
})

/**
 * rate-limiter-flexible, asked without a promise: it counts at once, and its own `consume` tells later. What of its inside is used here, a
 * test compares with `consume` (counters.test.ts); the version is pinned.
 */
export class MemoryCounter extends RateLimiterMemory implements Counter {
  declare readonly _memoryStorage: {
    /** In the order in which the windows began. */
    readonly _storage: ReadonlyMap<string, unknown>
    incrby(key: string, by: number, seconds: number): RateLimiterRes
    delete(key: string): boolean
  }
  readonly #mostKeys: number

  constructor({ most, seconds }: Window, mostKeys: number) {
    super({ keyPrefix: '', points: most, duration: seconds })
    this.#mostKeys = mostKeys
  }

  get keys(): number {
    return this._memoryStorage._storage.size
  }

  take(key: string): Counted {
    const { consumedPoints, msBeforeNext } = this._memoryStorage.incrby(key, 1, this.duration)
    if (consumedPoints === 1 && this.keys > this.#mostKeys) this.#forgetFirst()
    return {
      isAllowed: consumedPoints <= this.points,
      remaining: Math.max(0, this.points - consumedPoints),
      seconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
    }
  }

  #forgetFirst(): void {
    for (const first of this._memoryStorage._storage.keys()) return void this._memoryStorage.delete(first)
  }
}
