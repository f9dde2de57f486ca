/**
 * The binary messages of an open document, as protocol/documents.ts lays them out, without the number that the socket puts before
 * each. What arrives may be anything: whatever is cut short or larger than it can be is no message.
 */
import { messageTypes } from '@atelier/protocol/documents'

export type DocumentFrame =
  | { readonly type: 'sync'; readonly kind: 0 | 1 | 2; readonly body: Uint8Array }
  | { readonly type: 'presence'; readonly update: Uint8Array }
  | { readonly type: 'ask' }
  | { readonly type: 'stored'; readonly count: number }

export const syncFrame = (kind: 0 | 2, body: Uint8Array): Uint8Array =>
  joined([messageTypes.sync, kind, ...unsigned(body.length)], body)

export const presenceFrame = (update: Uint8Array): Uint8Array =>
  joined([messageTypes.presence, ...unsigned(update.length)], update)

export const askFrame = (): Uint8Array => Uint8Array.of(messageTypes.ask)

/** Null for what this page does not know, or is broken. */
export function readFrame(bytes: Uint8Array): DocumentFrame | null {
  const type = readUnsigned(bytes, 0)
  switch (type?.value) {
    case messageTypes.sync: {
      const kind = readUnsigned(bytes, type.next)
      const body = kind === null ? null : readBody(bytes, kind.next)
      if (body === null || (kind?.value !== 0 && kind?.value !== 1 && kind?.value !== 2)) return null
      return { type: 'sync', kind: kind.value, body }
    }
    case messageTypes.presence: {
      const update = readBody(bytes, type.next)
      return update === null ? null : { type: 'presence', update }
    }
    case messageTypes.ask:
      return { type: 'ask' }
    case messageTypes.stored: {
      const count = readUnsigned(bytes, type.next)
      return count === null ? null : { type: 'stored', count: count.value }
    }
    default:
      return null
  }
}

/** lib0's unsigned integer of variable length: seven bits per byte, the smallest first. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push(128 | (rest % 128))
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return bytes
}

export function readUnsigned(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | null {
  let value = 0
  let unit = 1
  for (let next = at; next < bytes.length; next += 1) {
    const byte = bytes[next] ?? 0
    value += (byte & 127) * unit
    if (value > Number.MAX_SAFE_INTEGER) return null
    if (byte < 128) return { value, next: next + 1 }
    unit *= 128
  }
  return null
}

function readBody(bytes: Uint8Array, at: number): Uint8Array | null {
  const length = readUnsigned(bytes, at)
  if (length === null || length.next + length.value > bytes.length) return null
  return bytes.subarray(length.next, length.next + length.value)
}

export function joined(head: readonly number[], body: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return whole
}
