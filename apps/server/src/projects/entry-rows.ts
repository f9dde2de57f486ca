/** The statements that change `files`, for transactions that hold the project's lock and have checked what they do. */
import type { FileEntry } from '@atelier/protocol/files'
import type { Queries } from '@atelier/storage/db/database'
import type { Content } from './content.ts'
import { type EntryRow, entryOf } from './file-rows.ts'
import { windowBegins } from './merge-window.ts'
import type { Usage } from './project-rows.ts'

export type NewEntry = { readonly path: string; readonly content: Content | null }

/** Adds files at version 1, and folders (`content` null). None of the paths exists. `author`: of the contents; null for those of a template. */
export async function insertEntries(
  queries: Queries,
  project: string,
  author: string | null,
  entries: readonly NewEntry[],
): Promise<FileEntry[]> {
  if (entries.length === 0) return []
  const contents = entries.map((entry) => entry.content)
  const { rows } = await queries.query<EntryRow>({
    name: 'insert-entries',
    text: `INSERT INTO files (project, path, folder, version, size, grown, sha, encoding, content, author)
           SELECT $1, path, encoding IS NULL, CASE WHEN encoding IS NULL THEN 0 ELSE 1 END, size, size, sha, encoding, content, $7::uuid
             FROM unnest($2::text[], $3::integer[], $4::bytea[], $5::text[], $6::bytea[]) AS e (path, size, sha, encoding, content)
           RETURNING path, folder, version, size, sha, updated_at`,
    values: [
      project,
      entries.map((entry) => entry.path),
      contents.map((content) => content?.sizeBytes ?? 0),
      contents.map((content) => content?.sha ?? null),
      contents.map((content) => content?.encoding ?? null),
      contents.map((content) => (content === null || content.encoding === 'blob' ? null : content.stored)),
      author,
    ],
  })
  return rows.map(entryOf)
}

/** Gives a file that exists its next version. `author`: who made the content; null: nobody knows. */
export async function updateFile(
  queries: Queries,
  project: string,
  author: string | null,
  path: string,
  content: Content,
): Promise<FileEntry> {
  const { rows } = await queries.query<EntryRow>({
    name: 'update-file',
    text: `UPDATE files f SET version = version + 1, size = $3::integer, grown = $3::integer - size, sha = $4, encoding = $5, content = $6,
                            updated_at = greatest(updated_at, now()), author = $7::uuid, ${windowBegins('$7::uuid')}
            WHERE project = $1 AND path = $2 RETURNING path, folder, version, size, sha, updated_at`,
    values: [
      project,
      path,
      content.sizeBytes,
      content.sha,
      content.encoding,
      content.encoding === 'blob' ? null : content.stored,
      author,
    ],
  })
  const row = rows[0]
  if (row === undefined) throw new Error('the file to update is not there')
  return entryOf(row)
}

/** Removes a file, or a folder with all that is in it; their histories stay (see the trigger `keep_deleted`). Returns what that frees. */
export async function deleteEntries(queries: Queries, project: string, path: string, by: string): Promise<Usage> {
  const { rows } = await queries.query<{ bytes: number; entries: number }>({
    name: 'delete-entries',
    text: `WITH gone AS (
             DELETE FROM files WHERE project = $1 AND (path = $2 OR (path > $2::text || '/' AND path < $2::text || '0')) RETURNING size)
           SELECT coalesce(sum(size), 0)::bigint AS bytes, count(*) AS entries FROM gone`,
    values: [project, path],
  })
  await queries.query({
    name: 'note-deleter',
    text: 'UPDATE deleted_files SET deleted_by = $2 WHERE project = $1 AND deleted_at = now()::timestamptz(3)',
    values: [project, by],
  })
  return rows[0] ?? { bytes: 0, entries: 0 }
}

/** Renames a file, or a folder and all that is in it. Nothing has the new name, and it is not within the old one. */
export async function renameEntries(queries: Queries, project: string, from: string, to: string): Promise<void> {
  await queries.query({
    name: 'rename-entries',
    text: `UPDATE files SET path = $3::text || substr(path, length($2::text) + 1)
            WHERE project = $1 AND (path = $2 OR (path > $2::text || '/' AND path < $2::text || '0'))`,
    values: [project, from, to],
  })
}
