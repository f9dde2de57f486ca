/**
 * A text that knows who typed each character, made for many small changes near each other: both are arrays with a gap where the
 * last change was (a gap buffer), so that a change costs its own length and not the text's.
 */
const firstRoom = 1024

export class AuthoredText {
  #units: Uint16Array<ArrayBuffer>
  #authors: Uint16Array<ArrayBuffer>
  #gapStart: number
  #gapEnd: number

  constructor(text: string, authors?: Uint16Array) {
    const size = text.length + firstRoom
    this.#units = new Uint16Array(size)
    this.#authors = new Uint16Array(size)
    for (let index = 0; index < text.length; index += 1) this.#units[index] = text.charCodeAt(index)
    if (authors !== undefined) this.#authors.set(authors)
    this.#gapStart = text.length
    this.#gapEnd = size
  }

  get length(): number {
    return this.#units.length - (this.#gapEnd - this.#gapStart)
  }

  /** Places outside of the text are moved into it. */
  change(at: number, remove: number, insert: string, author: number): void {
    this.#moveGap(Math.min(at, this.length))
    this.#gapEnd = Math.min(this.#units.length, this.#gapEnd + remove)
    if (this.#gapEnd - this.#gapStart < insert.length) this.#widen(insert.length)
    for (let index = 0; index < insert.length; index += 1) this.#units[this.#gapStart + index] = insert.charCodeAt(index)
    this.#authors.fill(author, this.#gapStart, this.#gapStart + insert.length)
    this.#gapStart += insert.length
  }

  text(): string {
    return decode(this.#units.subarray(0, this.#gapStart)) + decode(this.#units.subarray(this.#gapEnd))
  }

  authors(): Uint16Array<ArrayBuffer> {
    const all = new Uint16Array(this.length)
    all.set(this.#authors.subarray(0, this.#gapStart))
    all.set(this.#authors.subarray(this.#gapEnd), this.#gapStart)
    return all
  }

  #moveGap(to: number): void {
    if (to < this.#gapStart) {
      const moved = this.#gapStart - to
      this.#units.copyWithin(this.#gapEnd - moved, to, this.#gapStart)
      this.#authors.copyWithin(this.#gapEnd - moved, to, this.#gapStart)
      this.#gapStart = to
      this.#gapEnd -= moved
    } else if (to > this.#gapStart) {
      const moved = to - this.#gapStart
      this.#units.copyWithin(this.#gapStart, this.#gapEnd, this.#gapEnd + moved)
      this.#authors.copyWithin(this.#gapStart, this.#gapEnd, this.#gapEnd + moved)
      this.#gapStart = to
      this.#gapEnd += moved
    }
  }

  #widen(atLeast: number): void {
    const size = (this.length + atLeast) * 2 + firstRoom
    const tail = this.#units.length - this.#gapEnd
    const units = new Uint16Array(size)
    const authors = new Uint16Array(size)
    units.set(this.#units.subarray(0, this.#gapStart))
    authors.set(this.#authors.subarray(0, this.#gapStart))
    units.set(this.#units.subarray(this.#gapEnd), size - tail)
    authors.set(this.#authors.subarray(this.#gapEnd), size - tail)
    this.#units = units
    this.#authors = authors
    this.#gapEnd = size - tail
  }
}

/** As many arguments as a call surely takes. A decoder of UTF-16 would not give back half of a character, which a change may leave. */
const unitsPerCall = 8192

function decode(units: Uint16Array): string {
  let text = ''
  for (let start = 0; start < units.length; start += unitsPerCall)
    text += String.fromCharCode(...units.subarray(start, start + unitsPerCall))
  return text
}
