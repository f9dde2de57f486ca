/** Tells pages how many of their changes are stored: at once when little happens, and now and then while much does. */
import { storedFrame } from './frames.ts'
import type { Member } from './member.ts'

const everyMs = 50

export class StoredNotices {
  readonly #number: number
  readonly #now: () => number
  /** Made when somebody has to wait. */
  #waiting: Set<Member> | null = null
  #timer: NodeJS.Timeout | null = null

  /** `number`: the room's. */
  constructor(number: number, now: () => number) {
    this.#number = number
    this.#now = now
  }

  /** The first `count` changes of this connection are stored. */
  note(member: Member, count: number): void {
    // y-websocket's protocol has no word for it.
    if (member.isGone || member.link.form === 'plain') return
    member.stored = Math.max(member.stored, count)
    const now = this.#now()
    if (now - member.toldStoredMs >= everyMs) this.#tell(member, now)
    else {
      this.#waiting ??= new Set()
      this.#waiting.add(member)
      this.#timer ??= setTimeout(() => this.#tellWaiting(), everyMs)
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#waiting = null
  }

  #tellWaiting(): void {
    this.#timer = null
    const now = this.#now()
    for (const member of this.#waiting ?? []) if (!member.isGone && member.stored > member.toldStored) this.#tell(member, now)
    this.#waiting = null
  }

  #tell(member: Member, now: number): void {
    member.toldStored = member.stored
    member.toldStoredMs = now
    member.link.write(storedFrame(this.#number, member.stored))
  }
}
