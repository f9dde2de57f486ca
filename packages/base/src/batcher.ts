/**
 * Group commit: work that arrives together is done together.
 *
 * While batches are under way, items wait; a free lane takes as many as fit. Under light load a batch is one item and waits for nothing but
 * the end of the current turn of the event loop; under heavy load batches grow by themselves, and so does the throughput.
 */
export type BatcherOptions<Item, Result> = {
  /** Does the whole batch; resolves with one result per item, in the same order. When it rejects, every item of the batch rejects with that error. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Items with the same key are never in one batch: the later one waits for the next. */
  readonly keyOf: (item: Item) => string
  /** Items of the same group are never in two batches at once, and keep their order. */
  readonly groupOf: (item: Item) => string
  /** Batches under way at once, at most. */
  readonly lanes: number
  /**
   * While a batch is under way, the next one starts beside it only when it would be full, or when the wait has taken this
   * long. 0: at once.
   */
  readonly patienceMs: number
  /** Items of one batch, at most. */
  readonly maxItems: number
  /** Items that may wait; `add` refuses more. */
  readonly maxWaiting: number
}

/** The batcher takes nothing more: too much is waiting already, or it was closed. */
export class BatcherFull extends Error {
  override readonly name = 'BatcherFull'
}

type Waiting<Item, Result> = {
  readonly item: Item
  readonly key: string
  readonly group: string
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>
  readonly #busyGroups = new Set<string>()
  readonly #underWay = new Set<Promise<void>>()
  #waiting: Waiting<Item, Result>[] = []
  #isScheduled = false
  #isClosed = false
  #patience: ReturnType<typeof setTimeout> | undefined

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options
  }

  /** Resolves with the item's result when its batch is done. Rejects with BatcherFull at once when too many wait. */
  add(item: Item): Promise<Result> {
    if (this.#isClosed || this.#waiting.length >= this.#options.maxWaiting)
      return Promise.reject(new BatcherFull(this.#isClosed ? 'closed' : `${this.#waiting.length} items are waiting`))
    const { keyOf, groupOf } = this.#options
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, key: keyOf(item), group: groupOf(item), resolve, reject })
      this.#schedule()
    })
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Refuses new items and resolves when all that were taken are done. */
  async close(): Promise<void> {
    this.#isClosed = true
    while (this.#waiting.length > 0 || this.#underWay.size > 0) {
      this.#fillLanes()
      await Promise.race(this.#underWay)
    }
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#mayStart()) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#fillLanes()
    })
  }

  /** Whether a batch would start now; when it would only later, sees to that. */
  #mayStart(): boolean {
    const { lanes, maxItems, patienceMs } = this.#options
    if (this.#waiting.length === 0 || this.#underWay.size >= lanes) return false
    if (this.#underWay.size === 0 || this.#waiting.length >= maxItems || patienceMs === 0) return true
    this.#patience ??= setTimeout(() => this.#startBatch(), patienceMs)
    return false
  }

  #fillLanes(): void {
    while (this.#mayStart() && this.#startBatch());
  }

  /** False when nothing that waits may go: it belongs to groups that are under way. */
  #startBatch(): boolean {
    this.#endPatience()
    const batch = this.#takeBatch()
    if (batch.length === 0) return false
    const done = this.#runBatch(batch).finally(() => {
      this.#underWay.delete(done)
      this.#endPatience()
      this.#schedule()
    })
    this.#underWay.add(done)
    return true
  }

  #endPatience(): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  #takeBatch(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = []
    const left: Waiting<Item, Result>[] = []
    const keys = new Set<string>()
    // A group of which one item had to stay keeps the later ones too: their order is a promise.
    const heldBack = new Set<string>()
    for (const each of this.#waiting) {
      const mayGo = batch.length < this.#options.maxItems && !this.#busyGroups.has(each.group) && !heldBack.has(each.group)
      if (mayGo && !keys.has(each.key)) {
        keys.add(each.key)
        batch.push(each)
      } else {
        heldBack.add(each.group)
        left.push(each)
      }
    }
    this.#waiting = left
    return batch
  }

  async #runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const groups = new Set(batch.map((each) => each.group))
    for (const group of groups) this.#busyGroups.add(group)
    try {
      const results = await this.#options.run(batch.map((each) => each.item))
      batch.forEach((each, index) => {
        // `run` promises one result per item; a missing one is its bug, and must not look like a success.
        if (index < results.length) each.resolve(results[index] as Result)
        else each.reject(new Error(`the batch of ${batch.length} gave ${results.length} results`))
      })
    } catch (error) {
      for (const each of batch) each.reject(error)
    } finally {
      for (const group of groups) this.#busyGroups.delete(group)
    }
  }
}
