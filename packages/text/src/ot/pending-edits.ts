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

export type PendingLimits = {
  /** What waits is composed up to this size; beyond it begins the next operation. */
  readonly components: number
  readonly insertedUnits: number
}

export const pendingLimits: PendingLimits = { components: 2000, insertedUnits: 128 * 1024 }

/** An operation that has yet to come in the order. */
export type Expected = { readonly author: string; readonly sequence: number; readonly operation: Operation }

/** JSON: what an earlier page had not saved. Its author is not ours, and its operation under way may be in the order already. */
export type Unsaved = {
  readonly underWay: Expected | null
  readonly behind: readonly Operation[]
}

export class PendingEdits {
  readonly #author: string
  readonly #limits: PendingLimits
  #version: number
  #sequence = 0
  #underWay: Unsaved['underWay']
  #behind: Operation[]

  /** `author`: of this page alone; a second tab, or the same one loaded again, is somebody else. */
  constructor(author: string, version: number, unsaved: Unsaved = { underWay: null, behind: [] }, limits = pendingLimits) {
    this.#author = author
    this.#limits = limits
    this.#version = version
    this.#underWay = unsaved.underWay
    this.#behind = [...unsaved.behind]
  }

  /** The server's version that all of its operations up to have been taken in. */
  get version(): number {
    return this.#version
  }

  get isSaved(): boolean {
    return this.#underWay === null
  }

  get unsaved(): Unsaved {
    return { underWay: this.#underWay, behind: [...this.#behind] }
  }

  /** First to last: what makes the text here out of the server's, and as whose operation it will come back in the order. */
  get expected(): readonly Expected[] {
    const behind = this.#behind.map((operation, index) => ({
      author: this.#author,
      sequence: this.#sequence + 1 + index,
      operation,
    }))
    return this.#underWay === null ? behind : [this.#underWay, ...behind]
  }

  /** An edit that was made here. Answers what is to be sent now, if anything. */
  edit(operation: Operation): Pushed | null {
    if (operation.length === 0) return null
    if (this.#underWay === null) return this.#send(operation)
    const last = this.#behind.at(-1)
    const composed = last === undefined ? operation : compose(last, operation)
    if (last !== undefined && this.#isSmall(composed)) this.#behind[this.#behind.length - 1] = composed
    else this.#behind.push(operation)
    return null
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
    if (this.isUnderWay(author, sequence)) return { change: null, send: this.#next() }
    return { change: this.#meet(operation), send: null }
  }

  isUnderWay(author: string, sequence: number): boolean {
    return author === this.#underWay?.author && sequence === this.#underWay.sequence
  }

  /** The one under way turned out to be in the text that we begin anew with. */
  settle(): void {
    this.#next()
  }

  /** The server's text became that of `version`, by `operation`. Answers what is to be done to the text here. */
  jump(version: number, operation: Operation): Operation {
    this.#version = version
    return this.#meet(operation)
  }

  /** After a lost connection, when all that was missed has been received: what is to be sent again. */
  resend(): Pushed | null {
    const underWay = this.#underWay
    return underWay === null ? null : { base: this.#version, ...underWay }
  }

  #next(): Pushed | null {
    const next = this.#behind.shift()
    this.#underWay = null
    return next === undefined ? null : this.#send(next)
  }

  #meet(operation: Operation): Operation {
    let change = operation
    const meet = (before: Operation): Operation => {
      const after = transform(before, change, 'right')
      change = transform(change, before, 'left')
      return after
    }
    if (this.#underWay !== null) this.#underWay = { ...this.#underWay, operation: meet(this.#underWay.operation) }
    this.#behind = this.#behind.map(meet)
    return change
  }

  #isSmall(operation: Operation): boolean {
    const { components, insertedUnits } = this.#limits
    const inserted = operation.reduce<number>((sum, each) => sum + (typeof each === 'string' ? each.length : 0), 0)
    return operation.length <= components && inserted <= insertedUnits
  }

  #send(operation: Operation): Pushed {
    this.#sequence += 1
    this.#underWay = { author: this.#author, sequence: this.#sequence, operation }
    return { base: this.#version, ...this.#underWay }
  }
}
