/** Files were written, all at once, past their documents: what is open takes their text, for everybody who looks at it. */

import { type ErrorCode, Refusal } from '@atelier/protocol/errors'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import type { Documents } from './documents.ts'
import { readFileText } from './load-document.ts'

/** The file as it is now cannot be edited together. */
const endsSharing: ReadonlySet<ErrorCode> = new Set(['not-found', 'unsupported-media-type', 'too-large'])

export async function takeWritten(
  documents: Documents,
  { db, blobs }: { readonly db: Database; readonly blobs: Blobs },
  projectId: string,
  paths: readonly string[],
  userId: string,
): Promise<void> {
  for (const path of paths) {
    const open = await documents.findOpen(projectId, path)
    if (open === null || open.room.isClosed) continue
    try {
      await open.room.alone(async () => {
        const file = await readFileText(db, blobs, projectId, path)
        if (file.version !== open.filing.fileVersion) await open.filing.adopt(file.version, file.text, file.lineEnd, userId)
      })
    } catch (error) {
      if (!(error instanceof Refusal) || !endsSharing.has(error.code)) throw error
      await documents.closeOne(projectId, path, 'The file was replaced by one that cannot be edited together.')
    }
  }
}
