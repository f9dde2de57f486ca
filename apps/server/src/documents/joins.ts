/**
 * Answers to those who join, from what is committed, and the question back: what does this member have that is not here? Short answers
 * are given at once; what needs the whole text is asked of the text thread, and what is stored meanwhile waits for it.
 */
import { BadMessage, type LiveText } from '@atelier/text/engine'
import { answerJoin, slowBytes, tooSlow } from './delivery.ts'
import { syncFrame } from './frames.ts'
import type { Member } from './member.ts'
import type { RoomText } from './room-text.ts'

const askEveryMs = 1000

export type JoinsParts = {
  readonly number: number
  readonly text: RoomText
  readonly live: LiveText
  /** Answers a join that needs the whole text. */
  readonly missing: (text: RoomText, request: Uint8Array) => Promise<readonly Uint8Array[]>
  readonly now: () => number
}

export class Joins {
  readonly #parts: JoinsParts
  readonly #dismiss: (member: Member, detail: string) => void

  /** `dismiss`: it has to open the document anew. */
  constructor(parts: JoinsParts, dismiss: (member: Member, detail: string) => void) {
    this.#parts = parts
    this.#dismiss = dismiss
  }

  /** @throws BadMessage */
  join(member: Member, request: Buffer): void {
    const { text, live, missing, now } = this.#parts
    if (!member.takeQuestion(now())) throw new BadMessage('joins come too often')
    if (member.answerBytes > 0 && member.link.unsentBytes > slowBytes) throw new BadMessage('the last answer is not read yet')
    const bodies = live.join(text.stored(), request)
    if (bodies !== null) {
      this.#answer(member, bodies)
      return
    }
    if (member.joinState === 'joining') throw new BadMessage('the last join is still being answered')
    member.joinState = 'joining'
    missing(text, request).then(
      (found) => {
        if (!member.isGone) this.#answer(member, found)
      },
      (error: unknown) => {
        if (member.isGone) return
        if (error instanceof BadMessage) member.link.refuse(error)
        this.#dismiss(member, 'The text could not be put together just now. Open the document anew.')
      },
    )
  }

  /** What the member has and the server lacks: edits of a lost connection. Who may only read is not asked. */
  ask(member: Member): void {
    const { number, live } = this.#parts
    const now = this.#parts.now()
    if (!member.mayWrite || now - member.askedMs < askEveryMs) return
    const request = live.ask()
    if (request === null) return
    member.askedMs = now
    member.link.write(syncFrame(number, 'join', request).as(member.link.form))
  }

  #answer(member: Member, bodies: readonly Uint8Array[]): void {
    if (!answerJoin(this.#parts.number, member, bodies)) this.#dismiss(member, tooSlow)
  }
}
