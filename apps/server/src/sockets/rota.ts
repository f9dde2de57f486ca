/**
 * Does something with each of many things every so often, a few of them at a time: ten thousand pings in one go would hold up
 * everybody for a fifth of a second. One timer for all; a timer for each would be a fifth of a kilobyte of every connection.
 */
const slots = 32

export class Rota<Item> {
  readonly #everyMs: number
  readonly #visit: (item: Item) => void
  readonly #slots: readonly Set<Item>[] = Array.from({ length: slots }, () => new Set())
  #count = 0
  #turn = 0
  #timer: NodeJS.Timeout | null = null

  constructor(everyMs: number, visit: (item: Item) => void) {
    this.#everyMs = everyMs
    this.#visit = visit
  }

  /** Its first turn comes `everyMs` from now, or up to a thirty-second of that later. */
  add(item: Item): void {
    this.#slots[(this.#turn + slots - 1) % slots]?.add(item)
    this.#count += 1
    this.#timer ??= setInterval(() => this.#visitNext(), this.#everyMs / slots).unref()
  }

  delete(item: Item): void {
    if (!this.#slots.some((slot) => slot.delete(item))) return
    this.#count -= 1
    if (this.#count > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #visitNext(): void {
    for (const item of this.#slots[this.#turn] ?? []) this.#visit(item)
    this.#turn = (this.#turn + 1) % slots
  }
}
