/**
 * A document while it is open: those who edit it, what they have sent and is not stored yet, and the order of it all.
 *
 *     change ─► engine takes it ─► pending ─(at once, or with others)─► batch ─► commit ─► text grows ─► members are told, author is told "stored"
 *
 * Nobody is told of a change before it is committed; who joins is answered from what is committed, and hears of everything after.
 * Nothing here builds the text.
 */
import { type DocumentMessage, documentLimits } from '@atelier/protocol/documents'
import { BadMessage, type Change, type EngineName, type LiveText, TooFarBehind } from '@atelier/text/engine'
import type { Allowances } from './allowances.ts'
import type { Batch, CommittedRoom, Committer } from './committer.ts'
import { answerJoin, deliver, slowBytes } from './delivery.ts'
import { FlushPace } from './flush-pace.ts'
import { presenceFrame, syncFrame } from './frames.ts'
import { type ClosingReason, Member, type MemberLink } from './member.ts'
import { Presence } from './presence.ts'
import { RoomAccess } from './room-access.ts'
import type { RoomText } from './room-text.ts'
import { StoredNotices } from './stored-notices.ts'
import { Writers } from './writers.ts'

/** What members have sent and is not stored yet; who sends more is not read meanwhile. */
const waitingBytes = 4 * 1024 * 1024
const askEveryMs = 1000

export type RoomParts = {
  readonly number: number
  readonly documentId: string
  readonly epoch: number
  readonly engine: EngineName
  readonly text: RoomText
  readonly live: LiveText
  readonly committer: Committer
  /** Answers a join that needs the whole text. */
  readonly missing: (text: RoomText, request: Uint8Array) => Promise<readonly Uint8Array[]>
  readonly allowances: Allowances
  readonly now: () => number
  /** Records were committed: `bytes` of them. */
  readonly onStored: (bytes: number) => void
  readonly onEmpty: () => void
  /** The document is not this server's any more: the room is of no use. */
  readonly onLost: () => void
}

type RoomBatch = Batch & { readonly sole: Member | null; readonly acknowledged: Map<Member, number> }
type HeldChange = { readonly member: Member; readonly body: Buffer; readonly isCounted: boolean }

export class Room implements CommittedRoom {
  readonly members = new Set<Member>()
  readonly text: RoomText
  /** The user whose change was taken last. */
  lastWriter: string | null = null
  readonly #parts: RoomParts
  /** Made when somebody shows a cursor. */
  #presence: Presence | null = null
  readonly #pace: FlushPace
  readonly #notices: StoredNotices
  readonly #access = new RoomAccess()
  readonly #writers: Writers
  #pending: Change[] = []
  #pendingBytes = 0
  /** null: nobody yet, or several. */
  #sole: Member | null = null
  #acknowledged = new Map<Member, number>()
  #inFlight: RoomBatch | null = null
  #flushTimer: NodeJS.Timeout | null = null
  #drained: (() => void)[] = []
  /** While a rewriting is made, changes wait. */
  #heldChanges: HeldChange[] | null = null
  #lastMember = 0
  #isClosed = false

  constructor(parts: RoomParts) {
    this.#parts = parts
    this.text = parts.text
    this.#pace = new FlushPace(parts.now)
    this.#notices = new StoredNotices(parts.number, parts.now)
    this.#writers = new Writers(this.members, (client) => this.#presence?.ownerOf(client) ?? null)
  }

  get number(): number {
    return this.#parts.number
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isStored(): boolean {
    return this.#pending.length === 0 && this.#inFlight === null
  }

  get changesPerSecond(): number {
    return this.#pace.perSecond
  }

  /** @throws BadMessage when there are too many already */
  enter(link: MemberLink, mayWrite: boolean): Member {
    if (this.members.size >= documentLimits.membersPerDocument) throw new BadMessage('too many people have this document open')
    this.#lastMember += 1
    const member = new Member(link, `${this.#parts.number}.${this.#lastMember}`, mayWrite)
    member.told = this.#access.of(member)
    this.members.add(member)
    return member
  }

  /** What a new member is sent by itself. */
  welcome(member: Member): void {
    this.#ask(member)
    const all = this.#presence?.all() ?? null
    if (all !== null) member.link.write(presenceFrame(this.number, all).as(member.link.form))
    const reason = this.#access.reasonFor(member)
    if (reason !== null) member.link.tell({ type: 'access', access: 'read', reason })
  }

  leave(member: Member): void {
    if (!this.members.delete(member)) return
    member.isGone = true
    member.held = []
    this.#presence?.leave(member)
    if (this.members.size === 0) this.#parts.onEmpty()
  }

  // ---- what members send

  join(member: Member, request: Buffer): void {
    if (!member.takeQuestion(this.#parts.now())) throw new BadMessage('joins come too often')
    if (member.answerBytes > 0 && member.link.unsentBytes > slowBytes) throw new BadMessage('the last answer is not read yet')
    const bodies = this.#parts.live.join(this.text.stored(), request)
    if (bodies !== null) {
      this.#answer(member, bodies)
      return
    }
    if (member.joinState === 'joining') throw new BadMessage('the last join is still being answered')
    member.joinState = 'joining'
    this.#parts.missing(this.text, request).then(
      (found) => {
        if (member.isGone) return
        this.#answer(member, found)
      },
      (error: unknown) => {
        if (member.isGone) return
        if (error instanceof BadMessage) member.link.refuse(error)
        this.dismiss(member, 'again', 'The text could not be put together just now. Open the document anew.')
      },
    )
  }

  change(member: Member, body: Buffer, isCounted: boolean): void {
    if (!member.mayWrite || this.#access.isTooLarge) {
      member.link.refuseChange(this.#access.reasonFor(member) ?? '')
      return
    }
    if (this.#heldChanges !== null) {
      this.#heldChanges.push({ member, body, isCounted })
      this.#hold(member)
      return
    }
    const change = this.#take(member, body)
    if (change === undefined) return
    if (isCounted) member.received += 1
    if (change === null) {
      this.#acknowledgeKnown(member)
      return
    }
    const sole = this.#pending.length === 0 || this.#sole === member ? member : null
    this.#addPending(change, member, sole)
    if (isCounted) this.#acknowledged.set(member, member.received)
    if (this.#waiting > waitingBytes || this.#parts.allowances.isFull) this.#hold(member)
  }

  presence(member: Member, body: Buffer): void {
    this.#presence ??= new Presence(
      (all) => this.#sendPresence(all),
      () => this.members.size,
      this.#parts.now,
    )
    this.#presence.take(body, member)
  }

  ask(member: Member): void {
    if (!member.takeQuestion(this.#parts.now())) throw new BadMessage('questions come too often')
    const all = this.#presence?.all() ?? null
    if (all !== null && member.link.unsentBytes < slowBytes)
      member.link.write(presenceFrame(this.number, all).as(member.link.form))
  }

  // ---- storing

  takeBatch(): Batch | null {
    if (this.#pending.length === 0 || this.#inFlight !== null || this.#isClosed) return null
    // A copy: what came from a connection is a piece of a larger buffer, which it would keep alive.
    const bytes = Buffer.from(this.#parts.live.merge(this.#pending))
    const record = {
      ...{ documentId: this.#parts.documentId, epoch: this.#parts.epoch, seq: this.text.seq + 1, bytes },
      authors: this.#writers.takeFresh(),
    }
    const batch = { record, changes: this.#pending.length, sole: this.#sole, acknowledged: this.#acknowledged }
    this.#inFlight = batch
    this.#pending = []
    this.#parts.allowances.release(this.#pendingBytes)
    this.#pendingBytes = 0
    this.#parts.allowances.claim(bytes.length)
    this.#sole = null
    this.#acknowledged = new Map()
    this.#pace.flushed()
    return batch
  }

  stored(): void {
    const batch = this.#inFlight
    if (batch === null) return
    this.#inFlight = null
    const { bytes } = batch.record
    this.#parts.allowances.release(bytes.length)
    if (this.#isClosed) {
      this.#endDrain()
      return
    }
    this.text.append(bytes)
    const frame = syncFrame(this.number, 'change', bytes)
    const spared = this.#parts.engine === 'crdt' ? batch.sole : null
    for (const member of this.members) if (member !== spared && !deliver(member, frame)) this.#loseSlow(member)
    for (const [member, count] of batch.acknowledged) this.#notices.note(member, count)
    this.#parts.onStored(bytes.length)
    this.#goOn()
  }

  lost(): void {
    const batch = this.#inFlight
    this.#inFlight = null
    if (batch !== null) this.#parts.allowances.release(batch.record.bytes.length)
    if (!this.#isClosed) this.#parts.onLost()
    this.#endDrain()
  }

  /** Resolves when all that was taken is stored, or never will be. */
  async drain(): Promise<void> {
    while (!this.isStored && !this.#isClosed) {
      if (this.#pending.length > 0) this.#flush()
      await new Promise<void>((resolve) => this.#drained.push(resolve))
    }
  }

  /** Runs `work` while nobody else's changes are taken; they wait, and are taken afterwards. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#heldChanges !== null) await new Promise<void>((resolve) => this.#drained.push(resolve))
    const held: HeldChange[] = []
    this.#heldChanges = held
    try {
      await this.drain()
      return await work()
    } finally {
      this.#heldChanges = null
      for (const { member, body, isCounted } of held)
        if (!member.isGone) this.#guard(member, () => this.change(member, body, isCounted))
      this.#goOn()
    }
  }

  /** Takes a rewriting of the engine's and resolves when it is stored. */
  async rewrite(body: Uint8Array, author: string, userId: string | null): Promise<void> {
    const change = this.#parts.live.take(body, author)
    if (change === null) return
    this.#noteAuthors(change, author, userId)
    this.#pending.push(change)
    this.#pendingBytes += change.bytes.length
    this.#parts.allowances.claim(change.bytes.length)
    this.#sole = null
    await this.drain()
  }

  // ---- rights and ends

  /** Changes cannot be stored now. What members send is still taken, within bounds. */
  setStorageAway(isAway: boolean): void {
    if (this.#access.isStorageAway === isAway) return
    this.#access.isStorageAway = isAway
    for (const member of this.members) this.#access.tell(member)
  }

  setTooLarge(isTooLarge: boolean): void {
    if (this.#access.isTooLarge === isTooLarge) return
    this.#access.isTooLarge = isTooLarge
    for (const member of this.members) this.#access.tell(member)
  }

  setRole(member: Member, mayWrite: boolean): void {
    if (member.mayWrite === mayWrite) return
    member.mayWrite = mayWrite
    member.askedMs = Number.NEGATIVE_INFINITY
    this.#access.tell(member)
    if (mayWrite) this.#ask(member)
  }

  accessOf(member: Member): 'write' | 'read' {
    return this.#access.of(member)
  }

  tellAll(message: DocumentMessage): void {
    for (const member of this.members) member.link.tell(message)
  }

  dismiss(member: Member, reason: ClosingReason, detail: string): void {
    if (member.isGone) return
    member.link.tell({ type: 'closed', reason, detail })
    member.link.end(reason, detail)
    this.leave(member)
  }

  /** Nothing more is taken. What is under way is still stored. */
  close(reason: ClosingReason, detail: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const member of [...this.members]) this.dismiss(member, reason, detail)
    this.#presence?.close()
    this.#parts.committer.remove(this)
    this.#parts.allowances.release(this.#pendingBytes)
    this.#pendingBytes = 0
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer)
    this.#notices.close()
    this.#endDrain()
  }

  get #waiting(): number {
    return this.#pendingBytes + (this.#inFlight?.record.bytes.length ?? 0)
  }

  /** undefined: refused, and the member was told. */
  #take(member: Member, body: Buffer): Change | null | undefined {
    try {
      return this.#parts.live.take(body, member.name, (author) => this.#writers.mayWriteAs(author, member))
    } catch (error) {
      if (!(error instanceof TooFarBehind)) throw error
      // A y-websocket client knows no "again": asked once more, it sends all that we lack.
      if (member.link.form === 'plain' && this.#parts.engine === 'crdt') this.#ask(member)
      else this.dismiss(member, 'again', 'Your copy is too far behind. Open the document anew; your edits are kept.')
      return undefined
    }
  }

  #addPending(change: Change, member: Member, sole: Member | null): void {
    this.#noteAuthors(change, member.name, member.link.userId)
    this.#pending.push(change)
    this.#pendingBytes += change.bytes.length
    this.#parts.allowances.claim(change.bytes.length)
    this.#sole = sole
    this.#pace.taken()
    this.#scheduleFlush()
  }

  #noteAuthors(change: Change, member: string, userId: string | null): void {
    if (userId === null) return
    this.lastWriter = userId
    this.#writers.note(change.authors ?? [member], userId)
  }

  #scheduleFlush(): void {
    if (this.#flushTimer !== null || this.#inFlight !== null) return
    const waitMs = this.#pace.waitMs(this.members.size)
    if (waitMs < 1) {
      this.#flush()
      return
    }
    this.#flushTimer = setTimeout(() => this.#flush(), waitMs)
  }

  #flush(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    if (this.#pending.length > 0) this.#parts.committer.add(this)
  }

  #goOn(): void {
    if (this.#pending.length > 0) this.#scheduleFlush()
    const waiting = this.#waiting
    if (this.#heldChanges === null && (waiting === 0 || (waiting < waitingBytes / 2 && !this.#parts.allowances.isFull)))
      for (const member of this.members) {
        if (!member.isHeld) continue
        member.isHeld = false
        member.link.hold(false)
      }
    this.#endDrain()
  }

  #endDrain(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #hold(member: Member): void {
    if (member.isHeld) return
    member.isHeld = true
    member.link.hold(true)
  }

  #acknowledgeKnown(member: Member): void {
    if (this.#pending.length > 0) this.#acknowledged.set(member, member.received)
    else if (this.#inFlight !== null) this.#inFlight.acknowledged.set(member, member.received)
    else this.#notices.note(member, member.received)
  }

  #answer(member: Member, bodies: readonly Uint8Array[]): void {
    if (!answerJoin(this.number, member, bodies)) this.#loseSlow(member)
  }

  #loseSlow(member: Member): void {
    this.dismiss(member, 'again', 'Your connection did not keep up with the others. Open the document anew.')
  }

  #sendPresence(body: Uint8Array): void {
    const frame = presenceFrame(this.number, body)
    for (const member of this.members) if (member.link.unsentBytes < slowBytes) member.link.write(frame.as(member.link.form))
  }

  #ask(member: Member): void {
    const now = this.#parts.now()
    if (!member.mayWrite || now - member.askedMs < askEveryMs) return
    const request = this.#parts.live.ask()
    if (request === null) return
    member.askedMs = now
    member.link.write(syncFrame(this.number, 'join', request).as(member.link.form))
  }

  #guard(member: Member, work: () => void): void {
    try {
      work()
    } catch (error) {
      member.link.refuse(error)
    }
  }
}
