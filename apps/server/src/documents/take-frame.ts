import { BadMessage } from '@atelier/text/engine'
import type { Session } from './documents.ts'
import { readDocumentFrame } from './frames.ts'

/** Hands the binary message that begins at `from` to the room. `changeBytes`: the largest change. @throws BadMessage */
export function takeFrame({ room, member }: Session, data: Buffer, from: number, changeBytes: number): void {
  if (member.isGone) return
  const frame = readDocumentFrame(data, from)
  if (frame.type === 'ask') room.ask(member)
  else if (frame.type === 'join') room.join(member, frame.body)
  else if (frame.type === 'presence') room.presence(member, frame.body)
  else if (frame.body.length <= changeBytes) room.change(member, frame.body, frame.type === 'change')
  else throw new BadMessage(`a change has at most ${changeBytes} bytes; send it in parts`)
}
