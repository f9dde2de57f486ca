/** Turns output events into text: UTF-8 comes as it is, other bytes as base64; a character cut between two events is put together again. */
import type { OutputEvent } from '@atelier/protocol/executions'

export class OutputDecoder {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }

  decode(event: Pick<OutputEvent, 'stream' | 'data' | 'encoding'>): string {
    const decoder = this.#decoders[event.stream]
    if (event.encoding === 'base64') return decoder.decode(bytesOfBase64(event.data), { stream: true })
    return decoder.decode() + event.data
  }

  /** What is left of a character that never became whole. */
  end(stream: 'stdout' | 'stderr'): string {
    return this.#decoders[stream].decode()
  }
}

function bytesOfBase64(data: string): Uint8Array<ArrayBuffer> {
  const binary = atob(data)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}
