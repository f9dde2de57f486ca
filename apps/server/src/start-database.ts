/** The database as the server begins with it: brought along or yours, finished restoring, backed up, brought up to date, its second wall raised. */
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import { backUpBeforeUpgrade } from '@atelier/storage/backup/before-upgrade'
import { finishRestore } from '@atelier/storage/backup/restoring'
import { openDatabase } from '@atelier/storage/db/database'
import { openEmbeddedPostgres } from '@atelier/storage/db/embedded-postgres'
import { raiseSecondWall, tellOfSecondWall } from '@atelier/storage/db/member-role'
import { migrate, readMigrations } from '@atelier/storage/db/migrations'
import type { Settings } from './settings.ts'

export async function startDatabase(
  settings: Settings,
  dataFolder: string,
  version: string,
  log: Log,
  stack: AsyncDisposableStack,
) {
  await finishRestore(dataFolder)
  let connectionString = settings.databaseUrl
  if (connectionString === undefined) {
    const postgres = await openEmbeddedPostgres({ folder: join(dataFolder, 'postgres'), log })
    stack.defer(() => postgres.stop())
    connectionString = postgres.connectionString
  }
  const migrations = await readMigrations()
  if (settings.backupBeforeUpgrade === 'yes')
    await backUpBeforeUpgrade({ connectionString, dataFolder, migrations, atelier: version, log })
  await migrate(connectionString, migrations, log)
  const wall = await raiseSecondWall(connectionString)
  tellOfSecondWall(wall, log)
  const db = openDatabase({ connectionString, log, memberRole: wall.role })
  stack.defer(() => db.close())
  return { db, connectionString, wall }
}
