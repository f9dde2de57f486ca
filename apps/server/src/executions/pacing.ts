/**
 * Keeps a program from running ahead of those who read its output, for executions that asked for it (`waitsForReaders`): as soon as a
 * reader is half of what the log keeps behind, the program's output is not read, so it waits in its next write, as at a pipe.
 * It waits for its first reader a little, for one that is gone not at all, and never beyond the end that its limits set.
 */

/** What the program's reading can be stopped by; it goes on when nothing holds it any more. */
export class Brake {
  readonly #pause: () => void
  readonly #resume: () => void
  readonly #reasons = new Set<string>()

  constructor(pause: () => void, resume: () => void) {
    this.#pause = pause
    this.#resume = resume
  }

  hold(reason: string): void {
    this.#reasons.add(reason)
    if (this.#reasons.size === 1) this.#pause()
  }

  release(reason: string): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#resume()
  }
}

const checkEveryMs = 16
/** How long an execution is held for its first reader. */
const firstReaderMs = 2_000
const reason = 'readers'

export type PacerOptions = {
  readonly brake: Brake
  readonly keptBytes: number
  /** How far the slowest reader is behind; null while there has never been one. */
  readonly backlogBytes: () => number | null
  /** All that is kept. */
  readonly sizeBytes: () => number
  /** Time that the program has at most. */
  readonly wallMs: number
}

export class Pacer {
  readonly #options: PacerOptions
  #check: NodeJS.Timeout | undefined
  readonly #firstReaderTimer: NodeJS.Timeout
  readonly #wallTimer: NodeJS.Timeout
  #waitsForFirst = true
  #isOver = false

  constructor(options: PacerOptions) {
    this.#options = options
    this.#firstReaderTimer = setTimeout(() => {
      this.#waitsForFirst = false
    }, firstReaderMs)
    this.#wallTimer = setTimeout(() => this.stop(), options.wallMs)
  }

  /** After output was added. */
  check(): void {
    if (this.#isOver || this.#check !== undefined || this.#behind() <= this.#options.keptBytes / 2) return
    this.#options.brake.hold(reason)
    this.#check = setInterval(() => {
      if (this.#behind() <= this.#options.keptBytes / 4) this.#release()
    }, checkEveryMs)
  }

  /** From now on nothing holds the program. */
  stop(): void {
    this.#isOver = true
    clearTimeout(this.#firstReaderTimer)
    clearTimeout(this.#wallTimer)
    this.#release()
  }

  #release(): void {
    clearInterval(this.#check)
    this.#check = undefined
    this.#options.brake.release(reason)
  }

  #behind(): number {
    const backlog = this.#options.backlogBytes()
    return backlog ?? (this.#waitsForFirst ? this.#options.sizeBytes() : 0)
  }
}
