/** The statements on snapshots. Those without a user are for transactions that hold the project. */
import type { Snapshot } from '@atelier/protocol/history'
import type { Queries } from '@atelier/storage/db/database'
import { isMemberAs } from '../access/role-sql.ts'
import type { Usage } from '../projects/project-rows.ts'
import { authorOf } from './version-rows.ts'

type SnapshotRow = {
  id: string
  name: string
  at: Date
  automatic: boolean
  files: number
  author: string
  author_name: string | null
}
const snapshotOf = (row: SnapshotRow): Snapshot => ({
  ...{ id: row.id, name: row.name, author: authorOf(row), at: row.at.toISOString() },
  ...{ automatic: row.automatic, files: row.files },
})

/** Newest first. 'no-project': for this user. */
export async function listSnapshots(queries: Queries, project: string, user: string): Promise<Snapshot[] | 'no-project'> {
  const { rows } = await queries.query<SnapshotRow | { id: null }>({
    name: 'list-snapshots',
    text: `SELECT s.id, s.name, s.at, s.automatic, s.files, s.author, person_name(s.author) AS author_name
             FROM projects p LEFT JOIN snapshots s ON s.project = p.id
            WHERE p.id = $1 AND ${isMemberAs('$2')} ORDER BY s.at DESC, s.id DESC`,
    values: [project, user],
  })
  return rows.length === 0 ? 'no-project' : rows.filter((row) => row.id !== null).map(snapshotOf)
}

export async function findSnapshot(queries: Queries, project: string, id: string): Promise<Snapshot | null> {
  const { rows } = await queries.query<SnapshotRow>({
    name: 'find-snapshot',
    text: `SELECT s.id, s.name, s.at, s.automatic, s.files, s.author, person_name(s.author) AS author_name
             FROM snapshots s WHERE s.project = $1 AND s.id = $2`,
    values: [project, id],
  })
  return rows[0] === undefined ? null : snapshotOf(rows[0])
}

/**
 * Notes which version each file has. Ending the merge windows is what makes the next save of each keep that version; nothing is copied.
 * false: there are `most` already, and none of them was automatic.
 */
export async function insertSnapshot(
  queries: Queries,
  snapshot: {
    readonly id: string
    readonly project: string
    readonly name: string
    readonly author: string
    readonly automatic: boolean
  },
  most: number,
): Promise<boolean> {
  const { id, project, name, author, automatic } = snapshot
  await queries.query({
    name: 'make-room-for-snapshot',
    text: `DELETE FROM snapshots WHERE project = $1 AND (SELECT count(*) FROM snapshots WHERE project = $1) >= $2
              AND id = (SELECT id FROM snapshots WHERE project = $1 AND automatic ORDER BY at LIMIT 1)`,
    values: [project, most],
  })
  const made = await queries.query({
    name: 'insert-snapshot',
    text: `INSERT INTO snapshots (id, project, name, author, automatic, files)
           SELECT $1, $2, $3, $4, $5, (SELECT count(*) FROM files WHERE project = $2 AND NOT folder)
            WHERE (SELECT count(*) FROM snapshots WHERE project = $2) < $6`,
    values: [id, project, name, author, automatic, most],
  })
  if (made.rowCount === 0) return false
  await queries.query({
    name: 'end-all-windows',
    text: `UPDATE files SET window_at = '-infinity' WHERE project = $1 AND NOT folder AND window_at > '-infinity'`,
    values: [project],
  })
  await queries.query({
    name: 'insert-snapshot-entries',
    text: 'INSERT INTO snapshot_entries (snapshot, path, history, version) SELECT $1, path, history, version FROM files WHERE project = $2',
    values: [id, project],
  })
  return true
}

export async function deleteSnapshot(queries: Queries, project: string, id: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'delete-snapshot',
    text: 'DELETE FROM snapshots WHERE project = $1 AND id = $2',
    values: [project, id],
  })
  return rowCount > 0
}

/** version 0: a folder. */
export type SnapshotEntry = { readonly path: string; readonly history: number; readonly version: number }

export async function readSnapshotEntries(queries: Queries, id: string): Promise<SnapshotEntry[]> {
  const { rows } = await queries.query<SnapshotEntry>({
    name: 'read-snapshot-entries',
    text: 'SELECT path, history, version FROM snapshot_entries WHERE snapshot = $1 ORDER BY path',
    values: [id],
  })
  return rows
}

/** What all that is in it takes together. */
export async function measureSnapshot(queries: Queries, project: string, id: string): Promise<Usage> {
  const { rows } = await queries.query<Usage>({
    name: 'measure-snapshot',
    text: `SELECT coalesce(sum(coalesce(f.size, v.size)), 0)::float8 AS bytes, count(*)::int AS entries
             FROM snapshot_entries e
                  LEFT JOIN files f ON f.project = $1 AND f.history = e.history AND f.version = e.version AND NOT f.folder
                  LEFT JOIN file_versions v ON v.project = $1 AND v.history = e.history AND v.version = e.version
            WHERE e.snapshot = $2`,
    values: [project, id],
  })
  return rows[0] ?? { bytes: 0, entries: 0 }
}

export type PresentEntry = SnapshotEntry & { readonly sha: Buffer | null }

export async function readPresentEntries(queries: Queries, project: string): Promise<PresentEntry[]> {
  const { rows } = await queries.query<PresentEntry>({
    name: 'read-present-entries',
    text: 'SELECT path, history, version, sha FROM files WHERE project = $1 ORDER BY path',
    values: [project],
  })
  return rows
}

export async function removePaths(queries: Queries, project: string, paths: readonly string[], by: string): Promise<void> {
  if (paths.length === 0) return
  await queries.query({
    name: 'remove-paths',
    text: 'DELETE FROM files WHERE project = $1 AND path = ANY ($2)',
    values: [project, paths],
  })
  await queries.query({
    name: 'note-remover',
    text: 'UPDATE deleted_files SET deleted_by = $2 WHERE project = $1 AND deleted_at = now()::timestamptz(3)',
    values: [project, by],
  })
}

export async function movePathOnly(queries: Queries, project: string, from: string, to: string): Promise<void> {
  await queries.query({
    name: 'move-path-only',
    text: 'UPDATE files SET path = $3 WHERE project = $1 AND path = $2',
    values: [project, from, to],
  })
}

/** After many changes at once the sums are counted anew. */
export async function countUsage(queries: Queries, project: string): Promise<void> {
  await queries.query({
    name: 'count-usage',
    text: `UPDATE projects SET updated_at = greatest(updated_at, now()),
                  used_bytes = (SELECT coalesce(sum(size), 0) FROM files WHERE project = $1),
                  used_entries = (SELECT count(*) FROM files WHERE project = $1) WHERE id = $1`,
    values: [project],
  })
}
