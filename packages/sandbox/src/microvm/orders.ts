/**
 * Orders to a template's QEMU, in its own protocol of JSON lines (QMP). All are
 * given before a user's byte has been seen; what is answered later is read and dropped, with a cap.
 * Source: https://www.qemu.org/docs/master/interop/qmp-spec.html
 */
import type { Duplex } from 'node:stream'
import { z } from 'zod'

const Answer = z.object({
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
  event: z.string().optional(),
  QMP: z.unknown().optional(),
})

const MAX_LINE_BYTES = 1024 * 1024

export class Orders {
  readonly #stream: Duplex
  readonly #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []
  readonly #expected = new Map<string, () => void>()
  #buffer = ''
  #ended: Error | null = null

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.#hear(text))
    stream.on('error', () => {})
    stream.once('close', () => this.#end(new Error('QEMU ended')))
  }

  /** Rejects with QEMU's own words. One after another. */
  execute(name: string, values?: object): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#stream.write(`${JSON.stringify({ execute: name, ...(values === undefined ? {} : { arguments: values }) })}\n`)
    })
  }

  /** Resolves when QEMU tells of this for the first time from now on; never, when it ends before. */
  event(name: string): Promise<void> {
    return new Promise((resolve) => this.#expected.set(name, resolve))
  }

  close(): void {
    this.#end(new Error('QEMU was ended'))
  }

  #hear(text: string): void {
    const lines = (this.#buffer + text).split('\n')
    this.#buffer = lines.pop() ?? ''
    if (this.#buffer.length > MAX_LINE_BYTES) this.#end(new Error('QEMU answered with too long a line'))
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const parsed = Answer.safeParse(parse(line))
      if (!parsed.success) {
        this.#end(new Error(`QEMU answered what is no answer: ${line.slice(0, 200)}`))
        return
      }
      const { event, QMP: greeting } = parsed.data
      if (event !== undefined) this.#expected.get(event)?.()
      if (event !== undefined || greeting !== undefined) continue
      const order = this.#waiting.shift()
      if (parsed.data.error !== undefined) order?.reject(new Error(parsed.data.error.desc))
      else order?.resolve(parsed.data.return)
    }
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#stream.destroy()
    for (const order of this.#waiting.splice(0)) order.reject(error)
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
