/**
 * Turns what saves left behind into a keyframe and deltas of it. Each file is one transaction, and a row is overwritten only with what
 * was read back from it, byte for byte; a kill in between leaves it as it was.
 *
 *     fresh ─► keyframe (compressed as well as can be; where that fits into no row, it stays a blob)
 *           └► delta of the keyframe before it
 */
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import type { Log } from '@atelier/base/log'
import { BlobFault, type Blobs } from '@atelier/storage/blobs/blobs'
import type { Database, Queries } from '@atelier/storage/db/database'
import { readContent, type StoredContent } from '../projects/content.ts'
import { applyDelta, deltaPlainBytes, makeDelta } from './delta.ts'

/** Deltas of one keyframe. */
export const deltasPerKeyframe = 19
/** A delta that saves less than this is not worth a second read. */
const worthShare = 0.7
const rowsAtOnce = 40
/** A keyframe that is not smaller than this stays a blob. */
const wholeStoredBytes = 1024 * 1024
const deflate = promisify(deflateRaw)

type FreshRow = { version: number; encoding: StoredContent['encoding']; size: number; sha: Buffer; content: Buffer | null }
type Keyframe = { readonly version: number; readonly plain: Buffer; deltas: number }

/** Packs what is fresh; resolves with how many versions that were. `isStopped`: asked between files. */
export async function packVersions(
  db: Database,
  blobs: Blobs,
  log: Log,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let packed = 0
  while (!isStopped()) {
    const { rows } = await db.query<{ project: string; history: number }>({
      name: 'list-fresh-histories',
      text: 'SELECT project, history FROM file_versions WHERE fresh GROUP BY project, history LIMIT 200',
    })
    if (rows.length === 0) break
    let moved = 0
    for (const { project, history } of rows) {
      if (isStopped()) break
      moved += await db.transaction((queries) => packSome(queries, blobs, log, project, history))
    }
    packed += moved
    // What is left is held by another server.
    if (moved === 0) break
  }
  return packed
}

async function packSome(queries: Queries, blobs: Blobs, log: Log, project: string, history: number): Promise<number> {
  const { rows } = await queries.query<FreshRow>({
    name: 'take-fresh-versions',
    text: `SELECT version, encoding, size, sha, content FROM file_versions
            WHERE project = $1 AND history = $2 AND fresh ORDER BY version LIMIT ${rowsAtOnce} FOR NO KEY UPDATE SKIP LOCKED`,
    values: [project, history],
  })
  let keyframe = rows.length === 0 ? null : await lastKeyframe(queries, blobs, log, project, history)
  for (const row of rows) {
    const plain = await plainOf(row, blobs, log)
    const delta = plain === null || keyframe === null ? null : await worthwhileDelta(plain, keyframe, row)
    if (delta !== null && keyframe !== null) {
      keyframe.deltas += 1
      await queries.query({
        name: 'pack-version',
        text: `UPDATE file_versions SET fresh = false, encoding = 'delta', content = $4, base = $5 WHERE project = $1 AND history = $2 AND version = $3`,
        values: [project, history, row.version, delta, keyframe.version],
      })
      continue
    }
    if (plain !== null) keyframe = { version: row.version, plain, deltas: 0 }
    await leaveWhole(queries, project, history, row, plain)
  }
  return rows.length
}

async function leaveWhole(
  queries: Queries,
  project: string,
  history: number,
  row: FreshRow,
  plain: Buffer | null,
): Promise<void> {
  const packed = plain === null ? null : await deflate(plain, { level: 9 })
  const isBetter = packed !== null && packed.length <= wholeStoredBytes && packed.length < (row.content?.length ?? row.size)
  await queries.query(
    isBetter
      ? {
          name: 'pack-keyframe',
          text: `UPDATE file_versions SET fresh = false, encoding = 'deflate', content = $4 WHERE project = $1 AND history = $2 AND version = $3`,
          values: [project, history, row.version, packed],
        }
      : {
          name: 'leave-version',
          text: 'UPDATE file_versions SET fresh = false WHERE project = $1 AND history = $2 AND version = $3',
          values: [project, history, row.version],
        },
  )
}

async function lastKeyframe(
  queries: Queries,
  blobs: Blobs,
  log: Log,
  project: string,
  history: number,
): Promise<Keyframe | null> {
  const { rows } = await queries.query<FreshRow & { deltas: number }>({
    name: 'last-keyframe',
    text: `SELECT v.version, encoding, size, sha, content,
                  (SELECT count(*) FROM file_versions d WHERE d.project = $1 AND d.history = $2 AND d.base = v.version)::integer AS deltas
             FROM file_versions v
            WHERE project = $1 AND history = $2 AND NOT fresh AND base IS NULL AND condemned_at IS NULL AND size <= ${deltaPlainBytes}
            ORDER BY version DESC LIMIT 1 FOR KEY SHARE`,
    values: [project, history],
  })
  const row = rows[0]
  const plain = row === undefined ? null : await plainOf(row, blobs, log)
  return row === undefined || plain === null ? null : { version: row.version, plain, deltas: row.deltas }
}

/** null: too large, or not to be read. */
async function plainOf({ encoding, size, sha, content }: FreshRow, blobs: Blobs, log: Log): Promise<Buffer | null> {
  if (size > deltaPlainBytes) return null
  try {
    const plain = await readContent({ encoding, sizeBytes: size, sha, stored: content }, blobs)
    return hash('sha256', plain, 'buffer').equals(sha) ? plain : null
  } catch (error) {
    if (!(error instanceof BlobFault)) throw error
    log.error('a version cannot be read', { sha: sha.toString('hex'), error })
    return null
  }
}

async function worthwhileDelta(plain: Buffer, keyframe: Keyframe, row: FreshRow): Promise<Buffer | null> {
  if (keyframe.deltas >= deltasPerKeyframe) return null
  const delta = await makeDelta(plain, keyframe.plain)
  // Above this a blob is the better place.
  if (delta.length > worthShare * (row.content?.length ?? row.size)) return null
  const again = await applyDelta(delta, keyframe.plain, plain.length)
  return again.equals(plain) ? delta : null
}
