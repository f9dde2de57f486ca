/**
 * What the OT engine keeps and sends, as bytes.
 *
 *     record     JSON: [[version, author, sequence, operation], …]   also an answer; an empty list says "you have it all"
 *     push       JSON: [author, sequence, base, operation]            a change message of a page
 *     snapshot   JSON head, "\n", the text as UTF-8                    head: { version, units, authors, tail }
 *     join       JSON: [version] or []                                 what a page has; nothing: it begins
 *
 * A record begins with "[" and a snapshot with "{", so whoever gets either can tell them apart. JSON compresses what people type well
 * enough (an operation of one key is 40 bytes), and everybody can read it.
 */
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { BadMessage, DamagedText } from '../engine.ts'
import { type Operation, OperationMisfit } from './operation.ts'
import { type OperationLimits, parseOperation } from './parse-operation.ts'
import type { Pushed, Sequenced } from './sequencer.ts'

export const operationLimits: OperationLimits = {
  components: 5000,
  insertedUnits: 10 * 1024 * 1024,
  textUnits: 10 * 1024 * 1024,
}

const mostAuthorUnits = 64

export type SnapshotHead = {
  readonly version: number
  /** Length of the text. */
  readonly units: number
  /** The latest sequence of each author, and the version it became: who sends it again is known. The latest authors last. */
  readonly authors: readonly (readonly [author: string, sequence: number, version: number])[]
  /** The operations up to `version`, oldest first: for those who are a little behind when everything was folded into a snapshot. */
  readonly tail: readonly Sequenced[]
}

const lineFeed = 10
const braceOpens = 123
const comma = 44
const bracketOpens = 91
const bracketCloses = 93

export const isSnapshot = (bytes: Uint8Array): boolean => bytes[0] === braceOpens

export function writeRecord(operations: readonly Sequenced[]): Uint8Array {
  return encodeUtf8(
    JSON.stringify(operations.map(({ version, author, sequence, operation }) => [version, author, sequence, operation])),
  )
}

/** @throws BadMessage */
export function readRecord(bytes: Uint8Array): readonly Sequenced[] {
  const list = parseJson(bytes)
  if (!Array.isArray(list)) throw new BadMessage('a record is a list')
  return list.map(readSequenced)
}

/** Records that follow each other as one; none of them is empty. */
export function joinLists(lists: readonly Uint8Array[]): Uint8Array {
  const [only] = lists
  if (lists.length === 1 && only !== undefined) return only
  const joined = new Uint8Array(lists.reduce((sum, { length }) => sum + length - 1, 1))
  joined[0] = bracketOpens
  let at = 1
  for (const list of lists) {
    joined.set(list.subarray(1), at)
    at += list.length - 1
    joined[at - 1] = comma
  }
  joined[at - 1] = bracketCloses
  return joined
}

export function writePush({ author, sequence, base, operation }: Pushed): Uint8Array {
  return encodeUtf8(JSON.stringify([author, sequence, base, operation]))
}

/** @throws BadMessage */
export function readPush(bytes: Uint8Array): Pushed {
  const push = parseJson(bytes)
  if (!Array.isArray(push) || push.length !== 4) throw new BadMessage('a change is [author, sequence, base, operation]')
  const [author, sequence, base, operation] = push as readonly unknown[]
  return { author: authorOf(author), sequence: countOf(sequence, 1), base: countOf(base, 0), operation: operationOf(operation) }
}

export function writeSnapshot(head: Omit<SnapshotHead, 'units'>, text: string): Uint8Array {
  const tail = head.tail.map(({ version, author, sequence, operation }) => [version, author, sequence, operation])
  return encodeUtf8(`${JSON.stringify({ version: head.version, units: text.length, authors: head.authors, tail })}\n${text}`)
}

/** The head alone, whatever the length of the text. @throws BadMessage */
export function readSnapshotHead(bytes: Uint8Array): SnapshotHead {
  const end = bytes.indexOf(lineFeed)
  const head = end < 0 ? null : parseJson(bytes.subarray(0, end))
  if (typeof head !== 'object' || head === null || Array.isArray(head)) throw new BadMessage('a snapshot begins with its head')
  const { version, units, authors, tail } = head as Readonly<Record<string, unknown>>
  if (!Array.isArray(authors) || !Array.isArray(tail)) throw new BadMessage('the head of a snapshot has authors and a tail')
  return {
    version: countOf(version, 0),
    units: countOf(units, 0),
    authors: authors.map((each: unknown) => {
      if (!Array.isArray(each)) throw new BadMessage('an author of a snapshot is a list')
      return [authorOf(each[0]), countOf(each[1], 0), countOf(each[2], 0)] as const
    }),
    tail: tail.map(readSequenced),
  }
}

/** @throws BadMessage when a part of it is missing */
export function readSnapshotText(bytes: Uint8Array, { units }: SnapshotHead): string {
  const text = decode(bytes.subarray(bytes.indexOf(lineFeed) + 1))
  if (text.length !== units) throw new BadMessage(`the text has ${text.length} units, not ${units}`)
  return text
}

export const writeJoin = (version: number | null): Uint8Array => encodeUtf8(JSON.stringify(version === null ? [] : [version]))

/** The version that somebody has; null: nothing. @throws BadMessage */
export function readJoin(bytes: Uint8Array): number | null {
  const join = bytes.length === 0 ? [] : parseJson(bytes)
  if (!Array.isArray(join) || join.length > 1) throw new BadMessage('a join is [version] or []')
  return join.length === 0 ? null : countOf(join[0], 0)
}

export function orDamaged<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof BadMessage || error instanceof OperationMisfit)
      throw new DamagedText(`what is stored cannot be read: ${error.message}`, { cause: error })
    throw error
  }
}

function readSequenced(value: unknown): Sequenced {
  if (!Array.isArray(value) || value.length !== 4)
    throw new BadMessage('an operation of a record is [version, author, sequence, operation]')
  const [version, author, sequence, operation] = value as readonly unknown[]
  return {
    version: countOf(version, 1),
    author: authorOf(author),
    sequence: countOf(sequence, 1),
    operation: operationOf(operation),
  }
}

function authorOf(value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > mostAuthorUnits || !value.isWellFormed())
    throw new BadMessage(`an author is a text of 1 to ${mostAuthorUnits} characters`)
  return value
}

function countOf(value: unknown, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    throw new BadMessage(`a count is a whole number from ${least} on`)
  return value
}

function operationOf(value: unknown): Operation {
  try {
    return parseOperation(value, operationLimits)
  } catch (error) {
    if (error instanceof OperationMisfit) throw new BadMessage(error.message, { cause: error })
    throw error
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadMessage('it is no JSON', { cause: error })
    throw error
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    throw new BadMessage('it is no UTF-8', { cause: error })
  }
}
