/** The places boxes have: each a number that becomes the user the box runs as. Who finds none free waits in line. */
import { WaitingLine } from './waiting-line.ts'

export class Slots {
  readonly #free: number[]
  readonly #line = new WaitingLine<number>()

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, index) => count - 1 - index)
  }

  async take(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted()
    return this.#free.pop() ?? (await this.#line.join(signal))
  }

  give(slot: number): void {
    if (!this.#line.serve(slot)) this.#free.push(slot)
  }

  refuseAll(error: Error): void {
    this.#line.refuse(error)
  }
}
