/** Whether what comes is the sealed blob of this name: every piece authentic, and together the content that the name promises. */
import { createHash } from 'node:crypto'
import type { Keyring } from '../blobs/keyring.ts'
import { blobKey, checkHeader, headerBytes, openPiece, parseHeader, pieceBytes, pieceCount, tagBytes } from '../blobs/sealing.ts'
import { BackupRefusal } from './refusal.ts'

/** Resolves with what is wrong with it, null when nothing is. Reads `bytes` to their end in any case. */
export async function faultInSealed(keyring: Keyring, sha256: string, bytes: AsyncIterable<Uint8Array>): Promise<string | null> {
  const pieces = exactly(bytes)
  await pieces.next()
  try {
    const take = async (count: number): Promise<Buffer> => (await pieces.next(count)).value ?? Buffer.alloc(0)
    const headerOfBlob = await take(headerBytes)
    const header = parseHeader(headerOfBlob)
    const master = keyring.find(header.keyId)
    if (master === undefined) return `it is sealed with the key ${header.keyId}, which is not among the keys`
    const key = blobKey(master, header.salt)
    checkHeader(key, headerOfBlob, sha256)
    const sum = createHash('sha256')
    for (let index = 0; index < pieceCount(header.sizeBytes); index += 1) {
      const plainBytes = Math.min(pieceBytes, header.sizeBytes - index * pieceBytes)
      sum.update(openPiece(key, index, await take(plainBytes + tagBytes)))
    }
    if ((await take(1)).length > 0) return 'something follows its end'
    return sum.digest('hex') === sha256 ? null : 'its content is another one'
  } catch (error) {
    if (error instanceof BackupRefusal) throw error
    return error instanceof Error ? error.message : String(error)
  } finally {
    await pieces.return(undefined)
  }
}

/** Each `next(count)` gives as many bytes, fewer only at the end. */
async function* exactly(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer | undefined, undefined, number> {
  let held = Buffer.alloc(0)
  const source = bytes[Symbol.asyncIterator]()
  try {
    let wanted = yield undefined
    for (;;) {
      while (held.length < wanted) {
        const { value, done } = await source.next()
        if (done) break
        held = Buffer.concat([held, value])
      }
      const given = held.subarray(0, wanted)
      held = held.subarray(given.length)
      wanted = yield given
    }
  } finally {
    while (!(await source.next()).done);
  }
}
