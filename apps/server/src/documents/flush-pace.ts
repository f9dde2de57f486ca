/**
 * When a room gives away what it has taken in. A lone change goes at once. Where many type quickly, each of their changes would be
 * sent to everybody: then changes wait for each other, longer the more members there are and the more comes, so that a hundred keys
 * become one frame. A large room in which little happens does not wait either.
 */
const perMemberMs = 0.5
const mostMs = 25
/** Changes per second at which the wait is at its longest. */
const busyPerSecond = 400
const meanOverMs = 1000

export class FlushPace {
  readonly #now: () => number
  #flushedMs = Number.NEGATIVE_INFINITY
  #takenMs = Number.NEGATIVE_INFINITY
  /** Changes of about the last second. */
  #rate = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get perSecond(): number {
    return this.#rate * this.#faded(this.#now())
  }

  /** How long what was taken may wait for more. */
  waitMs(members: number): number {
    const now = this.#now()
    const busy = Math.min(1, (this.#rate * this.#faded(now)) / busyPerSecond)
    return Math.max(0, this.#flushedMs + Math.min(mostMs, members * perMemberMs) * busy - now)
  }

  taken(): void {
    const now = this.#now()
    this.#rate = this.#rate * this.#faded(now) + 1
    this.#takenMs = now
  }

  flushed(): void {
    this.#flushedMs = this.#now()
  }

  #faded(now: number): number {
    return this.#takenMs === Number.NEGATIVE_INFINITY ? 0 : Math.exp((this.#takenMs - now) / meanOverMs)
  }
}
