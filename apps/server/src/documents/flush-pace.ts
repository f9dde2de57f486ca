/**
 * When a room gives away what it has taken in. A lone change goes at once. Where many type quickly, each of their changes would be
 * sent to everybody: then changes wait for each other, longer the more members there are, so that a hundred keys become one frame.
 */
const quickPerSecond = 20
const perMemberMs = 0.5
const mostMs = 25
const meanOverMs = 1000

export class FlushPace {
  readonly #now: () => number
  #lastMs = Number.NEGATIVE_INFINITY
  /** Flushes of about the last second. */
  #rate = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get perSecond(): number {
    return this.#rate * this.#faded()
  }

  waitMs(members: number): number {
    if (this.perSecond < quickPerSecond) return 0
    return Math.max(0, this.#lastMs + Math.min(mostMs, members * perMemberMs) - this.#now())
  }

  flushed(): void {
    this.#rate = this.#rate * this.#faded() + 1
    this.#lastMs = this.#now()
  }

  #faded(): number {
    return this.#lastMs === Number.NEGATIVE_INFINITY ? 0 : Math.exp((this.#lastMs - this.#now()) / meanOverMs)
  }
}
