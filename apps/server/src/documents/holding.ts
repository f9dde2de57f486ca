/**
 * Who is not read for a while. While the text as a whole is rewritten, what members send is kept and taken afterwards, in its order;
 * and while more waits to be stored than a room may hold, those who go on sending are not read.
 */
import type { Member } from './member.ts'

export type HeldChange = { readonly member: Member; readonly body: Buffer; readonly isCounted: boolean }

export class Holding {
  #held: Member[] = []
  /** null: nobody is rewriting the text. */
  #changes: HeldChange[] | null = null
  #waiting: (() => void)[] = []

  /** Runs `work` while nobody else does; then hands what came meanwhile to `take`, and calls `goOn`. */
  async alone<Result>(work: () => Promise<Result>, take: (change: HeldChange) => void, goOn: () => void): Promise<Result> {
    while (this.#changes !== null) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const held: HeldChange[] = []
    this.#changes = held
    try {
      return await work()
    } finally {
      this.#changes = null
      for (const change of held) if (!change.member.isGone) take(change)
      goOn()
      for (const resolve of this.#waiting.splice(0)) resolve()
    }
  }

  get isAlone(): boolean {
    return this.#changes !== null
  }

  /** For after the rewriting. */
  keep(change: HeldChange): void {
    this.#changes?.push(change)
    this.hold(change.member)
  }

  hold(member: Member): void {
    if (member.isHeld) return
    member.isHeld = true
    this.#held.push(member)
    member.link.hold(true)
  }

  /** Everybody is read again, unless somebody is rewriting the text. */
  letGo(): void {
    if (this.#changes !== null) return
    for (const member of this.#held.splice(0)) {
      member.isHeld = false
      member.link.hold(false)
    }
  }

  leave(member: Member): void {
    if (member.isHeld) this.#held.splice(this.#held.indexOf(member), 1)
  }
}
