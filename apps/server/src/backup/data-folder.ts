/** Where the data is that a backup is made of: the server's own database while it runs, the same one started here while it does not. */
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '@atelier/base/log'
import { BackupRefusal } from '@atelier/storage/backup/refusal'
import { openEmbeddedPostgres } from '@atelier/storage/db/embedded-postgres'
import { findRunningPostgres } from '@atelier/storage/db/running-postgres'

export type Data = {
  readonly dataFolder: string
  /** null: the embedded PostgreSQL of the data folder. */
  readonly databaseUrl: string | null
}

/** The address of the database; `stack` ends what had to be started for it. */
export async function openData({ dataFolder, databaseUrl }: Data, stack: AsyncDisposableStack): Promise<string> {
  if (databaseUrl !== null) return databaseUrl
  const folder = join(dataFolder, 'postgres')
  if ((await stat(join(folder, 'cluster')).catch(nullWhenMissing)) === null)
    throw new BackupRefusal(
      'not-possible',
      `There is no data of Atelier in ${dataFolder}. Give the data folder with --data or ATELIER_DATA; if the server uses a database of its own, also DATABASE_URL.`,
    )
  const running = await findRunningPostgres(await realpath(folder))
  if (running !== null) return running
  const postgres = await openEmbeddedPostgres({ folder, log: silentLog })
  stack.defer(() => postgres.stop())
  return postgres.connectionString
}

function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}
