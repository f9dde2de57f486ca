/**
 * Frames that are built once and written to many connections, past the WebSocket library: it would build each anew. Nothing is
 * compressed here, so the library itself writes at once, and the two never mix within a frame.
 */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

const fullBytes = 1024 * 1024

/** What the other side has not taken yet is counted by the stream, whoever wrote it. */
export class RawFrames {
  readonly #socket: WebSocket
  readonly #stream: Duplex

  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket
    this.#stream = stream
  }

  get unsentBytes(): number {
    return this.#stream.writableLength
  }

  /** Resolves when the other side has taken most of what it was sent. */
  async ready(): Promise<void> {
    while (this.#stream.writableLength > fullBytes && !this.#stream.destroyed)
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.#stream.off('drain', go).off('close', go)
          resolve()
        }
        this.#stream.on('drain', go).on('close', go)
      })
  }

  /** `frame`: made by `binaryFrame`. */
  write(frame: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    // Bytes that the library holds back itself would be overtaken.
    if (this.#socket.bufferedAmount > this.#stream.writableLength) this.#socket.send(frame.subarray(headerLength(frame)))
    else this.#stream.write(frame)
  }
}

/** One unmasked binary frame (RFC 6455, section 5.2) with room for `length` bytes, and where they begin. */
export function binaryFrame(length: number): { readonly frame: Buffer; readonly at: number } {
  const at = length < 126 ? 2 : length < 65536 ? 4 : 10
  const frame = Buffer.allocUnsafe(at + length)
  frame[0] = 0x82
  if (at === 2) frame[1] = length
  else if (at === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(length, 6)
  }
  return { frame, at }
}

const headerLength = (frame: Buffer): number => (frame[1] === 127 ? 10 : frame[1] === 126 ? 4 : 2)
