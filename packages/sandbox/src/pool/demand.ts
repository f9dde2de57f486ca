/**
 * How many sandboxes of one kind will be asked for within a second: what was asked lately, and what was asked at this time on
 * other days, so that a class that begins at nine finds its sandboxes warm.
 */
const secondMs = 1000
const minuteMs = 60 * secondMs
/** A peak counts less and less, and nothing after this long. */
const memoryMs = 5 * minuteMs
/** The day is remembered in quarters of an hour. */
const slotMs = 15 * minuteMs
const slotsPerDay = (24 * 60 * minuteMs) / slotMs
/** Sandboxes stand ready so long before the time at which they were asked for on other days. */
const aheadMs = 5 * minuteMs
/** What today adds to a quarter's usual peak; so a week forgets nine tenths. */
const todaysShare = 0.3
const headroom = 1.25

/** Usual peaks of a day's quarters of an hour (UTC), sandboxes asked for in one second. */
export type DayProfile = readonly number[]

export class Demand {
  readonly #profile: number[]
  #seconds: { second: number; count: number }[] = []
  #slot = -1
  #slotPeak = 0

  /** `profile`: as `profile` gave it before the server was stopped; anything else counts as none. */
  constructor(profile: unknown = []) {
    const known = Array.isArray(profile) && profile.length === slotsPerDay ? profile : []
    this.#profile = Array.from({ length: slotsPerDay }, (_, slot) => usable(known[slot]))
  }

  /** Somebody asked, at `now` (milliseconds since 1970). */
  note(now: number): void {
    this.#turn(now)
    const second = Math.floor(now / secondMs)
    const last = this.#seconds.at(-1)
    const current = last?.second === second ? last : { second, count: 0 }
    if (current !== last) this.#seconds.push(current)
    current.count += 1
    this.#slotPeak = Math.max(this.#slotPeak, current.count)
  }

  /** So many should stand ready at `now`. */
  wanted(now: number): number {
    this.#turn(now)
    const oldest = Math.floor((now - memoryMs) / secondMs)
    this.#seconds = this.#seconds.filter(({ second }) => second > oldest)
    const recent = this.#seconds.map(({ second, count }) => count * Math.min(1, (second - oldest) / (memoryMs / secondMs)))
    const usual = [now, now + aheadMs].map((time) => this.#profile[slotOf(time)] ?? 0)
    return Math.ceil(headroom * Math.max(0, ...recent, ...usual))
  }

  get profile(): DayProfile {
    return this.#profile
  }

  /** The end of a quarter: what it was like becomes part of what it is usually like. */
  #turn(now: number): void {
    const slot = Math.floor(now / slotMs)
    if (slot === this.#slot) return
    if (this.#slot >= 0) {
      const index = this.#slot % slotsPerDay
      const usual = this.#profile[index] ?? 0
      const mixed = usual + (this.#slotPeak - usual) * todaysShare
      // What never comes again shall not be kept warm for for ever.
      this.#profile[index] = mixed < 0.5 ? 0 : usual === 0 ? this.#slotPeak : mixed
    }
    this.#slot = slot
    this.#slotPeak = 0
  }
}

const slotOf = (time: number): number => Math.floor(time / slotMs) % slotsPerDay

const usable = (value: unknown): number => (typeof value === 'number' && value >= 0 && value <= 10_000 ? value : 0)
