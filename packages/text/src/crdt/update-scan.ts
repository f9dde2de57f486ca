/**
 * A Yjs update (format 1) read by its structure alone: who wrote how much after what, and what was deleted. Nothing is built, so a
 * keystroke costs less than a microsecond, and what passes here cannot make Yjs throw or wait for ever.
 *
 *     update   count │ block … │ deletions
 *     block    structs │ client │ first clock │ struct …
 *     struct   0 collected: length
 *              10 left out: length
 *              4 text, 1 deleted text: bits, left neighbour?, right neighbour?, name of the root (when there is no neighbour), content
 *     deletions  clients │ (client │ ranges │ (clock │ length) …) …
 *
 * The format: yjs, src/utils/encoding.js, UpdateDecoder.js and src/structs. Text alone is taken: formats, objects inside the text and
 * nested types have no place in a source file, and each of them is a way to break those who read along.
 */
import { BadMessage } from '../engine.ts'
import { ByteReader } from './bytes.ts'

/** Clocks count units of text, so no client reaches this in a lifetime. */
export const largestClock = 2 ** 31 - 1
export type ScanLimits = {
  /** Clients with something new. An update of a page has one; of a page that was offline with others, a few. */
  readonly clients: number
  /** Structs, and deleted ranges: each takes some memory while it is looked at. */
  readonly parts: number
}
/** For what a member sends in one message. */
export const messageLimits: ScanLimits = { clients: 256, parts: 100_000 }
const noLimits: ScanLimits = { clients: Number.POSITIVE_INFINITY, parts: Number.POSITIVE_INFINITY }
const mostRootNameUnits = 256

const collected = 0
const deleted = 1
export const text = 4
const leftOut = 10

/** `none` where there is no neighbour. */
export const none = -1

/** A run of structs of one client without holes between them. */
export type Block = {
  readonly client: number
  readonly first: number
  readonly end: number
  readonly structs: number
  /** Where its structs stand in the bytes. */
  readonly fromByte: number
  readonly toByte: number
  /** Index of its first struct in `structs`. */
  readonly index: number
}

/** Fields of a struct in the flat list: as many numbers for each. */
export const structFields = 7
export const field = { end: 0, isLeftOut: 1, leftClient: 2, leftClock: 3, rightClient: 4, rightClock: 5, toByte: 6 } as const
export const deletionFields = 3

export type Scan = {
  readonly blocks: readonly Block[]
  /** For each struct: end clock, 1 when it is left out, client and clock of the left and right neighbour (`none`), its last byte. */
  readonly structs: readonly number[]
  /** For each deleted range: client, first clock, end clock. */
  readonly deletions: readonly number[]
}

/** @throws BadMessage */
export function scanUpdate(bytes: Uint8Array, limits: ScanLimits = noLimits): Scan {
  const reader = new ByteReader(bytes)
  const blocks: Block[] = []
  const structs: number[] = []
  const count = reader.count(3)
  if (count > limits.clients) throw new BadMessage(`it has ${count} authors, at most ${limits.clients} are taken`)
  for (let block = 0; block < count; block += 1) readBlock(reader, blocks, structs, limits)
  if (count > 1 && new Set(blocks.map(({ client }) => client)).size < count) throw new BadMessage('an author appears twice')
  const deletions = readDeletions(reader, limits)
  if (reader.left > 0) throw new BadMessage(`${reader.left} bytes follow its end`)
  return { blocks, structs, deletions }
}

function readBlock(reader: ByteReader, blocks: Block[], structs: number[], limits: ScanLimits): void {
  const count = reader.count(2)
  if (structs.length / structFields + count > limits.parts) throw tooManyParts(limits)
  const client = reader.number()
  const first = reader.number()
  const [fromByte, index] = [reader.at, structs.length / structFields]
  if (count === 0) throw new BadMessage('an author has written nothing')
  let clock = first
  for (let struct = 0; struct < count; struct += 1) {
    clock = readStruct(reader, client, clock, structs)
    if (clock > largestClock) throw new BadMessage('a clock is too large')
  }
  blocks.push({ client, first, end: clock, structs: count, fromByte, toByte: reader.at, index })
}

/** Answers the clock behind it. */
function readStruct(reader: ByteReader, client: number, clock: number, structs: number[]): number {
  const info = reader.byte()
  let [leftClient, leftClock, rightClient, rightClock] = [none, none, none, none]
  const kind = info & 31
  if (info === collected || info === leftOut) return push(reader.number())
  if (kind !== text && kind !== deleted) throw new BadMessage('it holds something else than text')
  if ((info & 32) !== 0) throw new BadMessage('it sets a property, and a text has none')
  if ((info & 128) !== 0) {
    leftClient = reader.number()
    leftClock = reader.number()
  }
  if ((info & 64) !== 0) {
    rightClient = reader.number()
    rightClock = reader.number()
  }
  if ((leftClient === client && leftClock >= clock) || (rightClient === client && rightClock >= clock))
    throw new BadMessage('a piece stands beside one that its author wrote later')
  if ((info & 192) === 0) {
    if (reader.number() !== 1) throw new BadMessage('it writes into something inside the text')
    if (reader.stringUnits() > mostRootNameUnits) throw new BadMessage('the name of a text is too long')
  }
  return push(kind === text ? reader.stringUnits() : reader.number())

  function push(length: number): number {
    if (length === 0) throw new BadMessage('it holds a piece of no length')
    const end = clock + length
    structs.push(end, info === leftOut ? 1 : 0, leftClient, leftClock, rightClient, rightClock, reader.at)
    return end
  }
}

function readDeletions(reader: ByteReader, limits: ScanLimits): number[] {
  const deletions: number[] = []
  for (let clients = reader.count(2); clients > 0; clients -= 1) {
    const client = reader.number()
    const count = reader.count(2)
    if (deletions.length / deletionFields + count > limits.parts) throw tooManyParts(limits)
    for (let ranges = count; ranges > 0; ranges -= 1) {
      const first = reader.number()
      const end = first + reader.number()
      if (end > largestClock) throw new BadMessage('a clock is too large')
      // Yjs throws at these, when it has to keep them for later.
      if (end === first) throw new BadMessage('it deletes a piece of no length')
      deletions.push(client, first, end)
    }
  }
  return deletions
}

const tooManyParts = ({ parts }: ScanLimits): BadMessage => new BadMessage(`it has more than ${parts} parts`)
