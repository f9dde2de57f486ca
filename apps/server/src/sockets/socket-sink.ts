import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Unsent bytes above which a socket is given nothing more until it has caught up. */
const fullBytes = 1024 * 1024

/** Sends text frames, and says when the other side does not keep up. */
export class SocketSink {
  readonly #socket: WebSocket
  #waiting: (() => void)[] = []

  /** `stream`: of the socket, when others write to it too. */
  constructor(socket: WebSocket, stream?: Duplex) {
    this.#socket = socket
    stream?.on('drain', () => this.#wake())
  }

  /** False when the socket wants no more for now. */
  send(text: string): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return true
    this.#socket.send(text, () => this.#wake())
    return this.#socket.bufferedAmount < fullBytes
  }

  whenRoom(callback: () => void): void {
    this.#waiting.push(callback)
  }

  #wake(): void {
    if (this.#waiting.length === 0 || this.#socket.bufferedAmount >= fullBytes / 2) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const callback of waiting) callback()
  }
}
