/**
 * A long text that is changed often, in short pieces: an edit touches one piece, not the whole (a JavaScript string of 100 kB costs
 * 100 µs for each edit that is looked into).
 */
import { type Operation, OperationMisfit } from './operation.ts'

const usualUnits = 1024
const mostUnits = 2 * usualUnits
const leastUnits = usualUnits / 4

export class ChunkedText {
  #chunks: string[]
  #length: number

  constructor(text = '') {
    this.#chunks = cut(text)
    this.#length = text.length
  }

  get length(): number {
    return this.#length
  }

  toString(): string {
    return this.#chunks.join('')
  }

  slice(start: number, end: number): string {
    let [result, from] = ['', 0]
    for (const chunk of this.#chunks) {
      if (from >= end) break
      if (from + chunk.length > start) result += chunk.slice(Math.max(0, start - from), end - from)
      from += chunk.length
    }
    return result
  }

  /** A text of its own with the same pieces: cheap, whatever its length. */
  copy(): ChunkedText {
    const copy = new ChunkedText()
    copy.#chunks = [...this.#chunks]
    copy.#length = this.#length
    return copy
  }

  /**
   * Changes the text.
   * @throws OperationMisfit when the operation walks beyond the end, or would tear a surrogate pair; nothing is changed then.
   */
  apply(operation: Operation): void {
    this.#check(operation)
    let [index, offset] = [0, 0]
    for (const component of operation) {
      if (typeof component === 'string') {
        ;[index, offset] = this.#insert(index, offset, component)
        continue
      }
      if (component > 0) [index, offset] = this.#forward(index, offset, component)
      else this.#remove(index, offset, -component)
    }
  }

  #check(operation: Operation): void {
    let [index, offset, walked] = [0, 0, 0]
    for (const [number, component] of operation.entries()) {
      const before = this.#tearsAt(index, offset)
      // A pair that is taken out as a whole may be walked into by parts, never around its halves.
      if (before && (typeof component === 'string' || isTurn(operation, number)))
        throw new OperationMisfit('it would tear a character in two')
      if (typeof component === 'string') continue
      walked += Math.abs(component)
      if (walked > this.#length) throw new OperationMisfit(`it walks over more than the ${this.#length} units of the text`)
      ;[index, offset] = this.#forward(index, offset, Math.abs(component))
    }
    const last = operation.at(-1)
    if (typeof last === 'number' && this.#tearsAt(index, offset)) throw new OperationMisfit('it would tear a character in two')
  }

  /** Whether the two halves of a pair stand on both sides. */
  #tearsAt(index: number, offset: number): boolean {
    const after = offset === (this.#chunks[index]?.length ?? 0) ? this.#unit(index + 1, 0) : this.#unit(index, offset)
    const before = offset > 0 ? this.#unit(index, offset - 1) : this.#unit(index - 1, (this.#chunks[index - 1]?.length ?? 0) - 1)
    return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000
  }

  #unit(index: number, offset: number): number {
    const code = this.#chunks[index]?.charCodeAt(offset)
    return code === undefined || Number.isNaN(code) ? 0 : code
  }

  #forward(index: number, offset: number, units: number): [number, number] {
    let [at, left] = [index, units + offset]
    for (let length = this.#chunks[at]?.length ?? 0; left > length && at < this.#chunks.length - 1; ) {
      left -= length
      at += 1
      length = this.#chunks[at]?.length ?? 0
    }
    return [at, left]
  }

  #insert(index: number, offset: number, text: string): [number, number] {
    const chunk = this.#chunks[index] ?? ''
    const whole = chunk.slice(0, offset) + text + chunk.slice(offset)
    this.#length += text.length
    if (whole.length <= mostUnits) {
      this.#chunks[index] = whole
      return [index, offset + text.length]
    }
    this.#chunks.splice(index, 1, ...cut(whole))
    return this.#forward(index, 0, offset + text.length)
  }

  #remove(index: number, offset: number, units: number): void {
    let left = units
    this.#length -= units
    let at = index
    let from = offset
    while (left > 0) {
      const chunk = this.#chunks[at] ?? ''
      const here = Math.min(left, chunk.length - from)
      this.#chunks[at] = chunk.slice(0, from) + chunk.slice(from + here)
      left -= here
      if (this.#chunks[at] === '' && at > index) this.#chunks.splice(at, 1)
      else at += 1
      from = 0
    }
    this.#join(index)
  }

  /** Small pieces become one, so that many deletions do not leave thousands of them. */
  #join(index: number): void {
    const [chunk, next] = [this.#chunks[index] ?? '', this.#chunks[index + 1]]
    if (next !== undefined && chunk.length + next.length < mostUnits && Math.min(chunk.length, next.length) < leastUnits)
      this.#chunks.splice(index, 2, chunk + next)
  }
}

/** Whether what happens before this place differs from what happens after it: only there a character could be torn. */
function isTurn(operation: Operation, number: number): boolean {
  const [before, after] = [operation[number - 1], operation[number]]
  return typeof before !== 'number' || typeof after !== 'number' || Math.sign(before) !== Math.sign(after)
}

/** At least one piece, each of the usual length. */
function cut(text: string): string[] {
  const chunks: string[] = []
  for (let at = 0; at < text.length || at === 0; at += usualUnits) chunks.push(text.slice(at, at + usualUnits))
  return chunks
}
