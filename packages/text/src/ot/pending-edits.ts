/**
 * The browser's side: edits that are made here appear at once, and wait until the server has put them into its order.
 *
 *     nothing waits ──edit──▶ one under way ──edit──▶ one under way, the rest composed behind it
 *          ▲                        │ its own comes back in the order        │
 *          └────────────────────────┴────────────────────────────────────────┘
 *
 * One under way at a time keeps the server's part simple: an author's operation only meets operations of others.
 */
import { compose, type Operation, transform } from './operation.ts'
import type { Pushed, Sequenced } from './sequencer.ts'

export class PendingEdits {
  readonly #author: string
  #version: number
  #sequence = 0
  #underWay: { readonly sequence: number; operation: Operation } | null = null
  #behind: Operation | null = null

  /** `author`: of this page alone; a second tab, or the same one loaded again, is somebody else. */
  constructor(author: string, version: number) {
    this.#author = author
    this.#version = version
  }

  /** The server's version that all of its operations up to have been taken in. */
  get version(): number {
    return this.#version
  }

  get isSaved(): boolean {
    return this.#underWay === null
  }

  /** An edit that was made here. Answers what is to be sent now, if anything. */
  edit(operation: Operation): Pushed | null {
    if (operation.length === 0) return null
    if (this.#underWay !== null) {
      this.#behind = this.#behind === null ? operation : compose(this.#behind, operation)
      return null
    }
    return this.#send(operation)
  }

  /**
   * The next operation in the server's order. Answers what is to be done to the text here (null: it was ours, which is there
   * already), and what is to be sent now.
   */
  receive({ version, author, sequence, operation }: Sequenced): {
    readonly change: Operation | null
    readonly send: Pushed | null
  } {
    if (version !== this.#version + 1) throw new Error(`after version ${this.#version} came ${version}`)
    this.#version = version
    if (author === this.#author && sequence === this.#underWay?.sequence) {
      const next = this.#behind
      this.#underWay = null
      this.#behind = null
      return { change: null, send: next === null ? null : this.#send(next) }
    }
    let change = operation
    if (this.#underWay !== null) {
      const before = this.#underWay.operation
      this.#underWay.operation = transform(before, change, 'right')
      change = transform(change, before, 'left')
    }
    if (this.#behind !== null) {
      const before = this.#behind
      this.#behind = transform(before, change, 'right')
      change = transform(change, before, 'left')
    }
    return { change, send: null }
  }

  /** After a lost connection, when all that was missed has been received: what is to be sent again. */
  resend(): Pushed | null {
    const underWay = this.#underWay
    return underWay === null ? null : { author: this.#author, base: this.#version, ...underWay }
  }

  #send(operation: Operation): Pushed {
    this.#sequence += 1
    this.#underWay = { sequence: this.#sequence, operation }
    return { author: this.#author, base: this.#version, sequence: this.#sequence, operation }
  }
}
