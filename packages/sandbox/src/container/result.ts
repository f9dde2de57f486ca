/**
 * Reads what a box's init says: "R\n" when the box is ready, "K\n" when what the program left behind is slow to die; at the
 * end one line of JSON, then the bytes of collected files and artefacts.
 */
import { z } from 'zod'
import type { InitReport } from '../driver/end.ts'
import type { SandboxFile } from '../sandbox.ts'

const reportShape = z.object({
  status: z.number(),
  cpuUs: z.number(),
  residentBytes: z.number(),
  full: z.boolean(),
  stop: z.enum(['cpu', 'oom']).optional(),
  fault: z.string().optional(),
  files: z.array(z.tuple([z.string(), z.number(), z.boolean()])).default([]),
  artefacts: z.array(z.tuple([z.string(), z.number(), z.boolean()])).optional(),
  areAll: z.boolean().default(false),
})

/** Made once, like the other: making a shape compiles a function, which costs more than all else that is done with a report. */
const faultShape = z.object({ fault: z.string() })

const NEWLINE = 0x0a
const READY = 0x52 // R
const LEFTOVERS = 0x4b // K

type Contents = { readonly report: z.infer<typeof reportShape>; readonly at: number }

export type ResultListener = { readonly onReady: () => void; readonly onLeftovers: () => void }

export class BoxResult {
  readonly #listener: ResultListener
  #parts: Uint8Array[] = []
  #read: Contents | null = null

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
    const contents = this.#contents()
    if (contents === null) return null
    const { fault, stop, status, cpuUs, residentBytes, full } = contents.report
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
    return faultShape.safeParse(JSON.parse(line.text)).data?.fault ?? null
  }

  get collected(): SandboxFile[] {
    const contents = this.#contents()
    return contents === null ? [] : this.#files(contents.report.files, contents.at)
  }

  /** Null when none were asked for, or the init did not come so far. */
  get artefacts(): { readonly files: SandboxFile[]; readonly areAll: boolean } | null {
    const contents = this.#contents()
    if (contents?.report.artefacts === undefined) return null
    const { files, artefacts, areAll } = contents.report
    const at = files.reduce((sum, [, size]) => sum + size, contents.at)
    return { files: this.#files(artefacts, at), areAll }
  }

  /** Parsed once: the line is there as a whole or not at all. */
  #contents(): Contents | null {
    if (this.#read === null) {
      const line = this.#line()
      const report = line === null ? undefined : reportShape.safeParse(JSON.parse(line.text)).data
      if (line !== null && report !== undefined) this.#read = { report, at: line.end }
    }
    return this.#read
  }

  #files(described: readonly (readonly [string, number, boolean])[], start: number): SandboxFile[] {
    const all = Buffer.concat(this.#parts)
    const files: SandboxFile[] = []
    let at = start
    for (const [path, size, executable] of described) {
      if (at + size > all.byteLength) break
      files.push({ path, content: all.subarray(at, at + size), executable })
      at += size
    }
    return files
  }

  #line(): { text: string; end: number } | null {
    const all = Buffer.concat(this.#parts)
    this.#parts = [all]
    const end = all.indexOf(NEWLINE)
    return end < 0 ? null : { text: all.toString('utf8', 0, end), end: end + 1 }
  }
}
