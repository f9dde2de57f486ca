/** Brings a deleted file back: the same history, its versions counted on. For transactions that hold the project. */
import type { FileEntry } from '@atelier/protocol/files'
import type { Queries } from '@atelier/storage/db/database'
import { type Content, inlineLimits } from '../projects/content.ts'
import { type EntryRow, entryOf } from '../projects/file-rows.ts'

/** Nothing has the path, its folders are there, and the history is nowhere else. */
export async function insertAgain(
  queries: Queries,
  file: { readonly project: string; readonly history: number; readonly path: string; readonly author: string },
  content: Content,
): Promise<FileEntry> {
  const { rows } = await queries.query<EntryRow>({
    name: 'insert-again',
    text: `WITH back AS (DELETE FROM deleted_files WHERE project = $1 AND history = $2)
           INSERT INTO files (project, history, path, folder, version, size, grown, sha, encoding, content, author)
           SELECT $1, $2, $3, false, 1 + (SELECT max(version) FROM file_versions WHERE project = $1 AND history = $2), $4::integer, $4::integer, $5, $6, $7, $8
           RETURNING path, folder, version, size, sha, updated_at`,
    values: [
      ...[file.project, file.history, file.path, content.sizeBytes, content.sha, content.encoding],
      content.encoding === 'blob' ? null : content.stored,
      file.author,
    ],
  })
  const row = rows[0]
  if (row === undefined) throw new Error('the statement did not return what it wrote')
  return entryOf(row)
}

/** The same for many at once, of those whose version is stored as a file may have it. The others are not done, and not returned. */
export async function insertManyAgain(
  queries: Queries,
  project: string,
  author: string,
  files: readonly { readonly path: string; readonly history: number; readonly version: number }[],
): Promise<FileEntry[]> {
  if (files.length === 0) return []
  const { rows } = await queries.query<EntryRow>({
    name: 'insert-many-again',
    text: `WITH back AS (
             SELECT e.path, v.* FROM unnest($3::bigint[], $4::integer[], $5::text[]) AS e (history, version, path)
                    JOIN file_versions v ON v.project = $1 AND v.history = e.history AND v.version = e.version
              WHERE v.encoding <> 'delta' AND coalesce(length(v.content), 0) <= ${inlineLimits.storedBytes}
           ), gone AS (DELETE FROM deleted_files d USING back b WHERE d.project = $1 AND d.history = b.history)
           INSERT INTO files (project, history, path, folder, version, size, grown, sha, encoding, content, author)
           SELECT $1, b.history, b.path, false,
                  1 + (SELECT max(version) FROM file_versions l WHERE l.project = $1 AND l.history = b.history),
                  b.size, b.size, b.sha, b.encoding, b.content, $2
             FROM back b
           RETURNING path, folder, version, size, sha, updated_at`,
    values: [
      project,
      author,
      files.map((file) => file.history),
      files.map((file) => file.version),
      files.map((file) => file.path),
    ],
  })
  return rows.map(entryOf)
}
