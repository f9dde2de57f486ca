/**
 * How much readers may run. A token costs nothing, so what counts is the address that it comes from, and all readers together: they never
 * get the places of those who work here.
 */
import { Refusal } from '@atelier/protocol/errors'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { neighbourhoodOf } from '../accounts/attempts.ts'

export const readerLimits = {
  /** Programs of one address at once. A class behind one router has one address. */
  atOnce: 4,
  /** Programs of one address, in a minute. */
  perMinute: 30,
} as const

export type ReaderPlace = { leave(): void }

export class ReaderPlaces {
  readonly #together: number
  readonly #runningOf = new Map<string, number>()
  #running = 0
  readonly #runs = new RateLimiterMemory({ keyPrefix: 'embed-run', points: readerLimits.perMinute, duration: 60 })

  /** `executionsAtOnce`: of the whole server; readers get half of it. */
  constructor(executionsAtOnce: number) {
    this.#together = Math.max(1, Math.floor(executionsAtOnce / 2))
  }

  /** @throws Refusal `too-many-requests`, `queue-full` */
  async enter(address: string): Promise<ReaderPlace> {
    const from = neighbourhoodOf(address)
    const own = this.#runningOf.get(from) ?? 0
    if (own >= readerLimits.atOnce)
      throw new Refusal('too-many-requests', `${own} programs run for your address already. Stop one, or wait for it to end.`, {
        retryAfterSeconds: 5,
      })
    if (this.#running >= this.#together)
      throw new Refusal('queue-full', 'All places for readers of embedded programs are taken. Try again in a few seconds.', {
        retryAfterSeconds: 5,
      })
    this.#running += 1
    this.#runningOf.set(from, own + 1)
    let left = false
    const place = {
      leave: () => {
        if (left) return
        left = true
        this.#running -= 1
        const rest = (this.#runningOf.get(from) ?? 1) - 1
        if (rest === 0) this.#runningOf.delete(from)
        else this.#runningOf.set(from, rest)
      },
    }
    try {
      await consume(this.#runs, from, 'Too many programs were started from your address.')
      return place
    } catch (refused) {
      place.leave()
      throw refused
    }
  }
}

async function consume(limiter: RateLimiterMemory, key: string, what: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
    throw new Refusal('too-many-requests', `${what} Try again in ${seconds} seconds.`, { retryAfterSeconds: seconds })
  }
}
