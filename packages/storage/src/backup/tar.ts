/**
 * Tar, as much of it as a backup is made of: plain files with sizes that are known before, nothing else. So a backup can be looked
 * into with any tar, and what is read back has no links, no devices and no names but those that `entryKind` knows.
 */
import { createHash } from 'node:crypto'
import { BackupRefusal } from './refusal.ts'

const blockBytes = 512
/** What the size field of a plain header holds: 8 GiB less one byte. */
const mostEntryBytes = 8 ** 11 - 1

export type Entry = { readonly name: string; readonly sizeBytes: number; readonly bytes: AsyncIterable<Uint8Array> | Uint8Array }

/** The header of an entry, its bytes, and what fills the last block. @throws Error when the bytes are not as many as announced */
export async function* tarEntry({ name, sizeBytes, bytes }: Entry): AsyncGenerator<Uint8Array> {
  yield headerOf(name, sizeBytes)
  let written = 0
  for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    written += piece.length
    yield piece
  }
  if (written !== sizeBytes) throw new Error(`${name} has ${written} bytes instead of ${sizeBytes}`)
  const rest = paddingOf(sizeBytes)
  if (rest > 0) yield Buffer.alloc(rest)
}

export const tarEnd = (): Uint8Array => Buffer.alloc(2 * blockBytes)

const paddingOf = (sizeBytes: number): number => (blockBytes - (sizeBytes % blockBytes)) % blockBytes

function headerOf(name: string, sizeBytes: number): Buffer {
  if (Buffer.byteLength(name) > 100 || sizeBytes > mostEntryBytes) throw new Error(`${name} does not fit into a tar header`)
  const header = Buffer.alloc(blockBytes)
  header.write(name, 0)
  for (const [at, field] of Object.entries({ 100: '0000600', 108: '0000000', 116: '0000000', 136: '00000000000' }))
    header.write(`${field}\0`, Number(at))
  header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Of all bytes of the header, those of the sum itself as spaces. */
function sumOf(header: Buffer): number {
  let sum = 8 * 0x20
  for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte
  return sum
}

/** Reads entries one after another; each must be read to its end before the next one. Everything strange is a refusal. */
export class TarReader {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #sum = createHash('sha256')
  #held: Uint8Array = new Uint8Array(0)
  #left = 0
  /** The SHA-256 of all that stood before the entry that was read last. */
  sumBefore = ''
  /** Plain bytes so far. */
  readBytes = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** null: the archive is over, as it should be. */
  async next(): Promise<{ readonly name: string; readonly sizeBytes: number } | null> {
    if (this.#left !== 0) throw new Error('the entry before was not read to its end')
    this.sumBefore = this.#sum.copy().digest('hex')
    const header = await this.#take(blockBytes)
    if (header.every((byte) => byte === 0)) return await this.#end()
    const sum = Number.parseInt(header.toString('latin1', 148, 154), 8)
    if (sum !== sumOf(header) || header.toString('latin1', 257, 262) !== 'ustar') throw damaged('a header is damaged')
    if (header[156] !== 0x30 || header[345] !== 0) throw damaged('it holds something else than plain files, such as a link')
    const sizeText = header.toString('latin1', 124, 135)
    if (!/^[0-7]{11}$/.test(sizeText)) throw damaged('a header is damaged')
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    const sizeBytes = Number.parseInt(sizeText, 8)
    this.#left = sizeBytes
    return { name, sizeBytes }
  }

  /** The bytes of the entry that `next` told of. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const padding = paddingOf(this.#left)
    while (this.#left > 0) {
      const piece = await this.#piece(this.#left)
      this.#left -= piece.length
      yield piece
    }
    await this.#take(padding)
  }

  /** The same as one piece, for entries that are small. */
  async whole(sizeBytes: number, mostBytes: number): Promise<Buffer> {
    if (sizeBytes > mostBytes) throw damaged('an entry is larger than it can be')
    const pieces: Uint8Array[] = []
    for await (const piece of this.bytes()) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async #end(): Promise<null> {
    if (!(await this.#take(blockBytes)).every((byte) => byte === 0)) throw damaged('its end is damaged')
    if (this.#held.length > 0 || !(await this.#source.next()).done) throw damaged('something follows its end')
    return null
  }

  async #take(count: number): Promise<Buffer> {
    const bytes = Buffer.alloc(count)
    for (let filled = 0; filled < count; ) {
      const piece = await this.#piece(count - filled)
      bytes.set(piece, filled)
      filled += piece.length
    }
    return bytes
  }

  /** At most `most` bytes, at least one. */
  async #piece(most: number): Promise<Uint8Array> {
    while (this.#held.length === 0) {
      const { value, done } = await this.#source.next()
      if (done) throw damaged('it is cut short')
      this.#held = value
    }
    const piece = this.#held.subarray(0, most)
    this.#held = this.#held.subarray(piece.length)
    this.#sum.update(piece)
    this.readBytes += piece.length
    return piece
  }
}

const damaged = (how: string): BackupRefusal => new BackupRefusal('damaged', `This is not a whole backup: ${how}.`)
