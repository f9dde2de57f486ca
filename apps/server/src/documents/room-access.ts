/** Who may write in a room just now, and why not: it depends on the member's role, on the text and on the database. */
import { documentLimits } from '@atelier/protocol/documents'
import type { Member } from './member.ts'

export class RoomAccess {
  /** Changes cannot be stored. What members send is still taken, within bounds. */
  isStorageAway = false
  isTooLarge = false

  of(member: Member): 'write' | 'read' {
    return this.reasonFor(member) === null ? 'write' : 'read'
  }

  /** A sentence for people; null: this member may write. */
  reasonFor(member: Member): string | null {
    if (!member.mayWrite) return 'You may look on here. Ask the owner of the project to let you edit.'
    if (this.isTooLarge)
      return `The text has grown beyond ${documentLimits.textBytes / 1024 / 1024} MB, or has too long a history. Save it in parts, as files of their own.`
    return this.isStorageAway ? 'The server cannot store changes just now. What you have typed is kept here until it can.' : null
  }

  /** When it is another than the member knows of. */
  tell(member: Member): void {
    const access = this.of(member)
    if (member.told === access) return
    member.told = access
    member.link.tell({ type: 'access', access, reason: this.reasonFor(member) })
  }
}
