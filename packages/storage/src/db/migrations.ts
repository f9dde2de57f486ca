import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import pg from 'pg'
import { DatabaseRefusal } from './database-refusal.ts'

/**
 * The schema is the sum of the files `migrations/NNNN-name.sql`, applied once each, in order, forward only. A file that
 * was applied anywhere is never changed again: its checksum is recorded and compared at every start.
 */
export type Migration = { readonly number: number; readonly name: string; readonly sql: string; readonly sha256: string }

/** Any constant: it only has to be the same in every Atelier that shares a database. A backup holds the lock too, shared. */
export const migrationsLockKey = 0x61_74_65_6c

/** Reads a folder of `NNNN-name.sql` files, in order. */
export async function readMigrations(folder = join(import.meta.dirname, 'migrations')): Promise<Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()) {
    const [, number, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? []
    if (number === undefined || name === undefined) throw new Error(`a migration is named NNNN-name.sql, not ${file}`)
    const sql = await readFile(join(folder, file), 'utf8')
    migrations.push({ number: Number(number), name, sql, sha256: createHash('sha256').update(sql).digest('hex') })
  }
  const twice = migrations.find((each, index) => migrations[index + 1]?.number === each.number)
  if (twice !== undefined) throw new Error(`two migrations have the number ${twice.number}`)
  return migrations
}

/**
 * Brings the schema up to date: all that is missing, each file in its own transaction, one Atelier at a time.
 * @throws DatabaseRefusal when the database was made by a newer Atelier, or by one with other files.
 */
export async function migrate(connectionString: string, migrations: readonly Migration[], log: Log): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: 'atelier migrations', connectionTimeoutMillis: 10_000 })
  // Its loss also rejects the statement under way, which tells the caller.
  client.on('error', () => {})
  await client.connect()
  try {
    // Held by the session, so it ends with this connection in every case.
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [migrationsLockKey])
    if (rows[0]?.free !== true) {
      log.warn('migrations wait for another Atelier, or for a backup that is being made')
      await client.query('SELECT pg_advisory_lock($1)', [migrationsLockKey])
    }
    for (const migration of await missing(client, migrations)) {
      const startedAt = performance.now()
      await apply(client, migration)
      log.info('migration applied', { migration: title(migration), ms: Math.round(performance.now() - startedAt) })
    }
  } finally {
    await client.end()
  }
}

type Applied = Pick<Migration, 'number' | 'name' | 'sha256'>

/** Where applied migrations are listed. */
export const migrationsTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`

async function missing(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  await client.query(migrationsTable)
  const { rows: applied } = await client.query<Applied>('SELECT number, name, sha256 FROM schema_migrations ORDER BY number')
  return missingAfter(applied, migrations)
}

/**
 * What a database still needs that has seen `applied`, in order.
 * @throws DatabaseRefusal when it was made by a newer Atelier, or by one with other files
 */
export function missingAfter(applied: readonly Applied[], migrations: readonly Migration[]): Migration[] {
  for (const row of applied) {
    const own = migrations.find((each) => each.number === row.number)
    if (own === undefined) {
      const newest = migrations.at(-1)
      throw new DatabaseRefusal(
        `The database was last used by a newer Atelier: it has the migration ${title(row)}, this one knows only up to ` +
          `${newest ? title(newest) : 'none'}. Start the newer Atelier, or restore a backup from before the upgrade.`,
      )
    }
    if (own.sha256 !== row.sha256) {
      throw new DatabaseRefusal(
        `The migration ${title(own)} is not the one this database was made with (as ${title(row)}). ` +
          'An applied migration is never changed: put the file back, and write what is new into a new one.',
      )
    }
  }
  const last = applied.at(-1)?.number ?? -1
  const rest = migrations.filter((each) => !applied.some((row) => row.number === each.number))
  const late = rest.find((each) => each.number < last)
  if (late !== undefined) {
    throw new DatabaseRefusal(
      `The migration ${title(late)} comes too late: number ${last} is already applied. Give it a higher number.`,
    )
  }
  return rest
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN')
    await applyWithin(client, migration)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** In the transaction that the caller has begun. */
export async function applyWithin(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query(migration.sql)
    await client.query('INSERT INTO schema_migrations (number, name, sha256) VALUES ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.sha256,
    ])
  } catch (cause) {
    throw new Error(`migration ${title(migration)} failed`, { cause })
  }
}

const title = (migration: { number: number; name: string }) => `${String(migration.number).padStart(4, '0')}-${migration.name}`
