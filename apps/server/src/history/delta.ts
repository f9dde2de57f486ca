/**
 * Deltas: zstd with another content as its dictionary. Versions of one file are so alike that what remains is a few hundred bytes,
 * and reading one costs a decompression, however many there are in between.
 */
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Contents above this are kept as they are: each delta has both contents in memory. */
export const deltaPlainBytes = 8 * 1024 * 1024

/** Off the event loop. The window has to reach from the content's end to the dictionary's beginning, or nothing is found in it. */
export function makeDelta(content: Buffer, base: Buffer): Promise<Buffer> {
  const windowLog = Math.min(27, Math.max(10, Math.ceil(Math.log2(content.length + base.length + 1))))
  const params = { [constants.ZSTD_c_compressionLevel]: 9, [constants.ZSTD_c_windowLog]: windowLog }
  // An empty dictionary is none.
  return compress(content, base.length === 0 ? { params } : { params, dictionary: base })
}

export function applyDelta(delta: Buffer, base: Buffer, sizeBytes: number): Promise<Buffer> {
  const most = { maxOutputLength: Math.max(sizeBytes, 1) }
  return decompress(delta, base.length === 0 ? most : { ...most, dictionary: base })
}
