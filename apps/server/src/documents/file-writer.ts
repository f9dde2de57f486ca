/**
 * Puts the text of a document into its file, as the file's next version. One transaction says both "the file is this" and "so much
 * of the document is in it": after a crash neither is there without the other.
 */
import type { FileEntry } from '@atelier/protocol/files'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import { updateFile } from '../projects/entry-rows.ts'
import { entriesAt } from '../projects/file-rows.ts'
import { changeUsage } from '../projects/project-rows.ts'
import { createReceiver } from '../projects/receive-content.ts'
import { findOwnDocument, lockProjectOf, noteFiled } from './document-rows.ts'
import { fileOfText, type LineEnd } from './file-text.ts'

export type TextToFile = {
  readonly documentId: string
  readonly epoch: number
  readonly projectId: string
  readonly text: string
  /** Who typed last; null: nobody since it was opened. */
  readonly author: string | null
  readonly lineEnd: LineEnd
  /** The text holds the operations up to here. */
  readonly seq: number
  /** What the file is expected to be at. */
  readonly fileVersion: number
  /** Stored with it; null: not now. */
  readonly snapshot: Uint8Array | null
}

/** `foreign`: somebody else wrote the file meanwhile. `lost`: the document is gone, or another server's. */
export type Filing =
  | { readonly outcome: 'filed'; readonly entry: FileEntry; readonly isNewVersion: boolean; readonly grownBytes: number }
  | { readonly outcome: 'foreign'; readonly version: number }
  | { readonly outcome: 'lost' }

export type FileWriter = { file(what: TextToFile): Promise<Filing> }

/** No quota is asked: the text is stored already, and refusing to show it would free nothing. What follows from too much of it: owner-room.ts. */
export function createFileWriter(db: Database, blobs: Blobs): FileWriter {
  const receiver = createReceiver(blobs)
  return {
    async file(what) {
      const { documentId, epoch, projectId, fileVersion } = what
      const content = await receiver.receive(fileOfText(what.text, what.lineEnd), async () => {})
      return db
        .transaction(async (queries): Promise<Filing> => {
          if (!(await lockProjectOf(queries, projectId))) return { outcome: 'lost' }
          const document = await findOwnDocument(queries, documentId, epoch)
          if (document === null) return { outcome: 'lost' }
          const before = (await entriesAt(queries, projectId, [document.path])).get(document.path)
          if (before === undefined || before.kind === 'folder') return { outcome: 'lost' }
          if (before.version !== fileVersion) return { outcome: 'foreign', version: before.version }
          const isNewVersion = before.sha256 !== content.sha.toString('hex')
          const entry = isNewVersion ? await updateFile(queries, projectId, what.author, document.path, content) : before
          const grownBytes = entry.sizeBytes - before.sizeBytes
          if (isNewVersion) await changeUsage(queries, projectId, { bytes: grownBytes, entries: 0 })
          const filed = { id: documentId, epoch, filedSeq: what.seq, fileVersion: entry.version, lineEnd: what.lineEnd }
          // Taken over between the two statements: nothing of this transaction may stay.
          if (!(await noteFiled(queries, { ...filed, snapshot: what.snapshot }))) throw new DocumentTaken()
          return { outcome: 'filed', entry, isNewVersion, grownBytes }
        })
        .catch((error: unknown): Filing => {
          if (error instanceof DocumentTaken) return { outcome: 'lost' }
          throw error
        })
    },
  }
}

class DocumentTaken extends Error {
  override readonly name = 'DocumentTaken'
}
