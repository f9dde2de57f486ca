/**
 * What members have sent and is not stored yet. One batch at a time is on its way to the database; what comes meanwhile waits for
 * the next, and is one record then.
 *
 *     add ─► pending ─(at once, or with others)─► batch under way ─► settled
 */
import type { Change, LiveText } from '@atelier/text/engine'
import type { Allowances } from './allowances.ts'
import type { NewRecord } from './append-rows.ts'
import type { Batch } from './committer.ts'
import { FlushPace } from './flush-pace.ts'
import type { Member } from './member.ts'

/** What one document may have waiting; who sends more is not read meanwhile. */
const waitingBytes = 4 * 1024 * 1024

/** `sole`: the only one whose changes are in it. `acknowledged`: how many of their messages are stored when it is. */
export type RoomBatch = Batch & { readonly sole: Member | null; readonly acknowledged: Map<Member, number> }

export type UnstoredParts = {
  readonly live: LiveText
  readonly allowances: Allowances
  readonly now: () => number
}

export class UnstoredChanges {
  readonly #parts: UnstoredParts
  readonly #members: ReadonlySet<Member>
  readonly #onDue: () => void
  readonly #pace: FlushPace
  #pending: Change[] = []
  #pendingBytes = 0
  /** null: nobody yet, or several. */
  #sole: Member | null = null
  /** null: nobody; most open documents are at rest. */
  #acknowledged: Map<Member, number> | null = null
  #underWay: RoomBatch | null = null
  #timer: NodeJS.Timeout | null = null
  #waiting: (() => void)[] = []
  #isClosed = false

  /** `onDue`: there is something to take. */
  constructor(parts: UnstoredParts, members: ReadonlySet<Member>, onDue: () => void) {
    this.#parts = parts
    this.#members = members
    this.#onDue = onDue
    this.#pace = new FlushPace(parts.now)
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0 && this.#underWay === null
  }

  /** Whether so much waits that whoever sends is not to be read. */
  get isTooMuch(): boolean {
    return this.#bytes > waitingBytes || this.#parts.allowances.isFull
  }

  /** Whether those who are not read may be read again: only well below that. */
  get isLittle(): boolean {
    const bytes = this.#bytes
    return bytes === 0 || (bytes < waitingBytes / 2 && !this.#parts.allowances.isFull)
  }

  get changesPerSecond(): number {
    return this.#pace.perSecond
  }

  /** `member` null: nobody's alone; it goes when somebody asks for it with `drain`, or with the next change. */
  add(change: Change, member: Member | null): void {
    this.#sole = member !== null && (this.#pending.length === 0 || this.#sole === member) ? member : null
    this.#pending.push(change)
    this.#pendingBytes += change.bytes.length
    this.#parts.allowances.claim(change.bytes.length)
    if (member === null) return
    this.#pace.taken()
    this.#schedule()
  }

  /** The messages of this member until now are stored when everything here is. False: it is already. */
  acknowledge(member: Member): boolean {
    if (this.#pending.length === 0) {
      this.#underWay?.acknowledged.set(member, member.received)
      return this.#underWay !== null
    }
    this.#acknowledged ??= new Map()
    this.#acknowledged.set(member, member.received)
    return true
  }

  /** Everything that waits, as one record. null: nothing does, or the last batch is still under way. */
  takeBatch(recordOf: (bytes: Uint8Array) => NewRecord): RoomBatch | null {
    if (this.#pending.length === 0 || this.#underWay !== null || this.#isClosed) return null
    // A copy: what came from a connection is a piece of a larger buffer, which it would keep alive.
    const bytes = Buffer.from(this.#parts.live.merge(this.#pending))
    const acknowledged = this.#acknowledged ?? new Map<Member, number>()
    const batch = { record: recordOf(bytes), changes: this.#pending.length, sole: this.#sole, acknowledged }
    this.#underWay = batch
    this.#pending = []
    this.#parts.allowances.release(this.#pendingBytes)
    this.#pendingBytes = 0
    this.#parts.allowances.claim(bytes.length)
    this.#sole = null
    this.#acknowledged = null
    this.#pace.flushed()
    return batch
  }

  /** The batch that was under way is stored, or never will be; null: there was none. */
  settle(): RoomBatch | null {
    const batch = this.#underWay
    this.#underWay = null
    if (batch !== null) this.#parts.allowances.release(batch.record.bytes.length)
    return batch
  }

  /** What came while a batch was under way goes next. */
  goOn(): void {
    if (this.#pending.length > 0) this.#schedule()
  }

  /** Resolves when all that was taken is stored, or never will be. */
  async drain(): Promise<void> {
    while (!this.isEmpty && !this.#isClosed) {
      if (this.#pending.length > 0) this.#flush()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Those who drain look again. */
  endDrain(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** What waits is given up. What is under way is still stored. */
  close(): void {
    this.#isClosed = true
    this.#parts.allowances.release(this.#pendingBytes)
    this.#pendingBytes = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.endDrain()
  }

  get #bytes(): number {
    return this.#pendingBytes + (this.#underWay?.record.bytes.length ?? 0)
  }

  #schedule(): void {
    if (this.#timer !== null || this.#underWay !== null) return
    const waitMs = this.#pace.waitMs(this.#members.size)
    if (waitMs < 1) this.#flush()
    else this.#timer = setTimeout(() => this.#flush(), waitMs)
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#pending.length > 0) this.#onDue()
  }
}
