/** The statements on documents, but for the one that appends (append-rows.ts). */

import type { Queries } from '@atelier/storage/db/database'
import type { EngineName } from '@atelier/text/engine'
import type { StoredContent } from '../projects/content.ts'
import type { LineEnd } from './file-text.ts'

/** The file that a document is of. Its row is held, so that nobody saves or removes it until the transaction ends. */
export type HeldFile = { readonly folder: boolean; readonly version: number; readonly content: StoredContent }

export async function holdFile(queries: Queries, project: string, path: string): Promise<HeldFile | null> {
  const { rows } = await queries.query<{
    folder: boolean
    version: number
    size: number
    sha: Buffer
    encoding: StoredContent['encoding']
    content: Buffer | null
  }>({
    name: 'hold-file',
    text: 'SELECT folder, version, size, sha, encoding, content FROM files WHERE project = $1 AND path = $2 FOR SHARE',
    values: [project, path],
  })
  const row = rows[0]
  if (row === undefined) return null
  const { folder, version, size, sha, encoding, content } = row
  return { folder, version, content: { encoding, sizeBytes: size, sha, stored: content } }
}

export type DocumentRow = {
  readonly id: string
  readonly project: string
  readonly path: string
  readonly engine: EngineName
  readonly epoch: number
  readonly owner: number | null
  readonly ownerLives: boolean
  readonly snapshot: Buffer
  readonly snapshotSeq: number
  readonly filedSeq: number
  readonly fileVersion: number
  readonly lineEnd: LineEnd
}

/** Holds the row until the transaction ends: nobody else takes the document over or writes it meanwhile. */
export async function holdDocument(queries: Queries, project: string, path: string): Promise<DocumentRow | null> {
  const { rows } = await queries.query<DocumentRow>({
    name: 'hold-document',
    text: `SELECT id, project, path, engine, epoch, owner, snapshot, snapshot_seq AS "snapshotSeq", filed_seq AS "filedSeq",
                  file_version AS "fileVersion", line_end AS "lineEnd",
                  EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                             AND (classid::bigint << 32) | objid::bigint = owner
                             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS "ownerLives"
             FROM documents WHERE project = $1 AND path = $2 FOR UPDATE`,
    values: [project, path],
  })
  return rows[0] ?? null
}

export type NewDocument = {
  readonly id: string
  readonly project: string
  readonly path: string
  readonly engine: EngineName
  readonly owner: number
  readonly snapshot: Uint8Array
  readonly fileVersion: number
  readonly lineEnd: LineEnd
}

/** With epoch 1. @throws DatabaseError 23505 when somebody else made it at the same moment */
export async function insertDocument(queries: Queries, document: NewDocument): Promise<void> {
  const { id, project, path, engine, owner, fileVersion, lineEnd } = document
  await queries.query({
    name: 'insert-document',
    text: `INSERT INTO documents (id, project, path, engine, epoch, owner, snapshot, first_snapshot, file_version, line_end)
           VALUES ($1, $2, $3, $4, 1, $5, $6, $6, $7, $8)`,
    values: [id, project, path, engine, owner, Buffer.from(document.snapshot), fileVersion, lineEnd],
  })
}

/** From now on it is this owner's alone. Returns the new epoch. */
export async function takeDocument(queries: Queries, id: string, owner: number): Promise<number> {
  const { rows } = await queries.query<{ epoch: number }>({
    name: 'take-document',
    text: 'UPDATE documents SET epoch = epoch + 1, owner = $2 WHERE id = $1 RETURNING epoch',
    values: [id, owner],
  })
  const row = rows[0]
  if (row === undefined) throw new Error('the document to take is not there')
  return row.epoch
}

export const deleteDocument = (queries: Queries, id: string): Promise<unknown> =>
  queries.query({ name: 'delete-document', text: 'DELETE FROM documents WHERE id = $1', values: [id] })

/** In their order. */
export async function readRecords(queries: Queries, id: string, after: number): Promise<{ seq: number; bytes: Buffer }[]> {
  const { rows } = await queries.query<{ seq: number; bytes: Buffer }>({
    name: 'read-records',
    text: 'SELECT seq, bytes FROM document_operations WHERE document = $1 AND seq > $2 ORDER BY seq',
    values: [id, after],
  })
  return rows
}

/** Nobody has it open any more. Everything is in the file. */
export async function releaseDocument(queries: Queries, id: string, epoch: number): Promise<void> {
  await queries.query({
    name: 'release-document',
    text: 'UPDATE documents SET owner = NULL WHERE id = $1 AND epoch = $2',
    values: [id, epoch],
  })
}

export async function documentExists(queries: Queries, id: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'document-exists',
    text: 'SELECT 1 FROM documents WHERE id = $1',
    values: [id],
  })
  return rowCount > 0
}

/** null: it is gone, or another server's. The project is locked, so the path stays. */
export async function findOwnDocument(queries: Queries, id: string, epoch: number): Promise<{ path: string } | null> {
  const { rows } = await queries.query<{ path: string }>({
    name: 'find-own-document',
    text: 'SELECT path FROM documents WHERE id = $1 AND epoch = $2',
    values: [id, epoch],
  })
  return rows[0] ?? null
}

export type Filed = {
  readonly id: string
  readonly epoch: number
  readonly filedSeq: number
  readonly fileVersion: number
  readonly lineEnd: LineEnd
  /** null: the stored one stays. Holds the operations up to `filedSeq`. */
  readonly snapshot: Uint8Array | null
}

/** False: the document is gone, or another server's; nothing is noted. */
export async function noteFiled(queries: Queries, filed: Filed): Promise<boolean> {
  const { id, epoch, filedSeq, fileVersion, lineEnd, snapshot } = filed
  const noted = await queries.query({
    name: 'note-filed',
    text: `UPDATE documents SET filed_seq = $3, file_version = $4, line_end = $6, snapshot = coalesce($5, snapshot),
                                snapshot_seq = CASE WHEN $5::bytea IS NULL THEN snapshot_seq ELSE $3 END
            WHERE id = $1 AND epoch = $2`,
    values: [id, epoch, filedSeq, fileVersion, snapshot === null ? null : Buffer.from(snapshot), lineEnd],
  })
  return noted.rowCount > 0
}

/** Not those of the server that asks: its sign of life may be interrupted, and it has them open. */
const dead = `owner IS NOT NULL AND owner <> $1 AND owner NOT IN (
             SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
              WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`

/** Of the documents that a server had open when it ended, those that are wholly in their files are nobody's now. */
export async function releaseFiled(queries: Queries, serverKey: number): Promise<void> {
  await queries.query({
    name: 'release-filed',
    text: `UPDATE documents d SET owner = NULL, epoch = epoch + 1 WHERE ${dead}
              AND NOT EXISTS (SELECT FROM document_operations WHERE document = d.id AND seq > d.filed_seq)`,
    values: [serverKey],
  })
}

export type AbandonedDocument = Pick<DocumentRow, 'id' | 'project' | 'path' | 'engine'>

/** Documents that a server had open when it ended. */
export async function abandonedDocuments(queries: Queries, serverKey: number): Promise<AbandonedDocument[]> {
  const { rows } = await queries.query<AbandonedDocument>({
    name: 'abandoned-documents',
    text: `SELECT id, project, path, engine FROM documents WHERE ${dead}`,
    values: [serverKey],
  })
  return rows
}

/** Locks the project for the rest of the transaction, whoever it belongs to: what is filed was allowed when it was typed. */
export async function lockProjectOf(queries: Queries, project: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'lock-project-of-document',
    text: 'SELECT 1 FROM projects WHERE id = $1 FOR NO KEY UPDATE',
    values: [project],
  })
  return rowCount > 0
}
