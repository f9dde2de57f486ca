import type { WebSocket } from 'ws'

/** Whether a socket is read: only while nobody has a reason against it. */
export class Reading {
  readonly #socket: WebSocket
  readonly #reasons = new Set<string>()

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  pause(reason: string): void {
    this.#reasons.add(reason)
    this.#socket.pause()
  }

  resume(reason: string): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#socket.resume()
  }

  isPausedFor(reason: string): boolean {
    return this.#reasons.has(reason)
  }
}
