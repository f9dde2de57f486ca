/**
 * The records after the snapshot as one, for those who join: merged once and then continued, since a hundred people may come at
 * once. Records are only added, or go all together when a snapshot takes their place.
 */
import type { ChangeRecord } from '../engine.ts'
import { mergeUpdates } from './update-merge.ts'

/** Fewer are merged in no time. */
const leastRecords = 16

export class MergedTail {
  #first: ChangeRecord | undefined
  #last: ChangeRecord | undefined
  #count = 0
  #merged: Uint8Array | null = null

  of(records: readonly ChangeRecord[]): Uint8Array {
    if (records.length < leastRecords) {
      this.#merged = null
      return mergeUpdates(records)
    }
    const isContinued = this.#merged !== null && records[0] === this.#first && records[this.#count - 1] === this.#last
    const merged =
      isContinued && this.#merged !== null
        ? this.#count === records.length
          ? this.#merged
          : mergeUpdates([this.#merged, ...records.slice(this.#count)])
        : mergeUpdates(records)
    this.#first = records[0]
    this.#last = records.at(-1)
    this.#count = records.length
    this.#merged = merged
    return merged
  }
}
