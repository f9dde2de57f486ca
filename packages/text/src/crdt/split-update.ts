/**
 * A large update in several small ones, each of which continues where the one before ended: what was edited for a day without a
 * connection still goes in messages that the server takes.
 */
import { ByteReader, ByteWriter, unitsOf } from './bytes.ts'
import { Deletions } from './deletions.ts'
import { placeInOrder } from './placement.ts'
import { deletionsOnly, type Run, writeUpdate } from './update-merge.ts'
import { type Block, field, type Scan, scanUpdate, structFields, text } from './update-scan.ts'

type Piece = {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  readonly fromByte: number
  readonly toByte: number
}

/** `known`: how much of each client the receiver has. The deletions come last, and whole. */
export function splitUpdate(update: Uint8Array, known: ReadonlyMap<number, number>, mostBytes: number): readonly Uint8Array[] {
  if (update.length <= mostBytes) return [update]
  const scan = scanUpdate(update)
  const updates: Uint8Array[] = []
  let runs = new Map<number, Run>()
  let length = 0
  const flush = (): void => {
    if (runs.size > 0) updates.push(writeUpdate(runs, new Deletions()))
    runs = new Map()
    length = 0
  }
  placeInOrder(scan, known, (block, struct) => {
    for (const { start, end, ...part } of piecesOf(update, scan, block, struct, mostBytes)) {
      if (length + part.toByte - part.fromByte > mostBytes) flush()
      length += part.toByte - part.fromByte
      const run = runs.get(block.client)
      if (run === undefined) runs.set(block.client, { first: start, end, structs: 1, parts: [part] })
      else {
        run.end = end
        run.structs += 1
        run.parts.push(part)
      }
    }
  })
  flush()
  if (scan.deletions.length === 0) return updates
  const deletions = new Deletions()
  deletions.add(scan.deletions)
  return [...updates, deletionsOnly(deletions)]
}

/** A struct as it is, or a long text in several: each stands right of the one before. */
function piecesOf(bytes: Uint8Array, scan: Scan, block: Block, struct: number, mostBytes: number): readonly Piece[] {
  const base = struct * structFields
  const isFirst = struct === block.index
  const start = isFirst ? block.first : (scan.structs[base - structFields + field.end] ?? 0)
  const fromByte = isFirst ? block.fromByte : (scan.structs[base - structFields + field.toByte] ?? 0)
  const whole = {
    start,
    end: scan.structs[base + field.end] ?? 0,
    bytes,
    fromByte,
    toByte: scan.structs[base + field.toByte] ?? 0,
  }
  const info = bytes[fromByte] ?? 0
  if (whole.toByte - fromByte <= mostBytes || (info & 31) !== text) return [whole]

  const reader = new ByteReader(bytes)
  reader.at = fromByte + 1
  for (let number = (info & 128) === 0 ? 0 : 2; number > 0; number -= 1) reader.number()
  const rightFrom = reader.at
  for (let number = (info & 64) === 0 ? 0 : 2; number > 0; number -= 1) reader.number()
  const rightTo = reader.at
  if ((info & 192) === 0) {
    reader.number()
    reader.stringUnits()
  }
  const headTo = reader.at
  reader.number()

  const pieces: Piece[] = []
  let clock = start
  for (let at = reader.at; at < whole.toByte; ) {
    let to = Math.min(whole.toByte, at + Math.max(4, mostBytes - 64))
    while (to < whole.toByte && ((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1
    const writer = new ByteWriter()
    if (pieces.length === 0) writer.copy(bytes, fromByte, headTo)
    else
      writer
        .byte(text | 128 | (info & 64))
        .number(block.client)
        .number(clock - 1)
        .copy(bytes, rightFrom, rightTo)
    const piece = writer
      .number(to - at)
      .copy(bytes, at, to)
      .build()
    const end = clock + unitsOf(bytes, at, to)
    pieces.push({ start: clock, end, bytes: piece, fromByte: 0, toByte: piece.length })
    clock = end
    at = to
  }
  return pieces
}
