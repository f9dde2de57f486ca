/**
 * What a room sends of others is taken in together while much comes: the first at once, all that follows within a moment in one go, and
 * never between a key that is pressed here and the frame that shows it. Twenty people who type cost an editor little more than one then.
 *
 * What waits is in no text yet, neither in the replica nor in the editor: an edit that is made meanwhile is made in the text that both
 * have, as if the network had been slower.
 */

/** An eye takes it for at once. */
const everyMs = 50
/** A key is on the screen by then: a frame takes 17 ms. */
const keyMs = 20
/** However fast somebody types here. */
const mostMs = 100
const mostFrames = 500
const mostBytes = 256 * 1024

export type IntakeOptions<Frame> = {
  take(frames: readonly Frame[]): void
  bytesOf(frame: Frame): number
  /** False: nobody looks, and a browser that saves power lets timers wait for a minute. */
  mayWait(): boolean
  nowMs(): number
}

export class Intake<Frame> {
  readonly #options: IntakeOptions<Frame>
  #waiting: Frame[] = []
  #waitingBytes = 0
  #waitingSinceMs = 0
  /** Nothing is taken before. */
  #restsUntilMs = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: IntakeOptions<Frame>) {
    this.#options = options
  }

  add(frame: Frame): void {
    const nowMs = this.#options.nowMs()
    if (this.#waiting.length === 0) this.#waitingSinceMs = nowMs
    this.#waiting.push(frame)
    this.#waitingBytes += this.#options.bytesOf(frame)
    const isFull = this.#waiting.length >= mostFrames || this.#waitingBytes >= mostBytes
    if (isFull || !this.#options.mayWait()) this.takeNow()
    else if (this.#timer === undefined) this.#takeWhenDue(nowMs)
  }

  /** A key was pressed here: it is painted before anything is taken in. */
  letPaint(): void {
    this.#restsUntilMs = Math.max(this.#restsUntilMs, this.#options.nowMs() + keyMs)
  }

  /** Everything that waits is taken before this returns. */
  takeNow(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const frames = this.#waiting
    if (frames.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    this.#restsUntilMs = Math.max(this.#restsUntilMs, this.#options.nowMs() + everyMs)
    this.#options.take(frames)
  }

  /** What waits is never taken. */
  end(): void {
    this.#waiting = []
    this.takeNow()
  }

  #takeWhenDue(nowMs: number): void {
    const leftMs = Math.min(this.#restsUntilMs, this.#waitingSinceMs + mostMs) - nowMs
    if (leftMs <= 0) this.takeNow()
    else this.#timer = setTimeout(() => this.#takeWhenDue(this.#options.nowMs()), leftMs)
  }
}
