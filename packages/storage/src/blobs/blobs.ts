import type { Readable } from 'node:stream'

/**
 * Blobs: immutable contents, each kept once under the SHA-256 of its plain bytes.
 *
 * What `put` has acknowledged survives a power cut, and nobody ever sees half of it. Nothing counts references: what no row
 * names any more is found by `sweep`, long after it was last put.
 */
export interface Blobs {
  /**
   * Keeps the bytes and resolves when they are durable; a content that is there already is kept once.
   * @throws BlobTooLarge as soon as more than `maxBytes` came; whatever `bytes` throws. Nothing stays behind then.
   */
  put(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<BlobInfo>
  /** The plain bytes, checked piece by piece: a damaged piece destroys the stream with a BlobFault instead of being handed out. */
  read(sha256: string): Promise<{ readonly sizeBytes: number; readonly stream: Readable }>
  /** The same as one piece. @throws BlobFault */
  readAll(sha256: string): Promise<Buffer>
  /** Removes blobs that were put longer ago than `unusedForMs` and that `usedAmong` does not name. Resolves with how many. */
  sweep(usedAmong: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>, unusedForMs: number): Promise<number>
}

/** `sha256`: lower-case hexadecimal. */
export type BlobInfo = { readonly sha256: string; readonly sizeBytes: number }

export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge'
}

/** A row names a blob that is not there, or whose bytes are not the ones that were put: broken disk, lost key, foreign hand. */
export class BlobFault extends Error {
  override readonly name = 'BlobFault'
  readonly reason: 'missing' | 'damaged'
  constructor(reason: 'missing' | 'damaged', sha256: string, detail: string, options?: ErrorOptions) {
    super(`the blob ${sha256} is ${reason}: ${detail}`, options)
    this.reason = reason
  }
}

export const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)
