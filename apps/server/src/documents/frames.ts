/** The binary messages of documents, see protocol/documents.ts: read without a copy, written as whole WebSocket frames. */
import { messageTypes, syncKinds } from '@atelier/protocol/documents'
import { BadMessage } from '@atelier/text/engine'
import { binaryFrame } from '../sockets/raw-frames.ts'

export type DocumentFrame =
  | { readonly type: 'join' | 'answer' | 'change' | 'presence'; readonly body: Buffer }
  | { readonly type: 'ask' }

/** Reads the message that begins at `from` and ends with the data. @throws BadMessage */
export function readDocumentFrame(data: Buffer, from: number): DocumentFrame {
  const cursor = { data, at: from }
  const type = readVaruint(cursor)
  if (type === messageTypes.sync) {
    const kind = readVaruint(cursor)
    const body = readBody(cursor)
    if (kind === syncKinds.change) return { type: 'change', body }
    if (kind === syncKinds.join) return { type: 'join', body }
    if (kind === syncKinds.answer) return { type: 'answer', body }
    throw new BadMessage(`a sync message has a kind from 0 to 2, not ${kind}`)
  }
  if (type === messageTypes.presence) return { type: 'presence', body: readBody(cursor) }
  if (type === messageTypes.ask) return { type: 'ask' }
  throw new BadMessage(`there is no message type ${type} for a client to send`)
}

export type Cursor = { readonly data: Buffer; at: number }

/** @throws BadMessage */
export function readVaruint(cursor: Cursor): number {
  let value = 0
  let factor = 1
  for (;;) {
    const byte = cursor.data[cursor.at]
    if (byte === undefined) throw new BadMessage('the message ends in the middle of a number')
    cursor.at += 1
    value += (byte & 127) * factor
    if (byte < 128) break
    factor *= 128
    if (factor > 2 ** 49) throw new BadMessage('a number in the message is too large')
  }
  if (value > Number.MAX_SAFE_INTEGER) throw new BadMessage('a number in the message is too large')
  return value
}

/** Bytes after their length. @throws BadMessage */
export function readBytes(cursor: Cursor): Buffer {
  const length = readVaruint(cursor)
  const end = cursor.at + length
  if (end > cursor.data.length) throw new BadMessage('the message is shorter than it says')
  const bytes = cursor.data.subarray(cursor.at, end)
  cursor.at = end
  return bytes
}

function readBody(cursor: Cursor): Buffer {
  const body = readBytes(cursor)
  if (cursor.at !== cursor.data.length) throw new BadMessage('the message is longer than it says')
  return body
}

export const varuintLength = (value: number): number => {
  let length = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length += 1
  return length
}

/** Returns where it ends. */
export function writeVaruint(target: Uint8Array, from: number, value: number): number {
  let at = from
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) target[at++] = (rest & 127) | 128
  target[at++] = rest
  return at
}

/** A message for many: as our pages are sent it, with the document's number, and plainly. Each form is built when it is first asked for. */
export class SharedFrame {
  readonly #number: number
  readonly #head: readonly number[]
  readonly #body: Uint8Array | null
  #numbered: Buffer | null = null
  #plain: Buffer | null = null

  constructor(number: number, head: readonly number[], body: Uint8Array | null) {
    this.#number = number
    this.#head = head
    this.#body = body
  }

  as(form: FrameForm): Buffer {
    if (form === 'plain') {
      this.#plain ??= this.#build(0)
      return this.#plain
    }
    this.#numbered ??= this.#build(varuintLength(this.#number))
    return this.#numbered
  }

  #build(numberLength: number): Buffer {
    const body = this.#body
    const bodyLength = body === null ? 0 : varuintLength(body.length) + body.length
    const { frame, at } = binaryFrame(numberLength + this.#head.length + bodyLength)
    let end = numberLength === 0 ? at : writeVaruint(frame, at, this.#number)
    for (const value of this.#head) end = writeVaruint(frame, end, value)
    if (body !== null) frame.set(body, writeVaruint(frame, end, body.length))
    return frame
  }
}

export type FrameForm = 'numbered' | 'plain'

export const syncFrame = (number: number, kind: keyof typeof syncKinds, body: Uint8Array): SharedFrame =>
  new SharedFrame(number, [messageTypes.sync, syncKinds[kind]], body)
export const presenceFrame = (number: number, body: Uint8Array): SharedFrame =>
  new SharedFrame(number, [messageTypes.presence], body)

/** How many change messages of one connection are stored. */
export function storedFrame(number: number, count: number): Buffer {
  const { frame, at } = binaryFrame(varuintLength(number) + 1 + varuintLength(count))
  const end = writeVaruint(frame, at, number)
  frame[end] = messageTypes.stored
  writeVaruint(frame, end + 1, count)
  return frame
}

/** What y-protocols calls "permission denied". */
export function refusalFrame(reason: string): Buffer {
  const text = Buffer.from(reason)
  return new SharedFrame(0, [messageTypes.refusal, 0], text).as('plain')
}
