/** What has been deleted, as ranges of clocks for each client: sorted, apart from each other, in one flat list (first, end, first, …). */
export class Deletions {
  /** Made with the first: there are thousands of texts of which nothing was deleted. */
  #ranges: Map<number, number[]> | null = null

  has(client: number, first: number, end: number): boolean {
    const ranges = this.#ranges?.get(client)
    if (ranges === undefined) return false
    const at = firstEndingAfter(ranges, first)
    return at < ranges.length && (ranges[at] ?? 0) <= first && (ranges[at + 1] ?? 0) >= end
  }

  /** `added`: client, first and end, one after the other, in any order. */
  add(added: readonly number[]): void {
    if (added.length === 3) {
      const [client = 0, first = 0, end = 0] = added
      this.#addOne(client, first, end)
      return
    }
    const byClient = new Map<number, [number, number][]>()
    for (let at = 0; at < added.length; at += 3) {
      const ranges = byClient.get(added[at] ?? 0) ?? []
      if (ranges.length === 0) byClient.set(added[at] ?? 0, ranges)
      ranges.push([added[at + 1] ?? 0, added[at + 2] ?? 0])
    }
    for (const [client, ranges] of byClient) {
      if (ranges.length <= 8) for (const [first, end] of ranges) this.#addOne(client, first, end)
      else this.#addMany(client, ranges)
    }
  }

  /** As written in an update: the clients in falling order, as Yjs does. */
  *entries(): Iterable<readonly [client: number, ranges: readonly number[]]> {
    yield* [...(this.#ranges ?? [])].sort(([one], [other]) => other - one)
  }

  get isEmpty(): boolean {
    return this.#ranges === null
  }

  #addOne(client: number, first: number, end: number): void {
    this.#ranges ??= new Map()
    const ranges = this.#ranges.get(client)
    if (ranges === undefined) {
      this.#ranges.set(client, [first, end])
      return
    }
    const from = firstEndingAfter(ranges, first - 1)
    let [to, low, high] = [from, first, end]
    for (; to < ranges.length && (ranges[to] ?? 0) <= end; to += 2) {
      low = Math.min(low, ranges[to] ?? low)
      high = Math.max(high, ranges[to + 1] ?? high)
    }
    if (to === from + 2) {
      ranges[from] = low
      ranges[from + 1] = high
    } else ranges.splice(from, to - from, low, high)
  }

  /** In one go: one after the other would move the same numbers again and again. */
  #addMany(client: number, added: [number, number][]): void {
    this.#ranges ??= new Map()
    const old = this.#ranges.get(client) ?? []
    for (let at = 0; at < old.length; at += 2) added.push([old[at] ?? 0, old[at + 1] ?? 0])
    added.sort(([one], [other]) => one - other)
    const merged: number[] = []
    for (const [first, end] of added) {
      const last = merged.length - 1
      if (last > 0 && first <= (merged[last] ?? 0)) merged[last] = Math.max(merged[last] ?? 0, end)
      else merged.push(first, end)
    }
    this.#ranges.set(client, merged)
  }
}

/** Index of the first range that ends after `clock`. */
function firstEndingAfter(ranges: readonly number[], clock: number): number {
  let [low, high] = [0, ranges.length / 2]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[2 * middle + 1] ?? 0) > clock) high = middle
    else low = middle + 1
  }
  return 2 * low
}
