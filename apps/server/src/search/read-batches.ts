/**
 * Reads files for a search: many small ones with one query, a large one alone, and the next batch while the thread looks at the last,
 * unless it is large. So there are never more than two batches, or one large file, in memory.
 */
import type { FileEntry } from '@atelier/protocol/files'
import type { Projects } from '../projects/projects.ts'
import { ownBytes } from './own-bytes.ts'
import type { FileBytes } from './search-threads.ts'

export type Batch = { readonly entries: readonly FileEntry[]; readonly files: readonly FileBytes[]; readonly unreadable: number }

const batchFiles = 64
const batchBytes = 2 * 1024 * 1024

export async function* readBatches(
  projects: Pick<Projects, 'readFiles'>,
  projectId: string,
  userId: string,
  entries: readonly FileEntry[],
): AsyncGenerator<Batch> {
  const planned = plan(entries)
  let ahead: Promise<Batch> | null = null
  try {
    for (const [index, batch] of planned.entries()) {
      const now: Batch = await (ahead ?? read(batch))
      const next = planned[index + 1]
      ahead = next === undefined || isLarge(batch) || isLarge(next) ? null : read(next)
      // Whoever stops reading is not told of a failure that came too late.
      ahead?.catch(() => {})
      yield now
    }
  } finally {
    await ahead?.catch(() => {})
  }

  async function read(batch: readonly FileEntry[]): Promise<Batch> {
    // A file that has grown since it was listed is another one; it would upset what was planned.
    const mostBytes = Math.max(batchBytes, ...batch.map(({ sizeBytes }) => sizeBytes))
    const paths = batch.map(({ path }) => path)
    const files: FileBytes[] = []
    for await (const { path, version, content } of projects.readFiles(projectId, userId, paths, mostBytes))
      if (content !== null) files.push({ path, version, bytes: ownBytes(content) })
    const order = new Map(paths.map((path, at) => [path, at]))
    files.sort((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0))
    return { entries: batch, files, unreadable: batch.length - files.length }
  }
}

const isLarge = (batch: readonly FileEntry[]): boolean => batch.length === 1 && (batch[0]?.sizeBytes ?? 0) > batchBytes

function plan(entries: readonly FileEntry[]): FileEntry[][] {
  const batches: FileEntry[][] = []
  let [batch, bytes] = [[] as FileEntry[], 0]
  for (const entry of entries) {
    if (batch.length > 0 && (batch.length >= batchFiles || bytes + entry.sizeBytes > batchBytes)) {
      batches.push(batch)
      ;[batch, bytes] = [[], 0]
    }
    batch.push(entry)
    bytes += entry.sizeBytes
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
