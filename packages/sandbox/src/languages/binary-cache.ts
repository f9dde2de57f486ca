/**
 * Compiled programs, kept by the hash of everything that went into them, so that an unchanged program starts at once.
 * The folder is ours alone: bytes arrive through a sandbox's `collect` and no user code ever sees it. A file's name
 * carries the hash of its content, which is checked on every read: a torn or tampered file is dropped, never run.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'

type Kept = { readonly file: string; readonly sizeBytes: number; readonly contentHash: string }

const nameOf = /^([0-9a-f]{64})\.([0-9a-f]{64})$/

export class BinaryCache {
  readonly #folder: string
  readonly #kept: LRUCache<string, Kept>
  readonly #removals = new Set<Promise<void>>()
  #temporary = 0

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#kept = new LRUCache<string, Kept>({
      maxSize: maxBytes,
      sizeCalculation: (kept) => Math.max(1, kept.sizeBytes),
      dispose: (kept, _key, reason) => {
        if (reason !== 'set') this.#remove(kept.file)
      },
    })
  }

  /** Opens the folder, makes it where it is missing, and forgets the least recently used beyond `maxBytes`. */
  static async open(folder: string, maxBytes: number): Promise<BinaryCache> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const cache = new BinaryCache(folder, maxBytes)
    const found: (Kept & { key: string; usedAt: number })[] = []
    for (const name of await readdir(folder)) {
      const file = join(folder, name)
      const [, key, contentHash] = nameOf.exec(name) ?? []
      if (key === undefined || contentHash === undefined) {
        cache.#remove(file) // half written when a server was killed
        continue
      }
      const { size, mtimeMs } = await stat(file)
      found.push({ key, contentHash, file, sizeBytes: size, usedAt: mtimeMs })
    }
    for (const kept of found.sort((a, b) => a.usedAt - b.usedAt)) cache.#kept.set(kept.key, kept)
    await cache.settled()
    return cache
  }

  get sizeBytes(): number {
    return this.#kept.calculatedSize
  }

  async find(key: string): Promise<Uint8Array | null> {
    const kept = this.#kept.get(key)
    if (kept === undefined) return null
    const content = await readFile(kept.file).catch(() => null)
    if (content === null || hashOf(content) !== kept.contentHash) {
      if (this.#kept.peek(key) === kept) this.#kept.delete(key)
      return null
    }
    const now = new Date()
    await utimes(kept.file, now, now).catch(() => {}) // only the order after the next start depends on it
    return content
  }

  /** Keeps a program under its key; one that is larger than the whole cache is not kept. */
  async keep(key: string, content: Uint8Array): Promise<void> {
    const contentHash = hashOf(content)
    if (content.length > this.#kept.maxSize || this.#kept.peek(key)?.contentHash === contentHash) return
    const file = join(this.#folder, `${key}.${contentHash}`)
    const temporary = join(this.#folder, `${process.pid}-${this.#temporary++}.tmp`)
    try {
      await writeFile(temporary, content, { mode: 0o600 })
      await rename(temporary, file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    const before = this.#kept.peek(key)
    this.#kept.set(key, { file, sizeBytes: content.length, contentHash })
    if (before !== undefined && before.file !== file) this.#remove(before.file)
    await this.settled()
  }

  /** Resolves when what was dropped is off the disk. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals)
  }

  #remove(file: string): void {
    const removal = rm(file, { force: true, recursive: true })
      .catch(() => {}) // tried again at the next start
      .finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }
}

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
