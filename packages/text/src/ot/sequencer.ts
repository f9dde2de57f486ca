/**
 * The server's side of a document that is edited by operational transformation: it puts operations into one order. Who was not up
 * to date is brought up to date here; who sends the same again (after a lost connection) is told what became of it.
 *
 * No input and output: whoever uses it stores what `push` accepted, and only then tells anybody.
 */
import { ChunkedText } from './chunked-text.ts'
import { lengthChange, type Operation, OperationMisfit, transform } from './operation.ts'

export type Pushed = {
  readonly author: string
  /** Counts the author's own operations from 1. */
  readonly sequence: number
  /** The version of the text that it was made for. */
  readonly base: number
  readonly operation: Operation
}

export type Sequenced = {
  readonly version: number
  readonly author: string
  readonly sequence: number
  readonly operation: Operation
}

export type PushOutcome =
  | { readonly kind: 'accepted'; readonly sequenced: Sequenced }
  /** It is in the order already, at this version. */
  | { readonly kind: 'known'; readonly version: number }
  /** The operations since its base are no longer at hand, or too many for so large a change: the author must catch up first. */
  | { readonly kind: 'too-old'; readonly oldest: number }

export type SequencerStart = {
  readonly text: string
  readonly version: number
  /** The latest operations, oldest first, up to `version`. */
  readonly tail?: readonly Sequenced[]
  /** Of each author, the latest operation that is in the order; the latest authors last. */
  readonly authors?: readonly Latest[]
}

/** Of an author: the sequence of its latest operation, and the version that became. */
export type Latest = readonly [author: string, sequence: number, version: number]

export type SequencerLimits = {
  /** So many operations are remembered for authors who are behind; twice as many for a moment. */
  readonly window: number
  /** What they weigh all together: units of text, see `weightOf`. */
  readonly windowUnits: number
  /** Authors whose repetitions are known as such. */
  readonly authors: number
  /** Length of the text. */
  readonly textUnits: number
}

export const sequencerLimits: SequencerLimits = {
  window: 10_000,
  windowUnits: 4 * 1024 * 1024,
  authors: 10_000,
  textUnits: 10 * 1024 * 1024,
}

/**
 * Components that are walked through to bring a change up to date: a few milliseconds. More hold up everybody else, and are granted
 * once in a while (a file that is saved as a whole while fifty people type).
 */
const mostSteps = 100_000
const mostStepsOnce = 3_000_000
const changesBetween = 200

export class Sequencer {
  readonly #text: ChunkedText
  readonly #limits: SequencerLimits
  #version: number
  #tail: Sequenced[]
  #tailUnits: number
  #costlyVersion = Number.NEGATIVE_INFINITY
  /** The latest author last. */
  readonly #latest = new Map<string, { readonly sequence: number; readonly version: number }>()

  constructor({ text, version, tail = [], authors = [] }: SequencerStart, limits: Partial<SequencerLimits> = {}) {
    this.#text = new ChunkedText(text)
    this.#version = version
    this.#limits = { ...sequencerLimits, ...limits }
    this.#tail = [...tail]
    this.#tailUnits = unitsOf(this.#tail)
    for (const [author, sequence, at] of authors) this.#latest.set(author, { sequence, version: at })
    for (const { author, sequence, version: at } of tail) this.#remember(author, sequence, at)
  }

  get version(): number {
    return this.#version
  }

  get text(): string {
    return this.#text.toString()
  }

  get tail(): readonly Sequenced[] {
    return this.#tail
  }

  get authors(): readonly Latest[] {
    return [...this.#latest].map(([author, { sequence, version }]) => [author, sequence, version])
  }

  /** @throws OperationMisfit when it cannot be an operation on that version; nothing is changed then. */
  push({ author, sequence, base, operation }: Pushed): PushOutcome {
    const latest = this.#latest.get(author)
    if (latest !== undefined && sequence <= latest.sequence) return { kind: 'known', version: latest.version }
    if (base > this.#version) throw new OperationMisfit(`there is no version ${base} yet`)
    const missed = this.since(base)
    if (missed === null || !this.#isAffordable(stepsThrough(missed, operation)))
      return { kind: 'too-old', oldest: this.#version - this.#tail.length }
    const current = missed.reduce((ours, { operation: theirs }) => transform(ours, theirs, 'right'), operation)
    if (this.#text.length + lengthChange(current) > this.#limits.textUnits)
      throw new OperationMisfit(`the text would be longer than ${this.#limits.textUnits} units`)
    this.#text.apply(current)
    const sequenced: Sequenced = { version: this.#version + 1, author, sequence, operation: current }
    this.#keep(sequenced)
    return { kind: 'accepted', sequenced }
  }

  /** An operation that is in the order already: stored, and read again. @throws OperationMisfit */
  replay(sequenced: Sequenced): void {
    if (sequenced.version !== this.#version + 1)
      throw new OperationMisfit(`after version ${this.#version} comes ${sequenced.version}`)
    this.#text.apply(sequenced.operation)
    this.#keep(sequenced)
  }

  /** What came after that version; null when it is no longer remembered. */
  since(version: number): readonly Sequenced[] | null {
    const missed = this.#version - version
    return missed > this.#tail.length || missed < 0 ? null : missed === 0 ? [] : this.#tail.slice(-missed)
  }

  #keep(sequenced: Sequenced): void {
    this.#version = sequenced.version
    this.#tail.push(sequenced)
    this.#tailUnits += weightOf(sequenced.operation)
    const { window, windowUnits } = this.#limits
    if (this.#tail.length > 2 * window || this.#tailUnits > windowUnits) this.#forget()
    this.#remember(sequenced.author, sequenced.sequence, sequenced.version)
  }

  #isAffordable(steps: number): boolean {
    if (steps <= mostSteps) return true
    if (steps > mostStepsOnce || this.#version - this.#costlyVersion < changesBetween) return false
    this.#costlyVersion = this.#version
    return true
  }

  /** In one go now and then, not one with every operation. */
  #forget(): void {
    this.#tail = latestWithin(this.#tail, this.#limits.window, this.#limits.windowUnits / 2)
    this.#tailUnits = unitsOf(this.#tail)
  }

  #remember(author: string, sequence: number, version: number): void {
    this.#latest.delete(author)
    this.#latest.set(author, { sequence, version })
    if (this.#latest.size <= this.#limits.authors) return
    for (const oldest of this.#latest.keys()) {
      this.#latest.delete(oldest)
      break
    }
  }
}

/** The latest of them, so many and so much at most. */
export function latestWithin(operations: readonly Sequenced[], most: number, mostUnits: number): Sequenced[] {
  let [from, units] = [operations.length, 0]
  for (; from > 0 && operations.length - from < most; from -= 1) {
    units += weightOf(operations[from - 1]?.operation ?? [])
    if (units > mostUnits) break
  }
  return operations.slice(from)
}

const stepsThrough = (missed: readonly Sequenced[], operation: Operation): number =>
  missed.reduce((sum, { operation: theirs }) => sum + theirs.length, missed.length * operation.length)

const unitsOf = (operations: readonly Sequenced[]): number =>
  operations.reduce((sum, { operation }) => sum + weightOf(operation), 0)

/** A component takes about as much memory as ten units of text. */
const weightOf = (operation: Operation): number =>
  operation.reduce<number>((sum, each) => sum + 10 + (typeof each === 'string' ? each.length : 0), 0)
