/**
 * The content of a file, ready to be stored. Small ones lie in the row itself, compressed: a save is one write, a read one
 * query. Larger ones are blobs, and the row has only their name.
 */
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Blobs } from '@atelier/storage/blobs/blobs'

export const inlineLimits = {
  /** Up to this many plain bytes it is tried whether they fit into a row; more would hold up the event loop. */
  plainBytes: 256 * 1024,
  /** What a row holds at most. Reads from a file are faster above it. */
  storedBytes: 32 * 1024,
} as const

export type InlineContent = {
  readonly encoding: 'raw' | 'deflate'
  readonly sizeBytes: number
  /** SHA-256 of the plain bytes. */
  readonly sha: Buffer
  readonly stored: Buffer
}
export type BlobContent = { readonly encoding: 'blob'; readonly sizeBytes: number; readonly sha: Buffer }
export type Content = InlineContent | BlobContent

/** Less than this is not worth compressing. */
const compressFromBytes = 200
/**
 * What most of a save costs is compressing. For 5 KB of source text: this 19 µs, zstd 24 µs for 3 % more bytes (most of it for the
 * making of its compressor); off the event loop either costs 10 µs more, which waits of others are worth only for more than this.
 */
const compressAtOnceBytes = 16 * 1024
const compressing = { level: 1, chunkSize: 8 * 1024 } as const
/** A window as large as what it slides over: the larger usual one takes longer to clear. */
const compressingSmall = { ...compressing, windowBits: 14 } as const
const compressApart = promisify(deflateRaw)

/** The content as it lies in a row, or null when it does not fit there. */
export async function inlineContent(plain: Buffer): Promise<InlineContent | null> {
  const sizeBytes = plain.length
  if (sizeBytes > inlineLimits.plainBytes) return null
  const packed = sizeBytes < compressFromBytes ? plain : await compressed(plain)
  const isSmaller = packed.length < sizeBytes
  const stored = isSmaller ? packed : plain
  if (stored.length > inlineLimits.storedBytes) return null
  return { encoding: isSmaller ? 'deflate' : 'raw', sizeBytes, sha: hash('sha256', plain, 'buffer'), stored }
}

function compressed(plain: Buffer): Buffer | Promise<Buffer> {
  return plain.length <= compressAtOnceBytes ? deflateRawSync(plain, compressingSmall) : compressApart(plain, compressing)
}

/** How a row says where its bytes are. */
export type StoredContent = {
  readonly encoding: 'raw' | 'deflate' | 'blob'
  readonly sizeBytes: number
  readonly sha: Buffer
  readonly stored: Buffer | null
}

/** The plain bytes of a content that lies in its row. */
export function plainBytesOf({ encoding, sizeBytes, stored }: StoredContent & { readonly stored: Buffer }): Buffer {
  if (encoding !== 'deflate') return stored
  const chunkSize = Math.min(Math.max(sizeBytes, 64), 64 * 1024)
  return inflateRawSync(stored, { maxOutputLength: sizeBytes, chunkSize })
}

/** The plain bytes, wherever they are. @throws BlobFault */
export async function readContent(content: StoredContent, blobs: Blobs): Promise<Buffer> {
  const { stored } = content
  return stored === null ? await blobs.readAll(content.sha.toString('hex')) : plainBytesOf({ ...content, stored })
}
