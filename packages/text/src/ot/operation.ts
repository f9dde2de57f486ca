/**
 * A change to a text, for operational transformation: a walk through the old text that leaves, takes out and puts in.
 *
 *     [5, 'abc', -2]   leave 5, put in "abc", take out 2, leave the rest
 *
 * Lengths are UTF-16 units, as editors and JavaScript count. What is left at the end is not written down. Every operation has
 * one normal form (no zeros, neighbours merged, putting in before taking out), so equal changes are equal values.
 *
 * The algebra is the classic one (Ellis & Gibbs 1989; compose and transform as in Jupiter and Wave): for a and b on the same text,
 * apply(apply(t, a), transform(b, a, 'right')) = apply(apply(t, b), transform(a, b, 'left')).
 */
export type Component = number | string
export type Operation = readonly Component[]

/** Whose text stands first when two put something in at the same place. */
export type Side = 'left' | 'right'

/** The operation does not fit the text, or is none. */
export class OperationMisfit extends Error {
  override readonly name = 'OperationMisfit'
}

/** Collects components; `build` gives the normal form. */
export class OperationBuilder {
  readonly #components: Component[] = []

  retain(length: number): this {
    if (length === 0) return this
    const last = this.#components.at(-1)
    if (typeof last === 'number' && last > 0) this.#components[this.#components.length - 1] = last + length
    else this.#components.push(length)
    return this
  }

  insert(text: string): this {
    if (text === '') return this
    const at = this.#components.length
    const last = this.#components[at - 1]
    if (typeof last === 'string') this.#components[at - 1] = last + text
    else if (typeof last === 'number' && last < 0) {
      const before = this.#components[at - 2]
      if (typeof before === 'string') this.#components[at - 2] = before + text
      else this.#components.splice(at - 1, 0, text)
    } else this.#components.push(text)
    return this
  }

  remove(length: number): this {
    if (length === 0) return this
    const last = this.#components.at(-1)
    if (typeof last === 'number' && last < 0) this.#components[this.#components.length - 1] = last - length
    else this.#components.push(-length)
    return this
  }

  build(): Operation {
    const last = this.#components.at(-1)
    return typeof last === 'number' && last > 0 ? this.#components.slice(0, -1) : this.#components
  }
}

/** How much text the operation walks over: it fits every text that is at least as long. */
export function baseLength(operation: Operation): number {
  return operation.reduce<number>((sum, each) => sum + (typeof each === 'number' ? Math.abs(each) : 0), 0)
}

/** By how much the text becomes longer. */
export function lengthChange(operation: Operation): number {
  return operation.reduce<number>((sum, each) => sum + (typeof each === 'string' ? each.length : Math.min(each, 0)), 0)
}

/** @throws OperationMisfit when the text is too short. */
export function apply(text: string, operation: Operation): string {
  let [result, at] = ['', 0]
  for (const component of operation) {
    if (typeof component === 'string') {
      result += component
      continue
    }
    const end = at + Math.abs(component)
    if (end > text.length) throw new OperationMisfit(`it walks over ${baseLength(operation)} units of a text of ${text.length}`)
    if (component > 0) result += text.slice(at, end)
    at = end
  }
  return result + text.slice(at)
}

/** One operation that does what `first` and then `second` do. */
export function compose(first: Operation, second: Operation): Operation {
  const [one, two] = [new Walk(first), new Walk(second)]
  const result = new OperationBuilder()
  while (!one.isDone || !two.isDone) {
    if (one.kind === 'remove') result.remove(one.take(Number.POSITIVE_INFINITY).length)
    else if (two.kind === 'insert') result.insert(two.take(Number.POSITIVE_INFINITY).text)
    else {
      const length = Math.min(one.left, two.left)
      const [made, kept] = [one.take(length), two.take(length)]
      if (made.kind === 'insert') {
        if (kept.kind === 'retain') result.insert(made.text)
      } else if (kept.kind === 'remove') result.remove(length)
      else result.retain(length)
    }
  }
  return result.build()
}

/** `operation` as it must be for the text that `other` has already changed. Both were made for the same text. */
export function transform(operation: Operation, other: Operation, side: Side): Operation {
  const [ours, theirs] = [new Walk(operation), new Walk(other)]
  const result = new OperationBuilder()
  while (!ours.isDone) {
    if (ours.kind === 'insert' && (side === 'left' || theirs.kind !== 'insert'))
      result.insert(ours.take(Number.POSITIVE_INFINITY).text)
    else if (theirs.kind === 'insert') result.retain(theirs.take(Number.POSITIVE_INFINITY).length)
    else {
      const length = Math.min(ours.left, theirs.left)
      const [mine, gone] = [ours.take(length), theirs.take(length)]
      if (gone.kind === 'remove') continue
      if (mine.kind === 'remove') result.remove(length)
      else result.retain(length)
    }
  }
  return result.build()
}

/** The operation that takes `operation` back, given the text it was made for. */
export function invert(operation: Operation, text: string): Operation {
  const result = new OperationBuilder()
  let at = 0
  for (const component of operation) {
    if (typeof component === 'string') result.remove(component.length)
    else {
      const end = at + Math.abs(component)
      if (component > 0) result.retain(component)
      else result.insert(text.slice(at, end))
      at = end
    }
  }
  return result.build()
}

/** Where a position in the old text is afterwards. `side`: of what is put in right there. */
export function transformPosition(position: number, operation: Operation, side: Side): number {
  let [at, moved] = [0, position]
  for (const component of operation) {
    if (at > position || (at === position && (side === 'left' || typeof component !== 'string'))) break
    if (typeof component === 'string') moved += component.length
    else {
      if (component < 0) moved -= Math.min(-component, position - at)
      at += Math.abs(component)
    }
  }
  return moved
}

/** Where a position in the new text was before: what was put in stood at one place. */
export function transformPositionBack(position: number, operation: Operation): number {
  let [now, before] = [0, 0]
  for (const component of operation) {
    if (typeof component === 'string') {
      if (position <= now + component.length) return position <= now ? before + position - now : before
      now += component.length
    } else if (component > 0) {
      if (position <= now + component) return before + position - now
      now += component
      before += component
    } else before -= component
  }
  return before + position - now
}

type Piece =
  | { readonly kind: 'insert'; readonly length: number; readonly text: string }
  | { readonly kind: 'retain' | 'remove'; readonly length: number; readonly text: '' }

/** Reads an operation in pieces of any length; after its end it leaves text for ever. */
class Walk {
  readonly #operation: Operation
  #index = 0
  #used = 0

  constructor(operation: Operation) {
    this.#operation = operation
  }

  get isDone(): boolean {
    return this.#index >= this.#operation.length
  }

  get kind(): Piece['kind'] {
    const component = this.#operation[this.#index]
    if (component === undefined) return 'retain'
    return typeof component === 'string' ? 'insert' : component > 0 ? 'retain' : 'remove'
  }

  /** What is left of the component at hand. */
  get left(): number {
    const component = this.#operation[this.#index]
    if (component === undefined) return Number.POSITIVE_INFINITY
    return (typeof component === 'string' ? component.length : Math.abs(component)) - this.#used
  }

  /** At most `length` units of the component at hand. */
  take(length: number): Piece {
    const { kind, left } = this
    const component = this.#operation[this.#index]
    const taken = Math.min(length, left)
    const start = this.#used
    if (taken === left) {
      this.#index += 1
      this.#used = 0
    } else this.#used += taken
    if (kind !== 'insert' || typeof component !== 'string')
      return { kind: kind === 'insert' ? 'retain' : kind, length: taken, text: '' }
    return { kind, length: taken, text: component.slice(start, start + taken) }
  }
}
