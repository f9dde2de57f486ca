/** The statements that read versions. What a file has now is in `files`, all before it in `file_versions`; here they are one list. */
import type { DeletedFile, FileVersion, HistoryAuthor } from '@atelier/protocol/history'
import type { ProjectRole } from '@atelier/protocol/projects'
import type { Queries } from '@atelier/storage/db/database'
import { isMemberAs, roleColumn } from '../access/role-sql.ts'
import type { StoredContent } from '../projects/content.ts'

/** A file by its identity. path: where it is, or was when it was deleted. */
export type FoundHistory = {
  readonly project: string
  readonly history: number
  readonly path: string
  /** 0: it is deleted. */
  readonly version: number
  readonly role: ProjectRole
}

type HistoryRow = { project: string; history: number | null; path: string; version: number; role: ProjectRole }

/** By path, for files that are there; by `history`, for those that are gone too. 'no-project': for this user. */
export async function findHistory(
  queries: Queries,
  project: string,
  user: string,
  of: { readonly path: string } | { readonly history: number },
): Promise<FoundHistory | null | 'no-project'> {
  const columns = `SELECT p.id AS project, f.history, f.path, f.version, ${roleColumn('$2')} FROM projects p`
  const found = await queries.query<HistoryRow>(
    'path' in of
      ? {
          name: 'find-history-by-path',
          text: `${columns} LEFT JOIN files f ON f.project = p.id AND f.path = $3 AND NOT f.folder WHERE p.id = $1 AND ${isMemberAs('$2')}`,
          values: [project, user, of.path],
        }
      : {
          name: 'find-history',
          text: `${columns} LEFT JOIN (SELECT project, history, path, version FROM files WHERE project = $1 AND history = $3 AND NOT folder
                                       UNION ALL SELECT project, history, path, 0 FROM deleted_files WHERE project = $1 AND history = $3) f
                               ON true WHERE p.id = $1 AND ${isMemberAs('$2')}`,
          values: [project, user, of.history],
        },
  )
  const row = found.rows[0]
  if (row === undefined) return 'no-project'
  return row.history === null ? null : { ...row, history: row.history }
}

type AuthorRow = { author: string | null; author_name: string | null }
export const authorOf = ({ author, author_name: name }: AuthorRow): HistoryAuthor | null =>
  author === null ? null : { id: author, name: name ?? 'Somebody who is gone' }

type VersionRow = AuthorRow & { version: number; at: Date; size: number; sha: Buffer; name: string | null; current: boolean }

const allVersions = `
  SELECT version, at, author, size, sha, false AS current FROM file_versions
   WHERE project = $1 AND history = $2 AND condemned_at IS NULL
  UNION ALL
  SELECT version, updated_at, author, size, sha, true FROM files WHERE project = $1 AND path = $3 AND history = $2`

/** Newest first, those before version `before`. */
export async function listVersions(
  queries: Queries,
  { project, history, path }: FoundHistory,
  before: number,
  limit: number,
): Promise<FileVersion[]> {
  const { rows } = await queries.query<VersionRow>({
    name: 'list-versions',
    text: `SELECT v.version, v.at, v.author, person_name(v.author) AS author_name, v.size, v.sha, n.name, v.current
             FROM (SELECT * FROM (${allVersions}) AS v WHERE version < $4 ORDER BY version DESC LIMIT $5) AS v
                  LEFT JOIN version_names n ON n.project = $1 AND n.history = $2 AND n.version = v.version
            ORDER BY v.version DESC`,
    values: [project, history, path, before, limit],
  })
  return rows.map((row) => ({
    ...{ version: row.version, at: row.at.toISOString(), author: authorOf(row), sizeBytes: row.size },
    ...{ sha256: row.sha.toString('hex'), name: row.name, isCurrent: row.current },
  }))
}

type Stored = { encoding: StoredContent['encoding'] | 'delta'; size: number; sha: Buffer; content: Buffer | null }
type Base = { base_encoding: StoredContent['encoding'] | null; base_size: number; base_sha: Buffer; base_content: Buffer | null }

/** How a version is stored; a delta with what it is one of. */
export type StoredVersion =
  | { readonly kind: 'whole'; readonly content: StoredContent }
  | {
      readonly kind: 'delta'
      readonly delta: Buffer
      readonly sizeBytes: number
      readonly sha: Buffer
      readonly base: StoredContent
    }

const wholeOf = ({ encoding, size, sha, content }: Stored & { encoding: StoredContent['encoding'] }): StoredContent => ({
  ...{ encoding, sizeBytes: size, sha, stored: content },
})

function storedOf(row: Stored & Base): StoredVersion {
  const { encoding } = row
  if (encoding !== 'delta') return { kind: 'whole', content: wholeOf({ ...row, encoding }) }
  if (row.base_encoding === null || row.content === null) throw new Error('a delta has no base')
  const base: Stored & { encoding: StoredContent['encoding'] } = {
    ...{ encoding: row.base_encoding, size: row.base_size, sha: row.base_sha, content: row.base_content },
  }
  return { kind: 'delta', delta: row.content, sizeBytes: row.size, sha: row.sha, base: wholeOf(base) }
}

/** Also what is condemned: whoever has its number has found it in a list a moment ago. */
export async function readVersion(
  queries: Queries,
  project: string,
  history: number,
  version: number,
): Promise<StoredVersion | null> {
  const { rows } = await queries.query<Stored & Base>({
    name: 'read-version',
    text: `SELECT v.encoding, v.size, v.sha, v.content,
                  b.encoding AS base_encoding, b.size AS base_size, b.sha AS base_sha, b.content AS base_content
             FROM file_versions v
                  LEFT JOIN file_versions b ON b.project = v.project AND b.history = v.history AND b.version = v.base
            WHERE v.project = $1 AND v.history = $2 AND v.version = $3
           UNION ALL
           SELECT encoding, size, sha, content, NULL, NULL, NULL, NULL FROM files
            WHERE project = $1 AND history = $2 AND version = $3 AND NOT folder
            LIMIT 1`,
    values: [project, history, version],
  })
  return rows[0] === undefined ? null : storedOf(rows[0])
}

/** Ends the merge window of a file's present content: the next save keeps it. The project is locked, or nobody minds. */
export async function endWindow(queries: Queries, project: string, path: string): Promise<void> {
  await queries.query({
    name: 'end-window',
    text: `UPDATE files SET window_at = '-infinity' WHERE project = $1 AND path = $2 AND NOT folder AND window_at > '-infinity'`,
    values: [project, path],
  })
}

/** The same for many files. */
export async function endWindows(queries: Queries, project: string, paths: readonly string[]): Promise<void> {
  await queries.query({
    name: 'end-windows',
    text: `UPDATE files SET window_at = '-infinity' WHERE project = $1 AND path = ANY ($2) AND NOT folder AND window_at > '-infinity'`,
    values: [project, paths],
  })
}

/** A version that is shown to people. The project is locked. */
export async function versionIsThere(
  queries: Queries,
  { project, history, path }: FoundHistory,
  version: number,
): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'version-is-there',
    text: `SELECT FROM (${allVersions}) AS v WHERE version = $4`,
    values: [project, history, path, version],
  })
  return rowCount > 0
}

/** null takes the name away. */
export async function nameVersion(
  queries: Queries,
  { project, history }: FoundHistory,
  version: number,
  by: string,
  name: string | null,
): Promise<void> {
  const key = [project, history, version]
  if (name === null)
    await queries.query({
      name: 'unname-version',
      text: 'DELETE FROM version_names WHERE project = $1 AND history = $2 AND version = $3',
      values: key,
    })
  else
    await queries.query({
      name: 'name-version',
      text: `INSERT INTO version_names (project, history, version, name, named_by) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (project, history, version) DO UPDATE SET name = excluded.name, named_by = excluded.named_by, named_at = now()`,
      values: [...key, name, by],
    })
}

/** The latest first. 'no-project': for this user. */
export async function listDeleted(
  queries: Queries,
  project: string,
  user: string,
  limit: number,
): Promise<DeletedFile[] | 'no-project'> {
  type Row = AuthorRow & { history: number | null; path: string; version: number; size: number; deleted_at: Date }
  const { rows } = await queries.query<Row>({
    name: 'list-deleted-files',
    text: `SELECT d.history, d.path, d.version, coalesce(v.size, 0) AS size, d.deleted_at, d.deleted_by AS author, person_name(d.deleted_by) AS author_name
             FROM projects p LEFT JOIN deleted_files d ON d.project = p.id
                  LEFT JOIN file_versions v ON v.project = d.project AND v.history = d.history AND v.version = d.version
            WHERE p.id = $1 AND ${isMemberAs('$2')} ORDER BY d.deleted_at DESC, d.path LIMIT $3`,
    values: [project, user, limit],
  })
  if (rows.length === 0) return 'no-project'
  return rows.flatMap((row) =>
    row.history === null
      ? []
      : [
          {
            ...{ file: row.history, path: row.path, version: row.version, sizeBytes: row.size },
            ...{ deletedAt: row.deleted_at.toISOString(), deletedBy: authorOf(row) },
          },
        ],
  )
}
