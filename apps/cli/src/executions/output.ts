/** Writes the program's bytes exactly as they are, at the pace of whoever reads them. */
import type { Writable } from 'node:stream'
import type { OutputEvent } from '@atelier/protocol/executions'

/** The reader of our output is gone, as after `| head -1`. */
export class ReaderGone extends Error {}

export class Output {
  readonly #stdout: Writable
  readonly #stderr: Writable
  #fault: Error | undefined
  #receivedBytes = 0

  constructor(stdout: Writable, stderr: Writable) {
    this.#stdout = stdout
    this.#stderr = stderr
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' ? new ReaderGone() : error
    })
    // Nobody can be told that nobody reads our complaints.
    stderr.on('error', () => {})
  }

  async write(event: OutputEvent): Promise<void> {
    const bytes = Buffer.from(event.data, event.encoding)
    this.#receivedBytes += bytes.length
    await this.#writeTo(event.stream === 'stdout' ? this.#stdout : this.#stderr, bytes)
  }

  /** How many bytes are missing when the server says that this many are gone since the beginning. */
  skip(droppedBytes: number): number {
    const missing = Math.max(0, droppedBytes - this.#receivedBytes)
    this.#receivedBytes += missing
    return missing
  }

  /** Throws when not all could be written. */
  async finish(): Promise<void> {
    await this.#writeTo(this.#stdout, Buffer.alloc(0))
  }

  async #writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
    if (this.#fault !== undefined && stream === this.#stdout) throw this.#fault
    if (stream.destroyed) return
    await new Promise<void>((resolve) => stream.write(bytes, () => resolve()))
    // The error event follows the callback.
    await Promise.resolve()
    if (this.#fault !== undefined && stream === this.#stdout) throw this.#fault
  }
}
