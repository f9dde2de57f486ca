/**
 * A document while it is open: those who edit it, and the order of what they do.
 *
 *     change ─► engine takes it ─► unstored ─► commit ─► text grows ─► members are told, author is told "stored"
 *
 * Nobody is told of a change before it is committed; who joins is answered from what is committed, and hears of everything after.
 * Nothing here builds the text.
 */
import { type DocumentMessage, documentLimits } from '@atelier/protocol/documents'
import { BadMessage, type Change, type EngineName, TooFarBehind } from '@atelier/text/engine'
import type { Batch, CommittedRoom, Committer } from './committer.ts'
import { deliver, tooSlow } from './delivery.ts'
import { syncFrame } from './frames.ts'
import { type HeldChange, Holding } from './holding.ts'
import { Joins, type JoinsParts } from './joins.ts'
import { type ClosingReason, Member, type MemberLink } from './member.ts'
import { RoomAccess } from './room-access.ts'
import { RoomPresence } from './room-presence.ts'
import type { RoomText } from './room-text.ts'
import { StoredNotices } from './stored-notices.ts'
import { UnstoredChanges, type UnstoredParts } from './unstored-changes.ts'
import { Writers } from './writers.ts'

export type RoomParts = JoinsParts &
  UnstoredParts & {
    readonly documentId: string
    readonly epoch: number
    readonly engine: EngineName
    readonly committer: Committer
    /** Records were committed: `bytes` of them. */
    readonly onStored: (bytes: number) => void
    readonly onEmpty: () => void
    /** The document is not this server's any more: the room is of no use. */
    readonly onLost: () => void
  }

export class Room implements CommittedRoom {
  readonly members = new Set<Member>()
  readonly text: RoomText
  readonly access = new RoomAccess(this.members)
  readonly #parts: RoomParts
  readonly #unstored: UnstoredChanges
  readonly #holding = new Holding()
  readonly #joins: Joins
  readonly #presence: RoomPresence
  readonly #notices: StoredNotices
  readonly #writers: Writers
  #lastMember = 0
  #isClosed = false

  constructor(parts: RoomParts) {
    const { number, now } = parts
    this.#parts = parts
    this.text = parts.text
    this.#unstored = new UnstoredChanges(parts, this.members, () => parts.committer.add(this))
    this.#joins = new Joins(parts, (member, detail) => this.dismiss(member, 'again', detail))
    this.#presence = new RoomPresence(number, this.members, now)
    this.#notices = new StoredNotices(number, now)
    this.#writers = new Writers(this.members, (client) => this.#presence.ownerOf(client))
  }

  get number(): number {
    return this.#parts.number
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isStored(): boolean {
    return this.#unstored.isEmpty
  }

  /** The user whose change was taken last. */
  get lastWriter(): string | null {
    return this.#writers.last
  }

  get changesPerSecond(): number {
    return this.#unstored.changesPerSecond
  }

  /** @throws BadMessage when there are too many already */
  enter(link: MemberLink, mayWrite: boolean): Member {
    if (this.members.size >= documentLimits.membersPerDocument) throw new BadMessage('too many people have this document open')
    this.#lastMember += 1
    const member = new Member(link, `${this.#parts.number}.${this.#lastMember}`, mayWrite)
    member.told = this.access.of(member)
    this.members.add(member)
    return member
  }

  /** What a new member is sent by itself. */
  welcome(member: Member): void {
    this.#joins.ask(member)
    this.#presence.tell(member)
    const reason = this.access.reasonFor(member)
    if (reason !== null) member.link.tell({ type: 'access', access: 'read', reason })
  }

  leave(member: Member): void {
    if (!this.members.delete(member)) return
    member.isGone = true
    member.held = []
    this.#holding.leave(member)
    this.#presence.leave(member)
    if (this.members.size === 0) this.#parts.onEmpty()
  }

  // ---- what members send. @throws BadMessage

  join(member: Member, request: Buffer): void {
    this.#joins.join(member, request)
  }

  change(member: Member, body: Buffer, isCounted: boolean): void {
    if (!this.access.takesFrom(member)) {
      member.link.refuseChange(this.access.reasonFor(member) ?? '')
      return
    }
    if (this.#holding.isAlone) {
      this.#holding.keep({ member, body, isCounted })
      return
    }
    const change = this.#take(member, body)
    if (change === undefined) return
    if (isCounted) member.received += 1
    if (change === null) {
      if (!this.#unstored.acknowledge(member)) this.#notices.note(member, member.received)
      return
    }
    this.#writers.note(change.authors ?? [member.name], member.link.userId)
    this.#unstored.add(change, member)
    if (isCounted) this.#unstored.acknowledge(member)
    if (this.#unstored.isTooMuch) this.#holding.hold(member)
  }

  presence(member: Member, body: Buffer): void {
    this.#presence.take(member, body)
  }

  ask(member: Member): void {
    this.#presence.answer(member)
  }

  // ---- storing

  takeBatch(): Batch | null {
    const { documentId, epoch } = this.#parts
    return this.#unstored.takeBatch((bytes) => ({
      ...{ documentId, epoch, seq: this.text.seq + 1, bytes },
      authors: this.#writers.takeFresh(),
    }))
  }

  stored(): void {
    const batch = this.#unstored.settle()
    if (batch === null) return
    if (this.#isClosed) {
      this.#unstored.endDrain()
      return
    }
    const { bytes } = batch.record
    this.text.append(bytes)
    const frame = syncFrame(this.number, 'change', bytes)
    const spared = this.#parts.engine === 'crdt' ? batch.sole : null
    for (const member of this.members) if (member !== spared && !deliver(member, frame)) this.dismiss(member, 'again', tooSlow)
    for (const [member, count] of batch.acknowledged) this.#notices.note(member, count)
    this.#parts.onStored(bytes.length)
    this.#goOn()
  }

  lost(): void {
    this.#unstored.settle()
    if (!this.#isClosed) this.#parts.onLost()
    this.#unstored.endDrain()
  }

  /** Resolves when all that was taken is stored, or never will be. */
  drain(): Promise<void> {
    return this.#unstored.drain()
  }

  /** Runs `work` while nobody else's changes are taken; they wait, and are taken afterwards. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#holding.alone(
      async () => {
        await this.drain()
        return work()
      },
      (held) => this.#takeHeld(held),
      () => this.#goOn(),
    )
  }

  /** Takes a rewriting of the engine's and resolves when it is stored, or never will be. */
  async rewrite(body: Uint8Array, author: string, userId: string | null): Promise<void> {
    if (this.#isClosed) return
    const change = this.#parts.live.take(body, author)
    if (change === null) return
    if (userId !== null) this.#writers.note(change.authors ?? [author], userId)
    this.#unstored.add(change, null)
    await this.drain()
  }

  // ---- rights and ends

  setRole(member: Member, mayWrite: boolean): void {
    if (member.mayWrite === mayWrite) return
    member.mayWrite = mayWrite
    member.askedMs = Number.NEGATIVE_INFINITY
    this.access.tell(member)
    if (mayWrite) this.#joins.ask(member)
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
    this.#unstored.close()
    for (const member of [...this.members]) this.dismiss(member, reason, detail)
    this.#presence.close()
    this.#parts.committer.remove(this)
    this.#notices.close()
  }

  /** undefined: refused, and the member was told. */
  #take(member: Member, body: Buffer): Change | null | undefined {
    try {
      return this.#parts.live.take(body, member.name, (author) => this.#writers.mayWriteAs(author, member))
    } catch (error) {
      if (!(error instanceof TooFarBehind)) throw error
      // A y-websocket client knows no "again": asked once more, it sends all that we lack.
      if (member.link.form === 'plain' && this.#parts.engine === 'crdt') this.#joins.ask(member)
      else this.dismiss(member, 'again', 'Your copy is too far behind. Open the document anew; your edits are kept.')
      return undefined
    }
  }

  #takeHeld({ member, body, isCounted }: HeldChange): void {
    try {
      this.change(member, body, isCounted)
    } catch (error) {
      member.link.refuse(error)
    }
  }

  #goOn(): void {
    this.#unstored.goOn()
    if (this.#unstored.isLittle) this.#holding.letGo()
    this.#unstored.endDrain()
  }
}
