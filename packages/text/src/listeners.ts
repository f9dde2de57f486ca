/** Functions that want to hear of something, until they say they do not. */
export class Listeners<Heard extends readonly unknown[]> {
  readonly #all = new Set<(...heard: Heard) => void>()

  /** Returns the function that stops it. */
  add(listener: (...heard: Heard) => void): () => void {
    // Its own function each time: the same listener may be added twice.
    const own = (...heard: Heard): void => listener(...heard)
    this.#all.add(own)
    return () => this.#all.delete(own)
  }

  tell(...heard: Heard): void {
    for (const listener of [...this.#all]) listener(...heard)
  }

  clear(): void {
    this.#all.clear()
  }
}
