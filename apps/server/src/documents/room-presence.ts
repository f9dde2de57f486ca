/** The cursors of a room: kept once somebody shows one, sent to those who keep up, and to who comes in or asks. */
import { BadMessage } from '@atelier/text/engine'
import { slowBytes } from './delivery.ts'
import { presenceFrame } from './frames.ts'
import type { Member } from './member.ts'
import { Presence } from './presence.ts'

export class RoomPresence {
  readonly #number: number
  readonly #members: ReadonlySet<Member>
  readonly #now: () => number
  #presence: Presence | null = null

  /** `number`: the room's. */
  constructor(number: number, members: ReadonlySet<Member>, now: () => number) {
    this.#number = number
    this.#members = members
    this.#now = now
  }

  /** @throws BadMessage */
  take(member: Member, body: Buffer): void {
    this.#presence ??= new Presence(
      (all) => this.#send(all),
      () => this.#members.size,
      this.#now,
    )
    this.#presence.take(body, member)
  }

  /** Tells a newcomer of everybody. */
  tell(member: Member): void {
    const all = this.#presence?.all() ?? null
    if (all !== null) member.link.write(presenceFrame(this.#number, all).as(member.link.form))
  }

  /** The same for somebody who asks. @throws BadMessage */
  answer(member: Member): void {
    if (!member.takeQuestion(this.#now())) throw new BadMessage('questions come too often')
    if (member.link.unsentBytes < slowBytes) this.tell(member)
  }

  /** The member that showed a cursor under this client id. */
  ownerOf(client: number): object | null {
    return this.#presence?.ownerOf(client) ?? null
  }

  leave(member: Member): void {
    this.#presence?.leave(member)
  }

  close(): void {
    this.#presence?.close()
  }

  #send(body: Uint8Array): void {
    const frame = presenceFrame(this.#number, body)
    for (const member of this.#members) if (member.link.unsentBytes < slowBytes) member.link.write(frame.as(member.link.form))
  }
}
