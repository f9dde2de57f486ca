/** Files what a server that ended left unfiled. What cannot be read is logged and stays as it is. */
import type { Log } from '@atelier/base/log'
import type { Database } from '@atelier/storage/db/database'
import { type AbandonedDocument, abandonedDocuments, releaseFiled } from './document-rows.ts'

const recoveredAtOnce = 6

/** `file`: opens one, files it and closes it. Resolves with how many there were. */
export async function recoverDocuments(
  { db, log, serverKey }: { readonly db: Database; readonly log: Log; readonly serverKey: number },
  file: (document: AbandonedDocument) => Promise<void>,
): Promise<number> {
  await releaseFiled(db, serverKey)
  const found = await abandonedDocuments(db, serverKey)
  const left = found.values()
  const lane = async (): Promise<void> => {
    for (const document of left)
      await file(document).catch((error: unknown) => log.error('document not recovered', { document: document.id, error }))
  }
  await Promise.all(Array.from({ length: recoveredAtOnce }, lane))
  if (found.length > 0) log.info('documents recovered', { count: found.length })
  return found.length
}
