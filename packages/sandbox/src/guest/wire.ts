/**
 * The frames of a guest agent's stream (inside/stream.py describes them), as the server reads and writes them. A guest is
 * taken for hostile from its first byte: each length has a cap that is looked at before anything is kept, and the first
 * frame that makes no sense is the end of the guest.
 */

export const kinds = { say: 1, data: 2, end: 3, credit: 4, open: 5, close: 6 } as const
export type Kind = (typeof kinds)[keyof typeof kinds]

export const channels = { control: 0, program: 1, stdin: 2, stdout: 3, stderr: 4, files: 5, firstOpened: 16 } as const

/** Bytes that one side may have on its way per channel, and the most in one frame. */
export const windowBytes = 131_072
export const pieceBytes = 32_768

const HEAD_BYTES = 7

/** The most a guest may send in one frame, by kind; the agent's messages are a few hundred bytes. */
const largest: Readonly<Record<Kind, number>> = { 1: 16_384, 2: pieceBytes, 3: 0, 4: 4, 5: 0, 6: 0 }

export type Frame = { readonly kind: Kind; readonly channel: number; readonly payload: Buffer }

/** A guest broke its side of the protocol: a fault of ours or an attack, never the program's doing. */
export class GuestFault extends Error {}

export function encodeHead(kind: Kind, channel: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES)
  head.writeUInt8(kind, 0)
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(length, 3)
  return head
}

export function encodeFrame(kind: Kind, channel: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([encodeHead(kind, channel, payload.byteLength), payload])
}

export function encodeCredit(channel: number, bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4)
  payload.writeUInt32BE(bytes)
  return encodeFrame(kinds.credit, channel, payload)
}

/** Cuts what arrives into frames; keeps at most one frame's beginning. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now, in order. Throws GuestFault at the first that makes no sense. */
  *read(bytes: Uint8Array): Generator<Frame> {
    let all =
      this.#rest.byteLength === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        : Buffer.concat([this.#rest, bytes])
    this.#rest = Buffer.alloc(0)
    while (all.byteLength >= HEAD_BYTES) {
      const { kind, channel, length } = readHead(all)
      if (all.byteLength < HEAD_BYTES + length) break
      yield { kind, channel, payload: all.subarray(HEAD_BYTES, HEAD_BYTES + length) }
      all = all.subarray(HEAD_BYTES + length)
    }
    // A copy: the rest of a large read shall not keep all of it.
    this.#rest = Buffer.from(all)
  }
}

function readHead(bytes: Buffer): { kind: Kind; channel: number; length: number } {
  const kind = bytes.readUInt8(0)
  const channel = bytes.readUInt16BE(1)
  const length = bytes.readUInt32BE(3)
  if (!isKind(kind)) throw new GuestFault(`the guest sent a frame of kind ${kind}`)
  if (length > largest[kind]) throw new GuestFault(`the guest sent a frame of ${length} bytes`)
  if (kind === kinds.credit && length !== 4) throw new GuestFault('the guest sent a credit that is none')
  return { kind, channel, length }
}

const isKind = (value: number): value is Kind => value >= 1 && value <= 6
