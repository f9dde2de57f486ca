/**
 * What a room sends of others is taken in together while much comes: the first at once, all that follows within a moment in one go.
 * Twenty people who type cost an editor as much as one then, and the frames between belong to the keys of whoever sits here.
 *
 * What waits is in no text yet, neither in the replica nor in the editor: an edit that is made meanwhile is made in the text that both
 * have, as if the network had been slower.
 */

/** An eye takes it for at once; a tenth of a second, in which carets are told, would be too long. */
const everyMs = 50
const mostFrames = 500
const mostBytes = 256 * 1024

export type IntakeOptions<Frame> = {
  take(frames: readonly Frame[]): void
  bytesOf(frame: Frame): number
  /** False: nobody looks, and a browser that saves power lets timers wait for a minute. */
  mayWait(): boolean
}

export class Intake<Frame> {
  readonly #options: IntakeOptions<Frame>
  #waiting: Frame[] = []
  #waitingBytes = 0
  #pause: ReturnType<typeof setTimeout> | undefined

  constructor(options: IntakeOptions<Frame>) {
    this.#options = options
  }

  add(frame: Frame): void {
    this.#waiting.push(frame)
    this.#waitingBytes += this.#options.bytesOf(frame)
    const isFull = this.#waiting.length >= mostFrames || this.#waitingBytes >= mostBytes
    if (this.#pause === undefined || isFull || !this.#options.mayWait()) this.takeNow()
  }

  /** Everything that waits is taken before this returns. */
  takeNow(): void {
    const frames = this.#waiting
    if (frames.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.takeNow()
    }, everyMs)
    this.#options.take(frames)
  }

  /** What waits is never taken. */
  end(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#waiting = []
  }
}
