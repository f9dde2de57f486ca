/**
 * Yjs updates as bytes, without a Y.Doc: what a typist's keys become, and what an update that arrives brings. Fifty typists
 * whose every client decodes everything would cost more than the server that is measured.
 *
 * Each typist writes in a line of their own, between two line ends of a grid that is put in first: the same structs as a page
 * makes whose cursor stays where it types. https://github.com/yjs/yjs/blob/main/INTERNALS.md has the structure.
 */

export const textName = 'text'

const [sync, presence, ask] = [0, 1, 3]
const [join, answer, change] = [0, 1, 2]
const [contentString, hasOrigin, hasRightOrigin] = [4, 0x80, 0x40]

/** A growing list of bytes. */
class Bytes {
  #buffer = Buffer.allocUnsafe(256)
  #length = 0

  number(value: number): this {
    this.#room(8)
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#buffer[this.#length++] = 128 | (rest % 128)
    this.#buffer[this.#length++] = rest
    return this
  }

  /** One byte, also above 127. */
  byte(value: number): this {
    return this.raw(Buffer.of(value))
  }

  block(bytes: Uint8Array): this {
    return this.number(bytes.length).raw(bytes)
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  text(text: string): this {
    return this.block(Buffer.from(text))
  }

  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#length + more))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

/** The first text of a document: as many empty lines as there are typists, all of one author. */
export function gridUpdate(author: number, lines: number, root: string): Buffer {
  const head = new Bytes().number(1).number(1).number(author).number(0).byte(contentString)
  return head
    .number(1)
    .text(root)
    .text('\n'.repeat(lines + 1))
    .number(0)
    .take()
}

export type Place = { readonly grid: number; readonly line: number }

/** `text`, which only has characters of one unit, behind what `author` has written so far (`clock` units). */
export function insertion(author: number, clock: number, text: string, { grid, line }: Place): Buffer {
  const bytes = new Bytes().number(1).number(1).number(author).number(clock)
  bytes.byte(contentString | hasOrigin | hasRightOrigin)
  if (clock === 0) bytes.number(grid).number(line)
  else bytes.number(author).number(clock - 1)
  return bytes
    .number(grid)
    .number(line + 1)
    .text(text)
    .number(0)
    .take()
}

export function deletion(author: number, clock: number, units: number): Buffer {
  return new Bytes().number(0).number(1).number(author).number(1).number(clock).number(units).take()
}

/** Messages of the y-websocket protocol. */
export const joinMessage = (stateVector: Uint8Array = Buffer.of(0)): Buffer =>
  new Bytes().number(sync).number(join).block(stateVector).take()
export const changeMessage = (update: Uint8Array): Buffer => new Bytes().number(sync).number(change).block(update).take()
export const answerMessage = (update: Uint8Array): Buffer => new Bytes().number(sync).number(answer).block(update).take()
export const askMessage = (): Buffer => new Bytes().number(ask).take()

export function presenceMessage(client: number, clock: number, state: string): Buffer {
  const update = new Bytes().number(1).number(client).number(clock).text(state).take()
  return new Bytes().number(presence).block(update).take()
}

export type Arrival =
  | { readonly kind: 'join'; readonly body: Buffer }
  | { readonly kind: 'answer' | 'change' | 'presence'; readonly body: Buffer }
  | { readonly kind: 'other' }

/** Reads a message from `at` on. */
export function readMessage(message: Buffer, at = 0): Arrival {
  const reader = new Reader(message, at)
  const type = reader.number()
  if (type === presence) return { kind: 'presence', body: reader.block() }
  if (type !== sync) return { kind: 'other' }
  const kind = reader.number()
  const body = reader.block()
  if (kind === join) return { kind: 'join', body }
  return { kind: kind === answer ? 'answer' : 'change', body }
}

export class Reader {
  readonly #bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  number(): number {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }

  byte(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) throw new Error('a message ends too early')
    return byte
  }

  block(): Buffer {
    const length = this.number()
    const from = this.at
    this.at += length
    if (this.at > this.#bytes.length) throw new Error('a message ends too early')
    return this.#bytes.subarray(from, this.at)
  }

  /** Skips a text and answers how many UTF-16 units it has. */
  units(): number {
    const bytes = this.block()
    let units = 0
    for (const byte of bytes) if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
    return units
  }
}

/**
 * What an update brings: of each author the units that are new, and the units that are taken out. Understands what typists
 * of this file write, and what a server makes of it when it merges, collects garbage or skips.
 */
export function scanUpdate(
  update: Buffer,
  inserted: (author: number, from: number, to: number) => void,
  removed: (author: number, from: number, to: number) => void,
): void {
  const reader = new Reader(update)
  for (let authors = reader.number(); authors > 0; authors -= 1) {
    let structs = reader.number()
    const author = reader.number()
    let clock = reader.number()
    for (; structs > 0; structs -= 1) {
      const [from, isSkip] = [clock, scanStruct(reader)]
      clock += isSkip.units
      if (!isSkip.skipped) inserted(author, from, clock)
    }
  }
  for (let authors = reader.number(); authors > 0; authors -= 1) {
    const author = reader.number()
    for (let ranges = reader.number(); ranges > 0; ranges -= 1) {
      const from = reader.number()
      removed(author, from, from + reader.number())
    }
  }
}

const [garbage, deleted, skip] = [0, 1, 10]

function scanStruct(reader: Reader): { units: number; skipped: boolean } {
  const info = reader.byte()
  const content = info & 31
  if (content === garbage || content === skip) return { units: reader.number(), skipped: content === skip }
  for (const has of [hasOrigin, hasRightOrigin])
    if (info & has) {
      reader.number()
      reader.number()
    }
  if ((info & (hasOrigin | hasRightOrigin)) === 0) {
    if (reader.number() === 1) reader.block()
    else {
      reader.number()
      reader.number()
    }
    if (info & 32) reader.block()
  }
  if (content === deleted) return { units: reader.number(), skipped: false }
  if (content === contentString) return { units: reader.units(), skipped: false }
  throw new Error(`an update with content of kind ${content}, which no typist of this benchmark makes`)
}
