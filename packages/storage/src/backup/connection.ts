/** A connection of our own for backups: no timeouts, no row that is kept from it in silence, and a sentence when nobody answers. */
import pg from 'pg'
import { isDatabaseAway } from '../db/away.ts'
import { BackupRefusal } from './refusal.ts'

export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: 'atelier backup',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  })
  // Its loss also rejects the statement under way.
  client.on('error', () => {})
  try {
    await client.connect()
    // A row that a policy hides would be missing from the backup: then rather an error.
    await client.query(
      'SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0; SET row_security = off',
    )
    // Dates and numbers as they are read back, whatever this database's own form is.
    await client.query(
      "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 3",
    )
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw unreachable(error)
  }
}

/** What went wrong on the way to the database, as a sentence; everything else as it is. */
export function unreachable(error: unknown): unknown {
  if (error instanceof BackupRefusal) return error
  const words = error instanceof Error ? error.message || (error.cause instanceof Error ? error.cause.message : '') : ''
  const isDenied = error instanceof Error && 'code' in error && ['28P01', '28000', '3D000'].includes(String(error.code))
  if (!isDenied && !isDatabaseAway(error)) return error
  return new BackupRefusal(
    'unreachable',
    `The database does not answer (${words || 'no reason given'}). Start it, and check DATABASE_URL.`,
    {
      cause: error,
    },
  )
}

/** For names that were checked to be identifiers. */
export const quoted = (identifier: string): string => `"${identifier}"`
