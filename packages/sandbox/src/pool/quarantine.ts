/**
 * Sandboxes that will not die. Destroying one is tried again and again, less and less often; as long as it lives it is counted
 * and nobody gets its place. Whoever looks after the server sees the count and the log.
 */
import type { Log } from '@atelier/base/log'
import type { Sandbox } from '../sandbox.ts'

export type QuarantineTimes = {
  /** A destruction that takes longer has failed. */
  readonly patienceMs: number
  readonly retryMs: { readonly first: number; readonly most: number }
}

const usualTimes: QuarantineTimes = { patienceMs: 10_000, retryMs: { first: 5000, most: 300_000 } }

export class Quarantine {
  readonly #log: Log
  readonly #times: QuarantineTimes
  readonly #held = new Map<Sandbox, NodeJS.Timeout | null>()

  constructor(log: Log, times: QuarantineTimes = usualTimes) {
    this.#log = log
    this.#times = times
  }

  get size(): number {
    return this.#held.size
  }

  /** Resolves when the sandbox is gone, or is held here because it does not go. Never rejects. */
  async destroy(sandbox: Sandbox): Promise<void> {
    await this.#attempt(sandbox, this.#times.retryMs.first)
  }

  /** No more attempts. */
  close(): void {
    for (const timer of this.#held.values()) if (timer !== null) clearTimeout(timer)
  }

  async #attempt(sandbox: Sandbox, retryMs: number): Promise<void> {
    const error = await this.#failure(sandbox)
    if (error === null) {
      if (this.#held.delete(sandbox)) this.#log.info('a sandbox in quarantine is gone', { sandbox: sandbox.id })
      return
    }
    this.#log.error('a sandbox does not die and is in quarantine', { sandbox: sandbox.id, retryMs, error })
    const timer = setTimeout(() => {
      this.#held.set(sandbox, null)
      void this.#attempt(sandbox, Math.min(2 * retryMs, this.#times.retryMs.most))
    }, retryMs)
    timer.unref()
    this.#held.set(sandbox, timer)
  }

  async #failure(sandbox: Sandbox): Promise<unknown> {
    const { patienceMs } = this.#times
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Error>((resolve) => {
      timer = setTimeout(() => resolve(new Error(`not gone after ${patienceMs} ms`)), patienceMs)
    })
    const outcome = await Promise.race([
      sandbox.destroy().then(
        () => null,
        (error: unknown) => error,
      ),
      late,
    ])
    clearTimeout(timer)
    return outcome
  }
}
