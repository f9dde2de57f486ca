/** Before migrations change a database that has data: a backup of it, so that there is a way back to the program of before. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import pg from 'pg'
import { DatabaseRefusal } from '../db/database-refusal.ts'
import { type Migration, missingAfter } from '../db/migrations.ts'
import { keepNewest, makeBackup, stampOf } from './backup.ts'
import { BackupRefusal } from './refusal.ts'

/** The oldest of more go. */
const keptBackups = 3

export type BeforeUpgrade = {
  readonly connectionString: string
  readonly dataFolder: string
  readonly migrations: readonly Migration[]
  readonly atelier: string
  readonly log: Log
}

/** Below the data folder: they are for going back, not against the loss of the disk. */
export const upgradeBackupFolder = (dataFolder: string): string => join(dataFolder, 'backups')

/**
 * Resolves with the file, null when there is nothing to upgrade. Without blobs and keys, which migrations do not touch and which stay
 * where they are. @throws DatabaseRefusal when it cannot be made
 */
export async function backUpBeforeUpgrade(options: BeforeUpgrade): Promise<string | null> {
  const { connectionString, dataFolder, migrations, atelier, log } = options
  const applied = await appliedIn(connectionString)
  if (applied.length === 0 || missingAfter(applied, migrations).length === 0) return null
  const folder = upgradeBackupFolder(dataFolder)
  const now = new Date()
  const from = String(Math.max(...applied.map(({ number }) => number))).padStart(4, '0')
  const file = join(folder, `before-upgrade-${stampOf(now)}-from-${from}.tar.zst`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const contents = 'database'
    const signal = new AbortController().signal
    const made = await makeBackup({ connectionString, dataFolder, file, atelier, contents, withKeys: false, now, signal })
    log.info('backup before the upgrade', { file, bytes: made.sizeBytes, rows: made.rows })
    await keepNewest(folder, keptBackups, /^before-upgrade-[0-9-]+-from-\d+\.tar\.zst$/)
    return file
  } catch (cause) {
    const isSystems = cause instanceof Error && 'syscall' in cause
    if (!(cause instanceof BackupRefusal) && !isSystems) throw cause
    throw new DatabaseRefusal(
      `This Atelier is newer than the database and would change it, and the backup that it makes before could not be made. ${cause.message} ATELIER_BACKUP_BEFORE_UPGRADE=no upgrades without one.`,
      { cause },
    )
  }
}

async function appliedIn(connectionString: string): Promise<Pick<Migration, 'number' | 'name' | 'sha256'>[]> {
  const client = new pg.Client({ connectionString, application_name: 'atelier migrations', connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('schema_migrations') IS NOT NULL AS there`)
    if (rows[0]?.there !== true) return []
    return (await client.query('SELECT number, name, sha256 FROM schema_migrations ORDER BY number')).rows
  } finally {
    await client.end()
  }
}
