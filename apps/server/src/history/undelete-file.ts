/** Brings a deleted file back: the same history, its versions counted on. For transactions that hold the project. */
import type { FileEntry } from '@atelier/protocol/files'
import type { Queries } from '@atelier/storage/db/database'
import type { Content } from '../projects/content.ts'
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
