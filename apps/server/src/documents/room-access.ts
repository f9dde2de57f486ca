/** Who may write in a room just now, and why not: it depends on the member's role, on the text and on the database. */
import { documentLimits } from '@atelier/protocol/documents'
import type { Member } from './member.ts'

export class RoomAccess {
  readonly #members: ReadonlySet<Member>
  #isStorageAway = false
  #isTooLarge = false
  /** Why the owner has no room for more; null: they have. */
  #whyFull: string | null = null

  constructor(members: ReadonlySet<Member>) {
    this.#members = members
  }

  /** Changes cannot be stored now. What members send is still taken, within bounds. */
  setStorageAway(isAway: boolean): void {
    if (this.#isStorageAway === isAway) return
    this.#isStorageAway = isAway
    for (const member of this.#members) this.tell(member)
  }

  setTooLarge(isTooLarge: boolean): void {
    if (this.#isTooLarge === isTooLarge) return
    this.#isTooLarge = isTooLarge
    for (const member of this.#members) this.tell(member)
  }

  setStorageFull(why: string | null): void {
    if (this.#whyFull === why) return
    this.#whyFull = why
    for (const member of this.#members) this.tell(member)
  }

  /** What this member sends is taken, though it may be a while until it is stored. */
  takesFrom(member: Member): boolean {
    return member.mayWrite && !this.#isTooLarge && this.#whyFull === null
  }

  of(member: Member): 'write' | 'read' {
    return this.reasonFor(member) === null ? 'write' : 'read'
  }

  /** A sentence for people; null: this member may write. */
  reasonFor(member: Member): string | null {
    if (!member.mayWrite) return 'You may look on here. Ask the owner of the project to let you edit.'
    if (this.#isTooLarge)
      return `The text has grown beyond ${documentLimits.textBytes / 1024 / 1024} MB, or has too long a history. Save it in parts, as files of their own.`
    if (this.#whyFull !== null) return this.#whyFull
    return this.#isStorageAway ? 'The server cannot store changes just now. What you have typed is kept here until it can.' : null
  }

  /** When it is another than the member knows of. */
  tell(member: Member): void {
    const access = this.of(member)
    if (member.told === access) return
    member.told = access
    member.link.tell({ type: 'access', access, reason: this.reasonFor(member) })
  }
}
