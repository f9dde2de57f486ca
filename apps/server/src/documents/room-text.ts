/** The committed text of a room as bytes: a snapshot and the records after it. Nobody decodes it here. */
import type { ChangeRecord, Stored } from '@atelier/text/engine'

export class RoomText {
  #snapshot: Uint8Array
  #records: ChangeRecord[]
  /** Number of the last operation that the snapshot holds. */
  #snapshotSeq: number
  #recordBytes: number

  constructor(snapshot: Uint8Array, snapshotSeq: number, records: readonly ChangeRecord[]) {
    this.#snapshot = snapshot
    this.#snapshotSeq = snapshotSeq
    this.#records = [...records]
    this.#recordBytes = records.reduce((sum, { length }) => sum + length, 0)
  }

  /** Number of the last operation. They have no gaps. */
  get seq(): number {
    return this.#snapshotSeq + this.#records.length
  }

  get recordCount(): number {
    return this.#records.length
  }

  get recordBytes(): number {
    return this.#recordBytes
  }

  get bytes(): number {
    return this.#snapshot.length + this.#recordBytes
  }

  /** As it is now; later records do not change it. `upTo`: only the operations up to that one, which is not before the snapshot. */
  stored(upTo = this.seq): Stored {
    return { snapshot: this.#snapshot, records: this.#records.slice(0, upTo - this.#snapshotSeq) }
  }

  append(record: ChangeRecord): void {
    this.#records.push(record)
    this.#recordBytes += record.length
  }

  /** `snapshot` holds the operations up to `seq`. */
  rebase(snapshot: Uint8Array, seq: number): void {
    const gone = seq - this.#snapshotSeq
    if (gone < 0) return
    this.#records = this.#records.slice(gone)
    this.#recordBytes = this.#records.reduce((sum, { length }) => sum + length, 0)
    this.#snapshot = snapshot
    this.#snapshotSeq = seq
  }
}
