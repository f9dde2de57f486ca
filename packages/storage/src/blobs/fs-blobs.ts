/**
 * Blobs as files: `<folder>/<first two digits>/<sha256>`, sealed (see sealing.ts). A blob is written under a random name in
 * `incoming`, forced to the disk, and renamed: its final name never stands for half a content, whenever the power goes.
 *
 * The folder belongs to one process.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { statSync, unlinkSync, utimesSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BlobFault, type BlobInfo, type Blobs, BlobTooLarge, isSha256 } from './blobs.ts'
import { FsBlobStream, openSealed } from './fs-blob-stream.ts'
import { type Keyring, openKeyring } from './keyring.ts'
import { blobKey, headerBytes, pieceBytes, saltBytes, sealedBytes, sealHeader, sealPiece } from './sealing.ts'

export type FsBlobsOptions = {
  /** Made when absent. */
  readonly folder: string
  /** The keyring; made, for the server's eyes only, when there are no blobs yet. */
  readonly keyFile: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Names that a sweep asks about in one question: each may cost a look at every file there is. */
const sweepAtOnce = 20_000

/** Also removes what a killed predecessor left unfinished. @throws KeyringRefusal */
export async function openFsBlobs({ folder, keyFile, now }: FsBlobsOptions): Promise<Blobs> {
  const incoming = join(folder, 'incoming')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { mode: 0o700 })
  const keyring = await openKeyring(keyFile, (await shardsOf(folder)).length > 0)
  return new FsBlobs(folder, incoming, keyring, now)
}

class FsBlobs implements Blobs {
  readonly #folder: string
  readonly #incoming: string
  readonly #keyring: Keyring
  readonly #now: () => number

  constructor(folder: string, incoming: string, keyring: Keyring, now: () => number) {
    this.#folder = folder
    this.#incoming = incoming
    this.#keyring = keyring
    this.#now = now
  }

  async put(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<BlobInfo> {
    const temporary = join(this.#incoming, randomUUID())
    try {
      const info = await this.#seal(temporary, bytes, maxBytes)
      await this.#publish(temporary, info)
      return info
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async read(sha256: string) {
    const sealed = await openSealed(this.#pathOf(sha256), sha256, this.#keyring)
    return { sizeBytes: sealed.sizeBytes, stream: new FsBlobStream(sealed) }
  }

  async readAll(sha256: string): Promise<Buffer> {
    const { sizeBytes, stream } = await this.read(sha256)
    // Piece by piece into its place: together they would be in memory twice.
    const whole = Buffer.alloc(sizeBytes)
    let at = 0
    for await (const piece of stream) at += (piece as Buffer).copy(whole, at)
    return whole
  }

  async sweep(usedAmong: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>, unusedForMs: number): Promise<number> {
    const putBefore = this.#now() - unusedForMs
    let removed = 0
    let asked: string[] = []
    const removeUnused = async () => {
      const used = await usedAmong(asked)
      for (const sha256 of asked) if (!used.has(sha256) && this.#removeIfPutBefore(sha256, putBefore)) removed += 1
      asked = []
    }
    for (const shard of await shardsOf(this.#folder)) {
      const names = await readdir(join(this.#folder, shard))
      asked.push(...names.filter((name) => isSha256(name) && this.#wasPutBefore(name, putBefore)))
      if (asked.length >= sweepAtOnce) await removeUnused()
    }
    if (asked.length > 0) await removeUnused()
    return removed
  }

  #pathOf(sha256: string): string {
    if (!isSha256(sha256)) throw new BlobFault('missing', sha256, 'this is not the name of a blob')
    return join(this.#folder, sha256.slice(0, 2), sha256)
  }

  /** Writes the whole sealed content and forces it to the disk. */
  async #seal(file: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<BlobInfo> {
    const master = this.#keyring.current
    const salt = randomBytes(saltBytes)
    const key = blobKey(master, salt)
    const sum = createHash('sha256')
    await using handle = await open(file, 'wx', 0o600)
    let sizeBytes = 0
    let index = 0
    // The header names the content, which is known only at the end; its place is left free until then.
    let position = headerBytes
    const writePiece = async (plain: Uint8Array) => {
      const sealed = sealPiece(key, index++, plain)
      position += await writeAll(handle, sealed, position)
    }
    for await (const piece of inPieces(bytes)) {
      sizeBytes += piece.length
      if (sizeBytes > maxBytes) throw new BlobTooLarge(`more than ${maxBytes} bytes`)
      sum.update(piece)
      await writePiece(piece)
    }
    const sha256 = sum.digest('hex')
    await writeAll(handle, [sealHeader(key, { keyId: master.id, salt, sizeBytes }, sha256)], 0)
    await handle.datasync()
    return { sha256, sizeBytes }
  }

  async #publish(temporary: string, { sha256, sizeBytes }: BlobInfo): Promise<void> {
    const path = this.#pathOf(sha256)
    const shard = join(this.#folder, sha256.slice(0, 2))
    if (!this.#renew(path, sealedBytes(sizeBytes))) {
      if (await mkdir(shard, { recursive: true, mode: 0o700 })) await syncFolder(this.#folder)
      this.#markAsPutNow(temporary)
      await rename(temporary, path)
    }
    // Also when it was there already: the one who put it may not have come this far yet.
    await syncFolder(shard)
  }

  /**
   * Whether the blob is there, whole as far as its length tells; marks it as put now. Renewing and removing are each one
   * synchronous step of one process, so a blob is never removed after a `put` has found it.
   */
  #renew(path: string, expectedBytes: number): boolean {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.size !== expectedBytes) return false
    this.#markAsPutNow(path)
    return true
  }

  #markAsPutNow(path: string): void {
    const now = new Date(this.#now())
    utimesSync(path, now, now)
  }

  #wasPutBefore(sha256: string, timeMs: number): boolean {
    const stat = statSync(this.#pathOf(sha256), { throwIfNoEntry: false })
    return stat !== undefined && stat.mtimeMs < timeMs
  }

  #removeIfPutBefore(sha256: string, timeMs: number): boolean {
    if (!this.#wasPutBefore(sha256, timeMs)) return false
    unlinkSync(this.#pathOf(sha256))
    return true
  }
}

const shardsOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()

/** Regroups whatever comes into pieces of the size that is sealed. */
async function* inPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafe(pieceBytes)
  let filled = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(chunk.length - at, pieceBytes - filled)
      piece.set(chunk.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < pieceBytes) continue
      yield piece
      piece = Buffer.allocUnsafe(pieceBytes)
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}

async function writeAll(handle: FileHandle, buffers: readonly Buffer[], position: number): Promise<number> {
  const bytes = Buffer.concat(buffers)
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  return bytes.length
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}
