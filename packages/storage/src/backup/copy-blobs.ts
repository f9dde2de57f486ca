/**
 * Blobs go into a backup as they lie on the disk, sealed; a damaged one is noticed when a backup is verified. All that are there are
 * taken, not only those of the snapshot: those that nobody names any more are few, and cost less than asking for each.
 */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isSha256 } from '../blobs/blobs.ts'
import type { Entry } from './tar.ts'

const readBytes = 256 * 1024

export type BlobCounts = { blobs: number; blobBytes: number }

/** One entry per blob. What is used and was copied is removed from `missing`. */
export async function* copyBlobs(folder: string, missing: Set<string>, counts: BlobCounts): AsyncGenerator<Entry> {
  for (const shard of await shardsOf(folder))
    for (const sha256 of (await readdir(join(folder, shard))).filter(isSha256).sort()) {
      // One that is used by nobody may be swept away before we come to it.
      const handle = await open(join(folder, shard, sha256), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'EIO') return null
        throw error
      })
      if (handle === null) continue
      try {
        const sizeBytes = (await handle.stat()).size
        yield { name: `blobs/${sha256}`, sizeBytes, bytes: piecesOf(handle, sizeBytes) }
        missing.delete(sha256)
        counts.blobs += 1
        counts.blobBytes += sizeBytes
      } finally {
        await handle.close()
      }
    }
}

async function* piecesOf(handle: Awaited<ReturnType<typeof open>>, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(readBytes, sizeBytes - at)), { position: at })
    if (bytesRead === 0) throw new Error('a blob became shorter while it was read')
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** What they take on the disk, for a first guess. */
export async function bytesOfBlobs(folder: string): Promise<number> {
  let sum = 0
  for (const shard of await shardsOf(folder))
    for (const name of await readdir(join(folder, shard))) {
      await using handle = await open(join(folder, shard, name), 'r').catch(() => null)
      sum += (await handle?.stat())?.size ?? 0
    }
  return sum
}

async function shardsOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()
}
