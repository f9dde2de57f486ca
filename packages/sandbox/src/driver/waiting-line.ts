/** Who waits for a thing, first come first served. Whoever's signal aborts has left. */
export class WaitingLine<T> {
  readonly #waiting: PromiseWithResolvers<T>[] = []

  get length(): number {
    return this.#waiting.length
  }

  join(signal?: AbortSignal): Promise<T> {
    const place = Promise.withResolvers<T>()
    this.#waiting.push(place)
    if (signal === undefined) return place.promise
    const leave = () => {
      const index = this.#waiting.indexOf(place)
      if (index >= 0) this.#waiting.splice(index, 1)
      place.reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    return place.promise.finally(() => signal.removeEventListener('abort', leave))
  }

  /** To the first; false when nobody waits. */
  serve(thing: T): boolean {
    const first = this.#waiting.shift()
    first?.resolve(thing)
    return first !== undefined
  }

  /** All but the first `kept` are told so. */
  refuse(error: unknown, kept = 0): void {
    for (const place of this.#waiting.splice(kept)) place.reject(error)
  }
}
