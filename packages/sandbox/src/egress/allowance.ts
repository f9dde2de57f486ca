/** What one execution may send and receive together: a rate, and a total. Shared by all its connections. */
import { Transform, type TransformCallback } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'

export type AllowanceOptions = {
  readonly bytes: number
  readonly bitsPerSecond: number
  readonly now: () => number
  /** Waits so many milliseconds; rejects when the execution is over. */
  readonly wait?: (ms: number) => Promise<void>
}

/** So much may come at once after a rest, milliseconds' worth. */
const burstMs = 100

export class QuotaError extends Error {
  constructor(bytes: number) {
    super(`the ${bytes} bytes that this execution may exchange are used up`)
  }
}

export class Allowance {
  readonly #options: AllowanceOptions
  readonly #closing = new AbortController()
  #used = 0
  /** When all that was taken so far will have gone through. */
  #freeAt = 0

  constructor(options: AllowanceOptions) {
    this.#options = options
  }

  get usedBytes(): number {
    return this.#used
  }

  get isUsedUp(): boolean {
    return this.#used >= this.#options.bytes
  }

  /** Resolves when so many bytes may go on; rejects when the total is reached. */
  async take(bytes: number): Promise<void> {
    const { now, bitsPerSecond, bytes: most } = this.#options
    this.#used += bytes
    if (this.#used > most) throw new QuotaError(most)
    const startsAt = Math.max(this.#freeAt, now() - burstMs)
    this.#freeAt = startsAt + (bytes * 8000) / bitsPerSecond
    const waitMs = this.#freeAt - now()
    if (waitMs > 0) await this.#wait(waitMs)
  }

  #wait(ms: number): Promise<void> {
    return this.#options.wait?.(ms) ?? wait(ms, undefined, { signal: this.#closing.signal, ref: false })
  }

  /** A piece of a connection through which bytes pass as allowed. `count` hears of them. */
  meter(count: (bytes: number) => void): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
        count(chunk.byteLength)
        this.take(chunk.byteLength).then(() => done(null, chunk), done)
      },
    })
  }

  close(): void {
    this.#closing.abort(new Error('the execution is over'))
  }
}
