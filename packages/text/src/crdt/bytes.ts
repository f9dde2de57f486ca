/**
 * Numbers and strings as Yjs writes them (lib0's encoding), read from bytes that nobody vouches for: no length is believed before
 * the bytes are there, and nothing is built from them.
 */
import { BadMessage } from '../engine.ts'

export class ByteReader {
  readonly bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw new BadMessage('it ends in the middle')
    this.at += 1
    return byte
  }

  /** Seven bits in each byte, the lowest first. @throws BadMessage beyond 2^53 - 1 */
  number(): number {
    let byte = this.byte()
    if (byte < 128) return byte
    let [value, factor] = [byte - 128, 128]
    for (let read = 1; read < 8; read += 1) {
      byte = this.byte()
      value += (byte & 127) * factor
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      factor *= 128
    }
    throw new BadMessage('a number is too large')
  }

  /** A number of things, of which each takes at least `leastBytes`: more than fit into the rest are none. */
  count(leastBytes: number): number {
    const count = this.number()
    if (count * leastBytes > this.left) throw new BadMessage(`it announces ${count} parts, and ends before them`)
    return count
  }

  skip(length: number): void {
    if (length > this.left) throw new BadMessage(`it announces ${length} bytes, and has ${this.left}`)
    this.at += length
  }

  /** A string that is only walked over; answers its length in UTF-16 units. @throws BadMessage when it is no UTF-8 */
  stringUnits(): number {
    const length = this.number()
    const start = this.at
    this.skip(length)
    return unitsOf(this.bytes, start, this.at)
  }
}

/** Units of UTF-16 that this UTF-8 stands for. @throws BadMessage when it is none (RFC 3629: no surrogates, nothing longer than needed) */
export function unitsOf(bytes: Uint8Array, start: number, end: number): number {
  let units = 0
  for (let at = start; at < end; units += 1) {
    const first = bytes[at] ?? 0
    at += 1
    if (first < 0x80) continue
    const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0
    if (more === 0 || at + more > end) throw new BadMessage('a text is not UTF-8')
    const second = bytes[at] ?? 0
    const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
    const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
    if (second < least || second > most) throw new BadMessage('a text is not UTF-8')
    for (let next = at + 1; next < at + more; next += 1)
      if (((bytes[next] ?? 0) & 0xc0) !== 0x80) throw new BadMessage('a text is not UTF-8')
    at += more
    if (more === 3) units += 1
  }
  return units
}

/** The counterpart: what we write ourselves. */
export class ByteWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  byte(value: number): this {
    this.#reserve(1)
    this.#bytes[this.#length] = value
    this.#length += 1
    return this
  }

  number(value: number): this {
    this.#reserve(8)
    let rest = value
    while (rest > 127) {
      this.#bytes[this.#length] = (rest % 128) + 128
      this.#length += 1
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length] = rest
    this.#length += 1
    return this
  }

  copy(from: Uint8Array, start: number, end: number): this {
    this.#reserve(end - start)
    this.#bytes.set(from.subarray(start, end), this.#length)
    this.#length += end - start
    return this
  }

  build(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(length: number): void {
    const needed = this.#length + length
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
