/**
 * How many binary frames connections may send. Each has an allowance that no person reaches by typing. Beyond it, what the server has to
 * spare is shared: a lone import runs at full speed, and a flood beside others is read slowly. Nobody is cut off: a connection that
 * has used up its share is not read for a moment, and its sender waits.
 */
const own = { perSecond: 500, burst: 2000 } as const
const spare = { perSecondAlone: 200_000, perSecondAmongOthers: 20_000, burstMs: 100 } as const
/** A frame costs one, and one more for each of these. */
const bytesPerUnit = 4096
const pauseMs = 20
const othersMs = 1000

export class Intake {
  readonly now: () => number
  #spare = 0
  #spareAt = 0
  #latest: object | null = null
  /** When a connection sent something after another had. */
  #changedAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** One connection's allowance. */
  connection(): Allowance {
    return new Allowance(this)
  }

  /** That this connection has sent something. */
  note(who: object): void {
    if (this.#latest === who) return
    if (this.#latest !== null) this.#changedAt = this.now()
    this.#latest = who
  }

  /** False: there is no more to spare just now. */
  takeSpare(units: number, who: object): boolean {
    this.note(who)
    const now = this.now()
    const perSecond = now - this.#changedAt < othersMs ? spare.perSecondAmongOthers : spare.perSecondAlone
    const most = (perSecond * spare.burstMs) / 1000
    this.#spare = Math.min(most, this.#spare + ((now - this.#spareAt) / 1000) * perSecond)
    this.#spareAt = now
    this.#spare -= units
    return this.#spare >= 0
  }
}

export class Allowance {
  readonly #intake: Intake
  #left: number = own.burst
  #at: number

  constructor(intake: Intake) {
    this.#intake = intake
    this.#at = intake.now()
  }

  /** Notes a frame that has come. Answers for how long nothing more is to be read, ms. */
  take(bytes: number): number {
    const now = this.#intake.now()
    this.#left = Math.min(own.burst, this.#left + ((now - this.#at) / 1000) * own.perSecond)
    this.#at = now
    const units = 1 + bytes / bytesPerUnit
    if (this.#left >= units) {
      this.#left -= units
      this.#intake.note(this)
      return 0
    }
    return this.#intake.takeSpare(units, this) ? 0 : pauseMs
  }
}
