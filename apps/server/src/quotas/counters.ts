/** Counting requests in windows of time: a small port, so that several servers can count together one day. */
import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export type Window = { readonly name: string; readonly most: number; readonly seconds: number }

export type Counted = {
  readonly isAllowed: boolean
  readonly remaining: number
  /** Until the window ends. */
  readonly seconds: number
}

export interface Counters {
  /** Counts one request of `key`. */
  take(key: string, window: Window): Promise<Counted>
}

/** In the memory of this process. Beyond `mostKeys` whoever was not seen for longest is forgotten, and begins with a new window. */
export function memoryCounters(mostKeys = 100_000): Counters & { readonly keys: number } {
  const limiters = new Map<string, RateLimiterMemory>()
  const seen = new LRUCache<string, RateLimiterMemory>({
    max: mostKeys,
    dispose: (limiter, id, reason) => {
      if (reason === 'evict') void limiter.delete(id.slice(id.indexOf(' ') + 1))
    },
  })
  // There are as many windows as tiers say numbers, so this map does not grow.
  const limiterOf = ({ name, most, seconds }: Window): RateLimiterMemory => {
    const id = `${name}/${most}/${seconds}`
    const known = limiters.get(id)
    if (known !== undefined) return known
    const limiter = new RateLimiterMemory({ keyPrefix: id, points: most, duration: seconds })
    limiters.set(id, limiter)
    return limiter
  }
  return {
    get keys() {
      return seen.size
    },
    async take(key, window) {
      const limiter = limiterOf(window)
      seen.set(`${limiter.keyPrefix} ${key}`, limiter)
      try {
        return countedOf(true, await limiter.consume(key))
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return countedOf(false, refused)
        throw refused
      }
    },
  }
}

const countedOf = (isAllowed: boolean, state: RateLimiterRes): Counted => ({
  isAllowed,
  remaining: Math.max(0, state.remainingPoints),
  seconds: Math.max(1, Math.ceil(state.msBeforeNext / 1000)),
})
