import { hash } from 'node:crypto'
import { BlobFault, type Blobs } from '@atelier/storage/blobs/blobs'
import { type Content, inlineContent, inlineLimits, readContent } from '../projects/content.ts'
import { applyDelta } from './delta.ts'
import type { StoredVersion } from './version-rows.ts'

/** The plain bytes of a version, compared with its SHA-256. @throws BlobFault */
export async function bytesOfVersion(stored: StoredVersion, blobs: Blobs): Promise<Buffer> {
  if (stored.kind === 'whole') return readContent(stored.content, blobs)
  const bytes = await applyDelta(stored.delta, await readContent(stored.base, blobs), stored.sizeBytes)
  const sha = hash('sha256', bytes, 'hex')
  if (sha !== stored.sha.toString('hex'))
    throw new BlobFault('damaged', stored.sha.toString('hex'), 'a version is not what it was')
  return bytes
}

/** The content as a file may have it. The project is locked, so that what a blob is named by does not go away meanwhile. */
export async function contentOfVersion(stored: StoredVersion, blobs: Blobs): Promise<Content> {
  if (stored.kind === 'whole') {
    const { encoding, sizeBytes, sha, stored: bytes } = stored.content
    if (encoding === 'blob' || bytes === null) return { encoding: 'blob', sizeBytes, sha }
    // Versions may be larger than what a file has in its row.
    if (bytes.length <= inlineLimits.storedBytes) return { encoding, sizeBytes, sha, stored: bytes }
  }
  const plain = await bytesOfVersion(stored, blobs)
  const inline = await inlineContent(plain)
  if (inline !== null) return inline
  const { sizeBytes, sha256 } = await blobs.put(
    (async function* () {
      yield plain
    })(),
    plain.length,
  )
  return { encoding: 'blob', sizeBytes, sha: Buffer.from(sha256, 'hex') }
}
