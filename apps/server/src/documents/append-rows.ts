/**
 * The statement that makes changes last: records of many documents in one commit.
 *
 * It holds each document's row and looks at its epoch there, so a server that a document was taken from stores nothing more of it.
 * The same records may be sent again when the answer got lost: within an epoch a number is given to one record only.
 */
import type { Queries } from '@atelier/storage/db/database'

export type NewRecord = {
  readonly documentId: string
  readonly epoch: number
  readonly seq: number
  readonly bytes: Uint8Array
  /** Names of authors that this document has not had before, and who they are. */
  readonly authors: readonly Author[]
}
export type Author = { readonly author: string; readonly userId: string }

// The bytes travel as one run, in binary, and are cut apart by the database, as in projects/save-rows.ts.
const text = `
WITH wanted AS MATERIALIZED (
  SELECT document, epoch, seq, substring($6::bytea FROM start FOR length) AS bytes
    FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::integer[], $5::integer[]) AS w (document, epoch, seq, start, length)
), owned AS MATERIALIZED (
  SELECT w.document, w.seq, w.bytes
    FROM wanted w, LATERAL (SELECT 1 FROM documents WHERE id = w.document AND epoch = w.epoch FOR KEY SHARE) AS d
), stored AS (
  INSERT INTO document_operations (document, seq, bytes) SELECT document, seq, bytes FROM owned ON CONFLICT DO NOTHING
), authored AS (
  INSERT INTO document_authors (document, author, user_id, name)
  SELECT a.document, a.author, a.user_id, u.name
    FROM unnest($7::uuid[], $8::text[], $9::uuid[]) AS a (document, author, user_id)
    JOIN users u ON u.id = a.user_id WHERE a.document IN (SELECT document FROM owned)
  ON CONFLICT DO NOTHING
)
SELECT document FROM owned`

/** Resolves with the documents whose records are committed; the others belong to another server, or are gone. */
export async function appendRecords(queries: Queries, records: readonly NewRecord[]): Promise<ReadonlySet<string>> {
  const starts: number[] = []
  let start = 1
  for (const { bytes } of records) {
    starts.push(start)
    start += bytes.length
  }
  const authors = records.flatMap((record) => record.authors.map((each) => ({ ...each, documentId: record.documentId })))
  const { rows } = await queries.query<{ document: string }>({
    name: 'append-records',
    text,
    values: [
      arrayOf(records, (record) => record.documentId),
      arrayOf(records, (record) => record.epoch),
      arrayOf(records, (record) => record.seq),
      arrayOf(starts, String),
      arrayOf(records, (record) => record.bytes.length),
      records.length === 1 && records[0] !== undefined
        ? Buffer.from(records[0].bytes)
        : Buffer.concat(records.map((record) => record.bytes)),
      authors.map((each) => each.documentId),
      authors.map((each) => each.author),
      authors.map((each) => each.userId),
    ],
  })
  return new Set(rows.map((row) => row.document))
}

const arrayOf = <Item>(items: readonly Item[], element: (item: Item) => string | number): string =>
  `{${items.map(element).join(',')}}`
