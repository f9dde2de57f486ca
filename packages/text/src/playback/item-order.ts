/**
 * The order of everything that was ever written into a Yjs text, with what was deleted, so that the place of an item is found without
 * walking through the whole text (Yjs itself walks). Runs of what was typed one after the other stand in blocks that know how much
 * of them is visible.
 */
const mostRuns = 128

type OrderedRun = { readonly client: number; readonly clock: number; length: number; isVisible: boolean; block: Block }
type Block = { runs: OrderedRun[]; visible: number; index: number }

export type Item = { readonly client: number; readonly clock: number; readonly length: number; readonly isVisible: boolean }
export type Stretch = { readonly at: number; readonly units: number }

export class ItemOrder {
  #blocks: Block[] = [{ runs: [], visible: 0, index: 0 }]
  /** Of each client, its runs by their clock. */
  readonly #byClient = new Map<number, OrderedRun[]>()

  has(client: number, clock: number): boolean {
    return this.#runAt(client, clock) !== null
  }

  /** Right of the unit with that id; null: at the very beginning. Answers where it is among what is visible. */
  insertAfter(left: { readonly client: number; readonly clock: number } | null, item: Item): number {
    const before = left === null ? null : this.#endingAt(left.client, left.clock)
    const at = before === null ? 0 : this.#positionOf(before) + (before.isVisible ? before.length : 0)
    if (before !== null && this.#isContinued(before, item)) {
      before.length += item.length
      if (item.isVisible) before.block.visible += item.length
      return at
    }
    const block = before?.block ?? this.#blocks[0] ?? this.#addBlock(0, [])
    const run: OrderedRun = { ...item, block }
    block.runs.splice(before === null ? 0 : block.runs.indexOf(before) + 1, 0, run)
    if (run.isVisible) block.visible += run.length
    this.#note(run)
    this.#split(block)
    return at
  }

  /** What becomes invisible of it, one stretch after the other: each counted when the ones before are gone. */
  hide(client: number, clock: number, length: number): readonly Stretch[] {
    const stretches: Stretch[] = []
    const end = clock + length
    for (let next = clock; next < end; ) {
      const run = this.#startingAt(client, next, end)
      if (run === null) break
      if (run.isVisible) {
        stretches.push({ at: this.#positionOf(run), units: run.length })
        run.isVisible = false
        run.block.visible -= run.length
      }
      next = run.clock + run.length
    }
    return stretches
  }

  #isContinued(run: OrderedRun, { client, clock, isVisible }: Item): boolean {
    return run.client === client && run.clock + run.length === clock && run.isVisible === isVisible
  }

  #positionOf(run: OrderedRun): number {
    let at = 0
    for (const block of this.#blocks) {
      if (block === run.block) break
      at += block.visible
    }
    for (const each of run.block.runs) {
      if (each === run) break
      if (each.isVisible) at += each.length
    }
    return at
  }

  #runAt(client: number, clock: number): OrderedRun | null {
    const runs = this.#byClient.get(client)
    const run = runs?.[indexAt(runs, clock)]
    return run !== undefined && clock < run.clock + run.length ? run : null
  }

  /** The run whose last unit that is; a longer one is cut. */
  #endingAt(client: number, clock: number): OrderedRun | null {
    const run = this.#runAt(client, clock)
    if (run !== null && clock + 1 < run.clock + run.length) this.#cut(run, clock + 1)
    return run
  }

  /** The run that begins there and ends at `end` at the latest. */
  #startingAt(client: number, clock: number, end: number): OrderedRun | null {
    const found = this.#runAt(client, clock)
    if (found === null) return null
    const run = found.clock < clock ? this.#cut(found, clock) : found
    if (run.clock + run.length > end) this.#cut(run, end)
    return run
  }

  /** Answers the second part. */
  #cut(run: OrderedRun, clock: number): OrderedRun {
    const rest: OrderedRun = { ...run, clock, length: run.clock + run.length - clock }
    run.length = clock - run.clock
    run.block.runs.splice(run.block.runs.indexOf(run) + 1, 0, rest)
    this.#note(rest)
    this.#split(run.block)
    return rest
  }

  #note(run: OrderedRun): void {
    const runs = this.#byClient.get(run.client)
    if (runs === undefined) this.#byClient.set(run.client, [run])
    else runs.splice(indexAt(runs, run.clock) + 1, 0, run)
  }

  #split(block: Block): void {
    if (block.runs.length <= mostRuns) return
    const moved = block.runs.splice(mostRuns / 2)
    const added = this.#addBlock(block.index + 1, moved)
    block.visible -= added.visible
  }

  #addBlock(index: number, runs: OrderedRun[]): Block {
    const block: Block = { runs, visible: 0, index }
    for (const run of runs) {
      run.block = block
      if (run.isVisible) block.visible += run.length
    }
    this.#blocks.splice(index, 0, block)
    for (let at = index; at < this.#blocks.length; at += 1) {
      const each = this.#blocks[at]
      if (each !== undefined) each.index = at
    }
    return block
  }
}

/** Index of the last run that begins at `clock` or before; -1: none. */
function indexAt(runs: readonly OrderedRun[], clock: number): number {
  let [low, high] = [0, runs.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((runs[middle]?.clock ?? 0) <= clock) low = middle + 1
    else high = middle
  }
  return low - 1
}
