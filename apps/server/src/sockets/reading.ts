import type { WebSocket } from 'ws'

/** Whether a socket is read: only while nobody has a reason against it. */
export class Reading {
  readonly #socket: WebSocket
  /** Made when there is one: few connections ever have. */
  #reasons: Set<string> | null = null

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  pause(reason: string): void {
    this.#reasons ??= new Set()
    this.#reasons.add(reason)
    this.#socket.pause()
  }

  resume(reason: string): void {
    if (this.#reasons === null || !this.#reasons.delete(reason) || this.#reasons.size > 0) return
    this.#reasons = null
    this.#socket.resume()
  }

  isPausedFor(reason: string): boolean {
    return this.#reasons?.has(reason) ?? false
  }
}
