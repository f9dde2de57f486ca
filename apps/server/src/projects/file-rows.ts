/** The statements that read `files`. Those without a user are for transactions that hold the project's lock. */
import type { FileEntry } from '@atelier/protocol/files'
import { isBeingBackedUp } from '@atelier/storage/backup/backup-lock'
import type { Queries } from '@atelier/storage/db/database'
import { mayReadAs, mayRunAs } from '../access/role-sql.ts'
import type { StoredContent } from './content.ts'

export type EntryRow = {
  path: string
  folder: boolean
  version: number
  size: number
  sha: Buffer | null
  updated_at: Date
}
type ContentRow = EntryRow & { encoding: StoredContent['encoding']; sha: Buffer; content: Buffer | null }

export const entryOf = (row: EntryRow): FileEntry => ({
  path: row.path,
  kind: row.folder ? 'folder' : 'file',
  sizeBytes: row.size,
  version: row.version,
  sha256: row.sha === null ? null : row.sha.toString('hex'),
  updatedAt: row.updated_at.toISOString(),
})

export type FoundFile = { readonly entry: FileEntry; readonly content: StoredContent }

const foundOf = (row: ContentRow): FoundFile => ({
  entry: entryOf(row),
  content: { encoding: row.encoding, sizeBytes: row.size, sha: row.sha, stored: row.content },
})

/** Sorted by path. null: no such project for this user. */
export async function readTree(queries: Queries, project: string, user: string): Promise<FileEntry[] | null> {
  const { rows } = await queries.query<EntryRow | { path: null }>({
    name: 'read-tree',
    text: `SELECT f.path, f.folder, f.version, f.size, f.sha, f.updated_at
             FROM projects p LEFT JOIN files f ON f.project = p.id
            WHERE p.id = $1 AND ${mayReadAs('$2')} ORDER BY f.path`,
    values: [project, user],
  })
  return rows.length === 0 ? null : rows.filter((row) => row.path !== null).map(entryOf)
}

/** Without its content. 'no-project': no such project for this user; null: nothing of that name in it. */
export async function findEntry(
  queries: Queries,
  project: string,
  user: string,
  path: string,
): Promise<FileEntry | null | 'no-project'> {
  const { rows } = await queries.query<EntryRow | { path: null }>({
    name: 'find-entry',
    text: `SELECT f.path, f.folder, f.version, f.size, f.sha, f.updated_at
             FROM projects p LEFT JOIN files f ON f.project = p.id AND f.path = $3
            WHERE p.id = $1 AND ${mayReadAs('$2')}`,
    values: [project, user, path],
  })
  const row = rows[0]
  return row === undefined ? 'no-project' : row.path === null ? null : entryOf(row)
}

/** The same with its content; a folder is as good as nothing. */
export async function findFile(
  queries: Queries,
  project: string,
  user: string,
  path: string,
): Promise<FoundFile | null | 'no-project'> {
  const { rows } = await queries.query<ContentRow | { path: null }>({
    name: 'find-file',
    text: `SELECT f.path, f.folder, f.version, f.size, f.sha, f.updated_at, f.encoding, f.content
             FROM projects p LEFT JOIN files f ON f.project = p.id AND f.path = $3 AND NOT f.folder
            WHERE p.id = $1 AND ${mayReadAs('$2')}`,
    values: [project, user, path],
  })
  const row = rows[0]
  return row === undefined ? 'no-project' : row.path === null ? null : foundOf(row)
}

/** Those of the named files that are there and have at most `mostBytes`. 'no-project': no such project for this user. */
export async function readSomeContents(
  queries: Queries,
  project: string,
  user: string,
  paths: readonly string[],
  mostBytes: number,
): Promise<FoundFile[] | 'no-project'> {
  const { rows } = await queries.query<ContentRow | { path: null }>({
    name: 'read-some-contents',
    text: `SELECT f.path, f.folder, f.version, f.size, f.sha, f.updated_at, f.encoding, f.content
             FROM projects p LEFT JOIN files f ON f.project = p.id AND f.path = ANY ($3) AND NOT f.folder AND f.size <= $4
            WHERE p.id = $1 AND ${mayReadAs('$2')}`,
    values: [project, user, paths, mostBytes],
  })
  if (rows.length === 0) return 'no-project'
  return rows.filter((row) => row.path !== null).map(foundOf)
}

/**
 * All files with their contents, as they were at one moment, for those who may run them. 'too-large': together more than `mostBytes`, 'read-only':
 * for a viewer of a private project; nothing was read then.
 */
export async function readAllContents(
  queries: Queries,
  project: string,
  user: string,
  mostBytes: number,
): Promise<FoundFile[] | 'no-project' | 'read-only' | 'too-large'> {
  const { rows } = await queries.query<(ContentRow | { path: null }) & { runs: boolean; fits: boolean }>({
    name: 'read-all-contents',
    text: `SELECT runs, used_bytes <= $3 AS fits, f.path, f.folder, f.version, f.size, f.sha, f.updated_at, f.encoding, f.content
             FROM (SELECT id, used_bytes, ${mayRunAs('$2')} AS runs FROM projects p WHERE id = $1 AND ${mayReadAs('$2')}) AS p
                  LEFT JOIN files f ON f.project = p.id AND NOT f.folder AND runs AND used_bytes <= $3
            ORDER BY f.path`,
    values: [project, user, mostBytes],
  })
  const row = rows[0]
  if (row === undefined) return 'no-project'
  if (!row.runs) return 'read-only'
  return row.fits ? rows.filter((each) => each.path !== null).map(foundOf) : 'too-large'
}

/** Those of the named paths that exist, by path. The project is locked. */
export async function entriesAt(queries: Queries, project: string, paths: readonly string[]): Promise<Map<string, FileEntry>> {
  const { rows } = await queries.query<EntryRow>({
    name: 'entries-at',
    text: 'SELECT path, folder, version, size, sha, updated_at FROM files WHERE project = $1 AND path = ANY ($2)',
    values: [project, paths],
  })
  return new Map(rows.map((row) => [row.path, entryOf(row)]))
}

/** The paths below a folder. The project is locked. */
export async function pathsBelow(queries: Queries, project: string, folder: string): Promise<string[]> {
  const { rows } = await queries.query<{ path: string }>({
    name: 'paths-below',
    text: `SELECT path FROM files WHERE project = $1 AND path > $2::text || '/' AND path < $2::text || '0'`,
    values: [project, folder],
  })
  return rows.map((row) => row.path)
}

/** Which of the names are contents of files, of earlier versions of files, or of repositories, that lie in blobs. */
export async function blobsUsedAmong(queries: Queries, sha256s: readonly string[]): Promise<Set<string>> {
  const { rows } = await queries.query<{ sha: Buffer }>({
    name: 'blobs-used-among',
    // No index on files: one over `sha` would be written at every save, and this is asked once in a while.
    text: `SELECT sha FROM files WHERE encoding = 'blob' AND sha = ANY ($1)
           UNION SELECT sha FROM file_versions WHERE encoding = 'blob' AND sha = ANY ($1)
           UNION SELECT pack_sha FROM git_packs WHERE pack_sha = ANY ($1)
           UNION SELECT index_sha FROM git_packs WHERE index_sha = ANY ($1)`,
    values: [sha256s.map((sha256) => Buffer.from(sha256, 'hex'))],
  })
  // A backup copies what was used when it began. Asked afterwards: see packages/storage/src/backup/backup-lock.ts.
  if (await isBeingBackedUp(queries)) return new Set(sha256s)
  return new Set(rows.map((row) => row.sha.toString('hex')))
}
