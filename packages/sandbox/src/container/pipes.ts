/**
 * The server's ends of a box's pipes. The zygote makes ordinary pipes and keeps these ends until we have opened them through
 * /proc/<pid>/fd: real pipes on both sides, and nothing in any folder that could be left behind.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'

export function openPipe(pid: number, fd: number, direction: 'read' | 'write'): number {
  const access = direction === 'read' ? constants.O_RDONLY : constants.O_WRONLY
  return openSync(`/proc/${pid}/fd/${fd}`, access | constants.O_NONBLOCK)
}

/** Reads a pipe to its end. `onEnd` is called once, also after `destroy`. */
export class PipeReader {
  readonly #socket: Socket

  constructor(fd: number, onBytes: (bytes: Uint8Array) => void, onEnd: () => void) {
    this.#socket = new Socket({ fd, readable: true, writable: false })
    this.#socket.on('data', onBytes)
    this.#socket.on('error', () => {})
    this.#socket.on('close', onEnd)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** Writes to a pipe; a stream is only made for what the pipe does not take at once. */
export class PipeWriter {
  #fd: number | null
  #socket: Socket | null = null
  #ending = false

  constructor(fd: number) {
    this.#fd = fd
  }

  /** Resolves when the pipe took the bytes, or when nobody will ever read them. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#ending) return Promise.resolve()
    const rest = this.#socket === null ? this.#writeAtOnce(bytes) : bytes
    if (rest === null) return Promise.resolve()
    const socket = this.#stream()
    if (socket === null) return Promise.resolve()
    return new Promise((resolve) => {
      socket.write(rest, () => resolve())
      // A destroyed stream drops its callbacks' writes; whoever waits shall not wait for ever.
      socket.once('close', resolve)
    })
  }

  /** Closes the pipe once everything was written. */
  end(): void {
    if (this.#ending) return
    this.#ending = true
    if (this.#socket !== null) this.#socket.end()
    else this.#close()
  }

  destroy(): void {
    this.#ending = true
    if (this.#socket !== null) this.#socket.destroy()
    else this.#close()
  }

  #writeAtOnce(bytes: Uint8Array): Uint8Array | null {
    let rest = bytes
    while (rest.byteLength > 0 && this.#fd !== null) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return rest
        this.destroy() // EPIPE: nobody reads any more.
        return null
      }
    }
    return null
  }

  #stream(): Socket | null {
    if (this.#fd !== null) {
      this.#socket = new Socket({ fd: this.#fd, readable: false, writable: true })
      this.#socket.setMaxListeners(0)
      this.#socket.on('error', () => {})
      this.#fd = null
    }
    return this.#socket
  }

  #close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }
}
