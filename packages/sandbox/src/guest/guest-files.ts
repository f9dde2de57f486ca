/**
 * Reads the files that the agent sends (inside/collector.py): for each a length (u32), a header of JSON, then the bytes. Only
 * what was asked for is kept, and never more of it than was allowed; anything else is the guest's end.
 */
import { z } from 'zod'
import type { ArtefactBounds, SandboxFile } from '../sandbox.ts'
import { GuestFault } from './wire.ts'

const HEADER_BYTES = 32_768

/** Path, size, executable, whether it is an artefact; an empty path comes last and tells whether those were all. */
const headerShape = z.tuple([z.string().max(8192), z.number().int().min(0), z.boolean(), z.boolean()])

export type Wanted = {
  readonly collect: readonly string[]
  readonly collectBytes: number
  readonly artefacts: ArtefactBounds | null
}

type Coming = {
  readonly path: string
  readonly content: Buffer
  at: number
  readonly executable: boolean
  readonly isArtefact: boolean
}

export class GuestFiles {
  readonly collected: SandboxFile[] = []
  readonly artefacts: SandboxFile[] = []
  /** Null until the agent has said so. */
  areAll: boolean | null = null
  readonly #wanted: Wanted
  #head: Buffer = Buffer.alloc(0)
  #coming: Coming | null = null
  #artefactBytes = 0

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  /** Throws GuestFault for what was not asked for. */
  push(bytes: Buffer): void {
    let rest = bytes
    while (rest.byteLength > 0) {
      const coming = this.#coming
      if (coming === null) rest = this.#readHeader(rest)
      else {
        const taken = rest.copy(coming.content, coming.at)
        coming.at += taken
        rest = rest.subarray(taken)
        this.#settle(coming)
      }
    }
  }

  #readHeader(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.#head, bytes])
    const length = all.byteLength < 4 ? 0 : all.readUInt32BE(0)
    if (length > HEADER_BYTES) throw new GuestFault(`the guest sent a header of ${length} bytes`)
    if (all.byteLength < 4 || all.byteLength < 4 + length) {
      this.#head = all
      return Buffer.alloc(0)
    }
    this.#head = Buffer.alloc(0)
    this.#begin(all.toString('utf8', 4, 4 + length))
    return all.subarray(4 + length)
  }

  #begin(header: string): void {
    const [path, size, executable, isArtefact] = parseHeader(header)
    if (path === '') {
      this.areAll = executable
      return
    }
    this.#refuse(path, size, isArtefact)
    this.#coming = { path, content: Buffer.alloc(size), at: 0, executable, isArtefact }
    this.#settle(this.#coming)
  }

  #refuse(path: string, size: number, isArtefact: boolean): void {
    const { collect, collectBytes, artefacts } = this.#wanted
    if (!isArtefact) {
      const isWanted = collect.includes(path) && !this.collected.some((file) => file.path === path)
      if (!isWanted || size > collectBytes) throw new GuestFault('the guest sent a file that nobody asked for')
      return
    }
    this.#artefactBytes += size
    const { files, bytes } = artefacts ?? { files: 0, bytes: 0 }
    const isPlain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !path.includes('\0')
    if (!isPlain || this.artefacts.length >= files || this.#artefactBytes > bytes)
      throw new GuestFault('the guest sent more files than were asked for')
  }

  #settle({ path, content, at, executable, isArtefact }: Coming): void {
    if (at < content.byteLength) return
    this.#coming = null
    const files = isArtefact ? this.artefacts : this.collected
    files.push({ path, content, executable })
  }
}

function parseHeader(text: string): z.infer<typeof headerShape> {
  try {
    return headerShape.parse(JSON.parse(text))
  } catch {
    throw new GuestFault('the guest sent a file without a proper header')
  }
}
