/** The one way out of a guest: each connection that its agent announces is one to the proxy of this execution, and nowhere else. */
import { connect, type Socket } from 'node:net'
import type { GuestStream } from './guest-stream.ts'

export class WayOut {
  readonly #proxySocket: string
  readonly #stream: GuestStream
  readonly #connections = new Map<number, Socket>()

  constructor(proxySocket: string, stream: GuestStream) {
    this.#proxySocket = proxySocket
    this.#stream = stream
  }

  opened(channel: number): void {
    const socket = connect({ path: this.#proxySocket, allowHalfOpen: true })
    this.#connections.set(channel, socket)
    socket.on('data', (bytes) => {
      socket.pause()
      this.#stream.write(channel, bytes).then(() => socket.resume())
    })
    socket.on('end', () => this.#stream.end(channel))
    socket.on('error', () => {})
    socket.on('close', (hadError) => {
      if (this.#connections.delete(channel) && hadError) this.#stream.close(channel)
    })
  }

  data(channel: number, bytes: Buffer): void {
    const socket = this.#connections.get(channel)
    if (socket === undefined) return
    socket.write(Buffer.from(bytes), () => this.#stream.consumed(channel, bytes.byteLength))
  }

  /** The program sends no more; it may still receive. */
  ended(channel: number): void {
    this.#connections.get(channel)?.end()
  }

  close(): void {
    for (const socket of this.#connections.values()) socket.destroy()
    this.#connections.clear()
  }
}
