/**
 * What Ctrl-C and kill mean while a program runs: the first SIGINT is the program's own, the second stops it, the third ends this
 * command at once. SIGTERM and SIGHUP stop the program. Before the program has started each of them gives up.
 */
import { type Surroundings, say } from '../surroundings.ts'

export type Interruptible = {
  /** Sends the program a SIGINT, or stops it. */
  interrupt(): Promise<void>
  cancel(): Promise<void>
}

export class Interrupts {
  /** Aborted when the command was asked to stop before the program had started. */
  readonly beforeStart: AbortSignal
  readonly #abort = new AbortController()
  readonly #surroundings: Surroundings
  readonly #leave: (signal: NodeJS.Signals) => void
  #target: Interruptible | null = null
  #interrupts = 0
  #stoppedBy: NodeJS.Signals | null = null

  /** `leave` ends the process at once. */
  constructor(surroundings: Surroundings, leave: (signal: NodeJS.Signals) => void) {
    this.beforeStart = this.#abort.signal
    this.#surroundings = surroundings
    this.#leave = leave
  }

  /** The last signal by which this command was asked to stop the program. */
  get stoppedBy(): NodeJS.Signals | null {
    return this.#stoppedBy
  }

  /** From now on signals go to this program. */
  aim(target: Interruptible): void {
    this.#target = target
  }

  take(name: NodeJS.Signals): void {
    this.#stoppedBy = name
    if (this.#target === null) {
      if (this.#abort.signal.aborted) this.#leave(name)
      this.#abort.abort()
      return
    }
    if (name === 'SIGINT') this.#interrupts++
    const isFirstInterrupt = name === 'SIGINT' && this.#interrupts === 1
    if (name === 'SIGINT' && this.#interrupts > 2) this.#leave(name)
    const asked = isFirstInterrupt ? this.#target.interrupt() : this.#target.cancel()
    asked.catch((error: unknown) => {
      say(this.#surroundings, `the program could not be told: ${error instanceof Error ? error.message : error}`)
    })
  }
}

export const heededSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
