/** The places boxes have: each a number that becomes the user the box runs as. Who finds none free waits in line. */
export class Slots {
  readonly #free: number[]
  readonly #waiting: { take: (slot: number) => void; refuse: (error: Error) => void }[] = []

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, index) => count - 1 - index)
  }

  take(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted()
    const slot = this.#free.pop()
    if (slot !== undefined) return Promise.resolve(slot)
    return new Promise((resolve, reject) => {
      const place = { take: resolve, refuse: reject }
      this.#waiting.push(place)
      signal?.addEventListener(
        'abort',
        () => {
          const index = this.#waiting.indexOf(place)
          if (index < 0) return
          this.#waiting.splice(index, 1)
          reject(signal.reason)
        },
        { once: true },
      )
    })
  }

  give(slot: number): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slot)
    else next.take(slot)
  }

  refuseAll(error: Error): void {
    for (const place of this.#waiting.splice(0)) place.refuse(error)
  }
}
