/** The statements on what a document was: for playback, and for keeping histories within bounds. */
import type { Queries } from '@atelier/storage/db/database'
import type { EngineName } from '@atelier/text/engine'

export type HistoryRow = {
  readonly id: string
  readonly engine: EngineName
  readonly createdAt: Date
  readonly firstSeq: number
  readonly latest: number
}

export async function findHistory(queries: Queries, project: string, path: string): Promise<HistoryRow | null> {
  const { rows } = await queries.query<HistoryRow>({
    name: 'find-history',
    text: `SELECT id, engine, created_at AS "createdAt", first_seq AS "firstSeq",
                  greatest(first_seq, (SELECT max(seq) FROM document_operations WHERE document = id)) AS latest
             FROM documents WHERE project = $1 AND path = $2`,
    values: [project, path],
  })
  return rows[0] ?? null
}

export async function readFirstSnapshot(queries: Queries, id: string): Promise<Buffer | null> {
  const { rows } = await queries.query<{ first_snapshot: Buffer }>({
    name: 'read-first-snapshot',
    text: 'SELECT first_snapshot FROM documents WHERE id = $1',
    values: [id],
  })
  return rows[0]?.first_snapshot ?? null
}

export type TimedRow = { readonly seq: number; readonly at: Date; readonly bytes: Buffer }

/** The records after one, as many as `most` allows, and at least one when there is any. */
export async function readHistory(
  queries: Queries,
  id: string,
  after: number,
  most: { readonly records: number; readonly bytes: number },
): Promise<TimedRow[]> {
  const { rows } = await queries.query<TimedRow>({
    name: 'read-history',
    text: `SELECT seq, at, bytes FROM (
             SELECT seq, at, bytes, sum(length(bytes)) OVER (ORDER BY seq) AS total, row_number() OVER (ORDER BY seq) AS n
               FROM document_operations WHERE document = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS page
            WHERE n = 1 OR total <= $4 ORDER BY seq`,
    values: [id, after, most.records, most.bytes],
  })
  return rows
}

export async function readAuthors(
  queries: Queries,
  id: string,
  most: number,
): Promise<{ author: string; userId: string; name: string }[]> {
  const { rows } = await queries.query<{ author: string; userId: string; name: string }>({
    name: 'read-authors',
    text: 'SELECT author, user_id AS "userId", name FROM document_authors WHERE document = $1 LIMIT $2',
    values: [id, most],
  })
  return rows
}

/** Documents whose history is too long or too old, and up to which record it is to be folded. At most a hundred. */
export async function longHistories(
  queries: Queries,
  kept: { readonly days: number; readonly bytes: number },
): Promise<{ id: string; engine: EngineName; firstSeq: number; cut: number }[]> {
  const { rows } = await queries.query<{ id: string; engine: EngineName; firstSeq: number; cut: number }>({
    name: 'long-histories',
    // Records after the stored snapshot are needed to open the document.
    text: `SELECT d.id, d.engine, d.first_seq AS "firstSeq", max(o.seq) AS cut
             FROM documents d, LATERAL (
               SELECT seq, at, sum(length(bytes)) OVER (ORDER BY seq DESC) AS newer
                 FROM document_operations WHERE document = d.id AND seq <= d.snapshot_seq) AS o
            WHERE o.at < now() - make_interval(days => $1) OR o.newer > $2
            GROUP BY d.id LIMIT 100`,
    values: [kept.days, kept.bytes],
  })
  return rows
}

/** Playback begins later from now on. False: somebody else did it meanwhile. */
export async function foldHistory(
  queries: Queries,
  { id, firstSeq, cut, snapshot }: { id: string; firstSeq: number; cut: number; snapshot: Uint8Array },
): Promise<boolean> {
  const folded = await queries.query({
    name: 'fold-history',
    text: 'UPDATE documents SET first_snapshot = $4, first_seq = $3 WHERE id = $1 AND first_seq = $2 AND snapshot_seq >= $3',
    values: [id, firstSeq, cut, Buffer.from(snapshot)],
  })
  if (folded.rowCount === 0) return false
  await queries.query({
    name: 'delete-folded',
    text: 'DELETE FROM document_operations WHERE document = $1 AND seq <= $2',
    values: [id, cut],
  })
  return true
}
