/**
 * The statement that most of the day is made of: the next version of many existing files at once.
 *
 * It first takes the projects, which is the authorization too, one after the other in the order of their ids. Everybody who
 * writes files does so, hence no two batches wait for each other in a circle. The statement's snapshot may be older than
 * the lock it waited for, but nothing is decided on it: PostgreSQL evaluates the conditions of an UPDATE on the newest row
 * once it has it, and `used_bytes` comes from the locked row. Not from the row that the last UPDATE sees: PostgreSQL tries a CHECK on
 * what it makes of the old row first, and would find fewer bytes than none. (Tests: save-files.pg.test.ts runs two servers
 * against the same files.)
 *
 * Who is in a project is the exception: those rows are others', seen as they were before the wait. So a member's row is locked too, once the
 * project is held, which shows it as it is by then and keeps it so until the commit. One that is just being changed is not waited for, so that
 * removing people never stands in a circle with saves. Owners have no such row, and cost nothing more.
 *
 * What it does not save it does not explain; place-file.ts does.
 */
import { fileLimits } from '@atelier/protocol/files'
import type { Queries } from '@atelier/storage/db/database'
import { mayWriteAs } from '../access/role-sql.ts'
import type { Content } from './content.ts'
import { windowBegins } from './merge-window.ts'

export type RowSave = {
  readonly projectId: string
  readonly userId: string
  readonly path: string
  /** null: whatever it is. */
  readonly version: number | null
  readonly content: Content
}

export type RowSaved = { readonly version: number; readonly updatedAt: Date }

const shaBytes = 32

// Contents and sums travel as one run of bytes each, in binary, and are cut apart by the database: arrays of bytea would
// travel as twice as much hexadecimal text. `room`: what the batch writes to the row's project, so that its quota holds for the sum.
const text = `
WITH taken AS MATERIALIZED (
  SELECT w.n, w.project, w.user_id, w.path, w.expected, w.size, w.encoding, p.used_bytes AS used,
         substring($8::bytea FROM (w.n::integer - 1) * ${shaBytes} + 1 FOR ${shaBytes}) AS sha,
         CASE WHEN w.encoding <> 'blob' THEN substring($9::bytea FROM w.start FOR w.stored) END AS content
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::integer[], $6::bigint[], $7::text[], $10::integer[], $11::integer[])
         WITH ORDINALITY AS w (project, user_id, path, expected, size, room, encoding, start, stored, n),
         LATERAL (SELECT id, used_bytes, owner = w.user_id AS owns FROM projects p
                   WHERE id = w.project AND ${mayWriteAs('w.user_id')} FOR NO KEY UPDATE) AS p
         LEFT JOIN LATERAL (SELECT true AS stays FROM project_members m
                             WHERE NOT p.owns AND m.project = p.id AND m.user_id = w.user_id AND m.role = 'editor'
                               FOR SHARE SKIP LOCKED) AS member ON true
   WHERE (p.owns OR member.stays) AND p.used_bytes + w.room <= ${fileLimits.projectBytes}
), saved AS (
  UPDATE files f
     SET version = f.version + 1, size = t.size, grown = t.size - f.size, sha = t.sha, encoding = t.encoding, content = t.content,
         updated_at = greatest(f.updated_at, now()), author = t.user_id, ${windowBegins('t.user_id')}
    FROM taken t
   WHERE f.project = t.project AND f.path = t.path AND NOT f.folder AND (t.expected IS NULL OR t.expected = f.version)
  RETURNING t.n, f.project, f.version, f.updated_at, f.grown, t.used
), counted AS (
  UPDATE projects p SET used_bytes = s.used, updated_at = greatest(p.updated_at, now())
    FROM (SELECT project, max(used) + sum(grown) AS used FROM saved GROUP BY project) s WHERE p.id = s.project
)
SELECT n, version, updated_at FROM saved`

/** One answer per save, in order; null: not saved. No two saves are for the same file. */
export async function updateFiles(queries: Queries, wanted: readonly RowSave[]): Promise<(RowSaved | null)[]> {
  const saves = wanted.toSorted((a, b) => (a.projectId < b.projectId ? -1 : a.projectId > b.projectId ? 1 : 0))
  const room = new Map<string, number>()
  for (const { projectId, content } of saves) room.set(projectId, (room.get(projectId) ?? 0) + content.sizeBytes)
  const stored: Buffer[] = []
  const starts: number[] = []
  const lengths: number[] = []
  let start = 1
  for (const { content } of saves) {
    const bytes = content.encoding === 'blob' ? null : content.stored
    if (bytes !== null) stored.push(bytes)
    starts.push(start)
    lengths.push(bytes?.length ?? 0)
    start += bytes?.length ?? 0
  }
  const { rows } = await queries.query<{ n: number; version: number; updated_at: Date }>({
    name: 'update-files',
    text,
    values: [
      arrayOf(saves, (save) => save.projectId),
      arrayOf(saves, (save) => save.userId),
      arrayOf(saves, (save) => quoted(save.path)),
      arrayOf(saves, (save) => save.version ?? 'NULL'),
      arrayOf(saves, (save) => save.content.sizeBytes),
      arrayOf(saves, (save) => room.get(save.projectId) ?? 0),
      arrayOf(saves, (save) => save.content.encoding),
      Buffer.concat(saves.map((save) => save.content.sha)),
      Buffer.concat(stored),
      arrayOf(starts, String),
      arrayOf(lengths, String),
    ],
  })
  const saved = new Map(rows.map((row) => [saves[row.n - 1], { version: row.version, updatedAt: row.updated_at }]))
  return wanted.map((save) => saved.get(save) ?? null)
}

// PostgreSQL's notation of an array. The client library makes the same, element by element: a twentieth of the time of a save.
const arrayOf = <Item>(items: readonly Item[], element: (item: Item) => string | number): string =>
  `{${items.map(element).join(',')}}`
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
