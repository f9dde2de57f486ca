/** Millions of latencies in a fixed amount of memory, to a fiftieth of a millisecond. */
const perMs = 50
const mostMs = 20_000

export class Latencies {
  readonly #buckets = new Uint32Array(mostMs * perMs + 1)
  #count = 0

  add(ms: number): void {
    const bucket = Math.max(0, Math.min(mostMs * perMs, Math.round(ms * perMs)))
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#count += 1
  }

  /** Zero when there are none. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.#count * share)
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count
      if (left <= 0) return bucket / perMs
    }
    return mostMs
  }
}
