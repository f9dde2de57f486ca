/** `atelier backup` makes one. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backupName, backupNames, keepNewest, makeBackup } from '@atelier/storage/backup/backup'
import { mayNotWrite } from '@atelier/storage/backup/backup-file'
import { BackupRefusal } from '@atelier/storage/backup/refusal'
import { finishRestore } from '@atelier/storage/backup/restoring'
import { type Data, openData } from './data-folder.ts'
import { megabytes, plural, showProgress } from './progress.ts'
import type { BackupWish } from './wish.ts'

export async function backUp(wish: BackupWish, data: Data, signal: AbortSignal): Promise<void> {
  const { dataFolder } = data
  const { withKeys, version: atelier, keep } = wish
  const now = new Date()
  const file = await fileOf(wish, now)
  await finishRestore(dataFolder)
  await using stack = new AsyncDisposableStack()
  const connectionString = await openData(data, stack)
  const contents = wish.databaseOnly ? 'database' : 'everything'
  using progress = showProgress()
  const startedAt = performance.now()
  const made = await makeBackup({
    ...{ connectionString, dataFolder, file, atelier, contents, withKeys, now, signal },
    onProgress: ({ doing, doneBytes, guessedBytes }) =>
      progress.show(
        `${doing === 'tables' ? 'database' : 'large files'}: ${megabytes(doneBytes)} of about ${megabytes(Math.max(doneBytes, guessedBytes))}`,
      ),
  })
  progress.clear()
  const removed = keep === null ? [] : await keepNewest(dirname(file), keep, backupNames)
  if (wish.json) console.log(JSON.stringify({ ...made, contents, withKeys, removed }))
  else {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(made.file)
    console.log(
      `${megabytes(made.sizeBytes)}: ${plural(made.rows, 'row')}, ${plural(made.blobs, 'large file')}, schema ${made.schema}, in ${seconds} s`,
    )
    console.log(`SHA-256 ${made.sha256}`)
    console.log(secretIn(contents, withKeys))
    if (removed.length > 0) console.log(`Removed ${plural(removed.length, 'older one')}: ${removed.join(', ')}`)
  }
  if (made.missingBlobCount > 0)
    throw new BackupRefusal(
      'damaged',
      `${plural(made.missingBlobCount, 'large file')} that the database names could not be found or read, first ${made.missingBlobs[0]}. The backup holds everything else.`,
    )
}

function secretIn(contents: 'everything' | 'database', withKeys: boolean): string {
  if (contents === 'database') return 'It holds the database alone: it is of use only beside the data folder it was made of.'
  return withKeys
    ? 'It holds everything, the keys too: whoever has it can read every file. Keep it like a password.'
    : 'It holds everything but the keys: without DATA/keys/blobs.json its large files cannot be read. Keep that file elsewhere.'
}

/** A folder gets a file named after the time; everything else is a file. */
async function fileOf({ to, isFolder, keep }: BackupWish, now: Date): Promise<string> {
  if (isFolder)
    await mkdir(to, { recursive: true, mode: 0o700 }).catch((error) => {
      throw mayNotWrite(error, dirname(to)) ?? error
    })
  if ((await stat(to).catch(() => null))?.isDirectory()) return join(to, backupName(now))
  if (keep !== null)
    throw new BackupRefusal(
      'not-possible',
      '--keep needs a folder: give one with --to, ending in a slash if it is not there yet.',
    )
  return to
}
