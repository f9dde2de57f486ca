/**
 * Reads what a box's init says: "R\n" when the box is ready, "K\n" when what the program left behind is slow to die; at the
 * end one line of JSON, then the collected files' bytes.
 */
import { z } from 'zod'
import type { SandboxFile } from '../sandbox.ts'
import type { InitReport } from './end.ts'

const reportShape = z.object({
  status: z.number(),
  cpuUs: z.number(),
  residentBytes: z.number(),
  full: z.boolean(),
  stop: z.enum(['cpu', 'oom']).optional(),
  fault: z.string().optional(),
  files: z.array(z.tuple([z.string(), z.number(), z.boolean()])).default([]),
})

const NEWLINE = 0x0a
const READY = 0x52 // R
const LEFTOVERS = 0x4b // K

export type ResultListener = { readonly onReady: () => void; readonly onLeftovers: () => void }

export class BoxResult {
  readonly #listener: ResultListener
  #parts: Uint8Array[] = []

  constructor(listener: ResultListener) {
    this.#listener = listener
  }

  /** Each of the two short words is written at once, and arrives at once: pipes keep what is shorter than a page together. */
  push(bytes: Uint8Array): void {
    if (this.#parts.length === 0 && bytes[1] === NEWLINE && (bytes[0] === READY || bytes[0] === LEFTOVERS)) {
      if (bytes[0] === READY) this.#listener.onReady()
      else this.#listener.onLeftovers()
      if (bytes.byteLength > 2) this.push(bytes.subarray(2))
      return
    }
    this.#parts.push(bytes)
  }

  /** Null until the init has said how the program ended. */
  get report(): InitReport | null {
    const line = this.#line()
    if (line === null) return null
    const parsed = reportShape.safeParse(JSON.parse(line.text))
    if (!parsed.success) return null
    const { fault, stop, status, cpuUs, residentBytes, full } = parsed.data
    const cpuMs = cpuUs / 1000
    return {
      status,
      cpuMs,
      residentBytes,
      full,
      ...(stop === undefined ? {} : { stop }),
      ...(fault === undefined ? {} : { fault }),
    }
  }

  /** What the init could not do before the program ran. */
  get fault(): string | null {
    const line = this.#line()
    if (line === null) return null
    return z.object({ fault: z.string() }).safeParse(JSON.parse(line.text)).data?.fault ?? null
  }

  get collected(): SandboxFile[] {
    const line = this.#line()
    const parsed = line === null ? undefined : reportShape.safeParse(JSON.parse(line.text)).data
    if (line === null || parsed === undefined) return []
    const files: SandboxFile[] = []
    let at = line.end
    for (const [path, size, executable] of parsed.files) {
      if (at + size > line.all.byteLength) break
      files.push({ path, content: line.all.subarray(at, at + size), executable })
      at += size
    }
    return files
  }

  #line(): { text: string; end: number; all: Buffer } | null {
    const all = Buffer.concat(this.#parts)
    this.#parts = [all]
    const end = all.indexOf(NEWLINE)
    return end < 0 ? null : { text: all.toString('utf8', 0, end), end: end + 1, all }
  }
}
