/**
 * The server's side of a document that is edited by operational transformation: it puts operations into one order. Who was not up
 * to date is brought up to date here; who sends the same again (after a lost connection) is told what became of it.
 *
 * No input and output: whoever uses it stores what `push` accepted, and only then tells anybody.
 */
import { ChunkedText } from './chunked-text.ts'
import { type Operation, OperationMisfit, transform } from './operation.ts'

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
  /** The operations since its base are no longer at hand: the author must take the whole text and begin anew. */
  | { readonly kind: 'too-old'; readonly oldest: number }

export type SequencerStart = {
  readonly text: string
  readonly version: number
  /** The latest operations, oldest first, up to `version`. */
  readonly tail?: readonly Sequenced[]
}

export class Sequencer {
  readonly #text: ChunkedText
  readonly #window: number
  #version: number
  #tail: Sequenced[]
  /** Of each author, the latest operation that is in the order. */
  readonly #latest = new Map<string, { sequence: number; version: number }>()

  /** `window`: so many operations are remembered, for authors who are behind. */
  constructor({ text, version, tail = [] }: SequencerStart, window = 2000) {
    this.#text = new ChunkedText(text)
    this.#version = version
    this.#window = window
    this.#tail = [...tail]
    for (const sequenced of tail) this.#latest.set(sequenced.author, sequenced)
  }

  get version(): number {
    return this.#version
  }

  get text(): string {
    return this.#text.toString()
  }

  /** @throws OperationMisfit when it cannot be an operation on that version; nothing is changed then. */
  push({ author, sequence, base, operation }: Pushed): PushOutcome {
    const latest = this.#latest.get(author)
    if (latest !== undefined && sequence <= latest.sequence) return { kind: 'known', version: latest.version }
    if (base > this.#version) throw new OperationMisfit(`there is no version ${base} yet`)
    const missed = this.since(base)
    if (missed === null) return { kind: 'too-old', oldest: this.#version - this.#tail.length }
    const current = missed.reduce((ours, { operation: theirs }) => transform(ours, theirs, 'right'), operation)
    this.#text.apply(current)
    this.#version += 1
    const sequenced: Sequenced = { version: this.#version, author, sequence, operation: current }
    this.#tail.push(sequenced)
    if (this.#tail.length > 2 * this.#window) this.#forget()
    this.#latest.set(author, sequenced)
    return { kind: 'accepted', sequenced }
  }

  /** What came after that version; null when it is no longer remembered. */
  since(version: number): readonly Sequenced[] | null {
    const missed = this.#version - version
    return missed > this.#tail.length || missed < 0 ? null : missed === 0 ? [] : this.#tail.slice(-missed)
  }

  /** In one go now and then, not one with every operation. Authors are remembered as long as their operations. */
  #forget(): void {
    this.#tail = this.#tail.slice(-this.#window)
    const oldest = this.#version - this.#tail.length
    for (const [author, { version }] of this.#latest) if (version <= oldest) this.#latest.delete(author)
  }
}
