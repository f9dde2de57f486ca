/**
 * From rows to a room. Opening takes the document over for this server: what another server still has under way for it is refused by
 * its epoch. A file that was never edited together becomes a document in the same transaction, so its text is put in once, by the
 * server, whoever comes at the same moment. What cannot be read is refused; it is never taken for an empty text.
 */

import type { Log } from '@atelier/base/log'
import { documentLimits } from '@atelier/protocol/documents'
import { Refusal } from '@atelier/protocol/errors'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database, Queries } from '@atelier/storage/db/database'
import { DamagedText, type EngineName } from '@atelier/text/engine'
import { v7 as uuidv7 } from 'uuid'
import { readContent } from '../projects/content.ts'
import { noSuchFile } from '../projects/refusals.ts'
import {
  deleteDocument,
  type HeldFile,
  holdDocument,
  holdFile,
  insertDocument,
  readRecords,
  takeDocument,
} from './document-rows.ts'
import { engineNamed } from './engines.ts'
import { type FileText, fileTooLargeToShare, type LineEnd, textOfFile } from './file-text.ts'
import { RoomText } from './room-text.ts'
import type { TextJobs } from './text-jobs.ts'

export type LoadParts = {
  readonly db: Database
  readonly blobs: Blobs
  readonly jobs: TextJobs
  readonly log: Log
  /** The advisory key that is this server's sign of life. */
  readonly serverKey: number
}

export type Loaded = {
  readonly id: string
  readonly epoch: number
  readonly engine: EngineName
  readonly text: RoomText
  readonly snapshotSeq: number
  readonly filedSeq: number
  readonly fileVersion: number
  readonly lineEnd: LineEnd
  /** The file as it is, when it was written while nobody had the document open. */
  readonly changedFile: (FileText & { readonly version: number }) | null
}

/** A text of this size is made into a document at once; longer ones by the text thread. */
const shortUnits = 64 * 1024
const duplicateKey = '23505'

/** `engine`: what the document is to be edited with. @throws Refusal not-found, unsupported-media-type, too-large, storage-unavailable */
export async function loadDocument(parts: LoadParts, project: string, path: string, engine: EngineName): Promise<Loaded> {
  try {
    return await parts.db.transaction((queries) => claim(parts, queries, project, path, engine))
  } catch (error) {
    // Another server made it at this moment.
    if ((error as { code?: unknown }).code !== duplicateKey) throw error
    return parts.db.transaction((queries) => claim(parts, queries, project, path, engine))
  }
}

async function claim(parts: LoadParts, queries: Queries, project: string, path: string, engine: EngineName): Promise<Loaded> {
  const file = await holdFile(queries, project, path)
  if (file === null || file.folder) throw noSuchFile(path)
  const row = await holdDocument(queries, project, path)
  if (row === null) return seed(parts, queries, project, path, engine, file)
  if (row.owner !== null && row.owner !== parts.serverKey && row.ownerLives) throw openElsewhere(path)
  if (row.engine !== engine && row.owner === null) {
    // The whole text is in the file, and the other engine's history is of no use to this one.
    await deleteDocument(queries, row.id)
    return seed(parts, queries, project, path, engine, file)
  }
  const changedFile = file.version === row.fileVersion ? null : { ...(await readText(parts, path, file)), version: file.version }
  const epoch = await takeDocument(queries, row.id, parts.serverKey)
  const records = await readRecords(queries, row.id, row.snapshotSeq)
  if (records.some(({ seq }, index) => seq !== row.snapshotSeq + 1 + index))
    throw damaged(parts.log, row.id, path, new DamagedText('a record is missing'))
  const text = new RoomText(
    row.snapshot,
    row.snapshotSeq,
    records.map(({ bytes }) => bytes),
  )
  const { id, snapshotSeq, filedSeq, fileVersion, lineEnd } = row
  return { ...{ id, epoch, engine: row.engine, text, snapshotSeq, filedSeq, fileVersion, lineEnd, changedFile } }
}

async function seed(
  parts: LoadParts,
  queries: Queries,
  project: string,
  path: string,
  engine: EngineName,
  file: HeldFile,
): Promise<Loaded> {
  const { text, lineEnd } = await readText(parts, path, file)
  const snapshot = text.length <= shortUnits ? engineNamed(engine).snapshotOf(text) : await parts.jobs.snapshotOf(engine, text)
  const id = uuidv7()
  const made = { id, project, path, engine, owner: parts.serverKey, snapshot, fileVersion: file.version, lineEnd }
  await insertDocument(queries, made)
  return {
    ...{ id, epoch: 1, engine, text: new RoomText(snapshot, 0, []), snapshotSeq: 0, filedSeq: 0 },
    ...{ fileVersion: file.version, lineEnd, changedFile: null },
  }
}

/** The file of a document as it is now. */
export async function readFileText(
  db: Database,
  blobs: Blobs,
  project: string,
  path: string,
): Promise<FileText & { version: number }> {
  const file = await holdFile(db, project, path)
  if (file === null || file.folder) throw noSuchFile(path)
  return { ...(await readText({ blobs }, path, file)), version: file.version }
}

async function readText({ blobs }: Pick<LoadParts, 'blobs'>, path: string, { content }: HeldFile): Promise<FileText> {
  if (content.sizeBytes > documentLimits.textBytes) throw fileTooLargeToShare(path)
  return textOfFile(path, await readContent(content, blobs))
}

/** Logs it and says so. */
export function damaged(log: Log, id: string, path: string, cause: DamagedText): Refusal {
  log.error('a document cannot be read', { document: id, error: cause })
  return new Refusal(
    'internal',
    `What is stored of the changes to "${path}" cannot be read, so it is not opened: nothing of it is overwritten. The file is as it was last filed. Tell the person who hosts.`,
    { cause },
  )
}

const openElsewhere = (path: string): Refusal =>
  new Refusal(
    'storage-unavailable',
    `"${path}" is being edited through another server of this installation. Connect to that one, or try again when it is closed there.`,
    { retryAfterSeconds: 5 },
  )
