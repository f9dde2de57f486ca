/** A document that this server has open: its room, and what keeps its file up to date. */
import type { Filing } from './filing.ts'
import type { ClosingReason } from './member.ts'
import type { OwnerRoom } from './owner-room.ts'
import type { Room } from './room.ts'

export type OpenDocument = {
  readonly id: string
  readonly epoch: number
  readonly room: Room
  readonly filing: Filing
  readonly ownerRoom: OwnerRoom
}

export function closeDocument({ room, filing, ownerRoom }: OpenDocument, reason: ClosingReason, detail: string): void {
  ownerRoom.close()
  filing.close()
  room.close(reason, detail)
}
