import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { BlobFault } from './blobs.ts'
import type { Keyring } from './keyring.ts'
import {
  blobKey,
  checkHeader,
  headerBytes,
  openPiece,
  parseHeader,
  pieceBytes,
  pieceCount,
  sealedBytes,
  tagBytes,
} from './sealing.ts'

export type SealedFile = {
  readonly handle: FileHandle
  readonly key: Buffer
  readonly sha256: string
  readonly sizeBytes: number
}

/** Opens the file and checks that it is the blob of this name, in full length. The caller closes `handle`. @throws BlobFault */
export async function openSealed(path: string, sha256: string, keyring: Keyring): Promise<SealedFile> {
  const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new BlobFault('missing', sha256, 'there is no such file', { cause })
    throw cause
  })
  try {
    const bytes = await readExactly(handle, headerBytes, 0)
    const header = parseHeader(bytes)
    const master = keyring.find(header.keyId)
    if (master === undefined) throw new Error(`it is sealed with the key ${header.keyId}, which the keyring does not have`)
    const key = blobKey(master, header.salt)
    checkHeader(key, bytes, sha256)
    const { size } = await handle.stat()
    if (size !== sealedBytes(header.sizeBytes))
      throw new Error(`the file has ${size} bytes instead of ${sealedBytes(header.sizeBytes)}`)
    return { handle, key, sha256, sizeBytes: header.sizeBytes }
  } catch (error) {
    await handle.close()
    throw damaged(sha256, error)
  }
}

/** The plain bytes of a sealed file, one checked piece at a time. Closes the file however it ends. */
export class FsBlobStream extends Readable {
  readonly #file: SealedFile
  #next = 0

  constructor(file: SealedFile) {
    super({ highWaterMark: pieceBytes })
    this.#file = file
  }

  override _read(): void {
    const index = this.#next++
    if (index >= pieceCount(this.#file.sizeBytes)) {
      this.push(null)
      return
    }
    readPiece(this.#file, index).then(
      (piece) => this.push(piece),
      (error) => this.destroy(damaged(this.#file.sha256, error)),
    )
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#file.handle.close().then(
      () => callback(error),
      (failure) => callback(error ?? failure),
    )
  }
}

async function readPiece({ handle, key, sizeBytes }: SealedFile, index: number): Promise<Buffer> {
  const plain = Math.min(pieceBytes, sizeBytes - index * pieceBytes)
  const sealed = await readExactly(handle, plain + tagBytes, headerBytes + index * (pieceBytes + tagBytes))
  return openPiece(key, index, sealed)
}

async function readExactly(handle: FileHandle, length: number, position: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) throw new Error('the file is cut short')
    filled += bytesRead
  }
  return bytes
}

/** Errors of the operating system (EIO, EMFILE) stay what they are: the bytes may be fine. */
function damaged(sha256: string, thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return 'syscall' in error ? error : new BlobFault('damaged', sha256, error.message, { cause: error })
}
