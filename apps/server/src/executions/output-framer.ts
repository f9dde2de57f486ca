/**
 * From the bytes of a program to output events: the first at once, later ones gathered for about a frame of the screen or until
 * enough came together. Order between stdout and stderr is kept. Bytes stay bytes: what is not UTF-8 travels as base64, and a
 * character that was cut by a read is held back until its rest arrives.
 */
import { isUtf8 } from 'node:buffer'
import type { OutputEvent } from '@atelier/protocol/executions'

type Stream = OutputEvent['stream']
type Framed = Pick<OutputEvent, 'stream' | 'data' | 'encoding'>

const windowMs = 16
const fullBytes = 32 * 1024
/** More reads than this in one window (a program that writes single bytes) and reading rests until the window ends. */
const readsPerWindow = 32

export type OutputFramerOptions = {
  readonly emit: (framed: Framed) => void
  /** Asks the source to rest, and to go on. */
  readonly rest: () => void
  readonly goOn: () => void
}

export class OutputFramer {
  readonly #options: OutputFramerOptions
  #gathered: { stream: Stream; parts: Uint8Array[] }[] = []
  #gatheredBytes = 0
  #reads = 0
  #resting = false
  #window: NodeJS.Timeout | undefined
  readonly #cut: Record<Stream, Uint8Array> = { stdout: new Uint8Array(0), stderr: new Uint8Array(0) }

  constructor(options: OutputFramerOptions) {
    this.#options = options
  }

  /** Takes the bytes over: the source must not use their memory again. */
  push(stream: Stream, bytes: Uint8Array): void {
    const last = this.#gathered.at(-1)
    if (last?.stream === stream) last.parts.push(bytes)
    else this.#gathered.push({ stream, parts: [bytes] })
    this.#gatheredBytes += bytes.length
    if (this.#window === undefined) {
      this.#flush()
      this.#window = setTimeout(this.#onWindow, windowMs)
    } else if (this.#gatheredBytes >= fullBytes) {
      this.#flush()
    } else if (++this.#reads > readsPerWindow && !this.#resting) {
      this.#resting = true
      this.#options.rest()
    }
  }

  /** Emits all that is left; call once, when the stream has ended. */
  end(): void {
    clearTimeout(this.#window)
    this.#flush()
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#cut[stream]
      this.#cut[stream] = new Uint8Array(0)
      if (rest.length > 0) this.#options.emit({ stream, data: Buffer.from(rest).toString('base64'), encoding: 'base64' })
    }
  }

  readonly #onWindow = (): void => {
    const quiet = this.#gatheredBytes === 0
    this.#flush()
    this.#reads = 0
    if (this.#resting) {
      this.#resting = false
      this.#options.goOn()
    }
    this.#window = quiet ? undefined : setTimeout(this.#onWindow, windowMs)
  }

  #flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    for (const { stream, parts } of gathered) this.#emitWhole(stream, parts)
  }

  #emitWhole(stream: Stream, parts: readonly Uint8Array[]): void {
    const held = this.#cut[stream]
    const bytes = held.length === 0 && parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat([held, ...parts])
    const whole = bytes.length - cutCharacterLength(bytes)
    this.#cut[stream] = bytes.slice(whole)
    if (whole === 0) return
    const complete = Buffer.from(bytes.buffer, bytes.byteOffset, whole)
    if (isUtf8(complete)) this.#options.emit({ stream, data: complete.toString('utf8'), encoding: 'utf8' })
    else this.#options.emit({ stream, data: complete.toString('base64'), encoding: 'base64' })
  }
}

/** How many bytes at the end are the beginning of a UTF-8 character whose rest is missing: 0 to 3. */
export function cutCharacterLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const needed = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 && byte <= 0xef ? 3 : byte >= 0xc2 && byte <= 0xdf ? 2 : 1
    return needed > back ? back : 0
  }
  return 0
}
