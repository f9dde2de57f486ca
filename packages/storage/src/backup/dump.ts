/**
 * The database as COPY gives it, all tables of one moment. A first connection holds the moment (an exported snapshot) and two locks; a
 * second one reads table after table in transactions of its own, so that no table stays locked longer than it is read: the server
 * drops partitions meanwhile. Why not a copy of PostgreSQL's files: docs/decisions/0029-backup.md.
 */
import pg from 'pg'
import { to } from 'pg-copy-streams'
import { migrationsLockKey } from '../db/migrations.ts'
import { backupLockKey } from './backup-lock.ts'
import { connect, quoted, unreachable } from './connection.ts'
import type { BackupEnd, Manifest } from './manifest.ts'
import { BackupRefusal } from './refusal.ts'
import type { Entry } from './tar.ts'

/** COPY's text is cut into entries of about this size: how long it becomes is not known before. */
const partBytes = 1024 * 1024

export type Snapshot = Pick<Manifest, 'migrations' | 'tables' | 'partitions'> & {
  /** About as much as the tables take on the disk, without their indexes. */
  readonly tableBytes: number
  /** One part after another; counts into what is given. */
  copyTables(counts: TableCounts): AsyncGenerator<Entry>
  /** Names of blobs that rows refer to, SHA-256 in hexadecimal. */
  usedBlobs(): Promise<Set<string>>
  sequences(): Promise<BackupEnd['sequences']>
  close(): Promise<void>
}

export type TableCounts = { readonly rows: Record<string, number>; tableBytes: number }

export async function openSnapshot(connectionString: string): Promise<Snapshot> {
  const keeper = await connect(connectionString)
  try {
    // No migration begins while it is held, and no blob is swept.
    await keeper.query('SELECT pg_advisory_lock_shared($1), pg_advisory_lock_shared($2)', [migrationsLockKey, backupLockKey])
    await keeper.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const { rows } = await keeper.query<{ id: string }>('SELECT pg_export_snapshot() AS id')
    const id = rows[0]?.id ?? ''
    const { rows: known } = await keeper.query<{ there: boolean }>(`SELECT to_regclass('schema_migrations') IS NOT NULL AS there`)
    if (known[0]?.there !== true)
      throw new BackupRefusal('not-possible', 'This database holds nothing of Atelier, so there is nothing to back up.')
    const shape = await readShape(keeper)
    if (shape.migrations.length === 0)
      throw new BackupRefusal('not-possible', 'This database holds nothing of Atelier yet, so there is nothing to back up.')
    return {
      ...shape,
      copyTables: (counts) => copyTables(connectionString, id, shape, counts),
      usedBlobs: () => usedBlobs(keeper),
      sequences: () => sequences(keeper),
      close: () => keeper.end(),
    }
  } catch (error) {
    await keeper.end().catch(() => {})
    throw unreachable(error)
  }
}

type Shape = Pick<Manifest, 'migrations' | 'tables' | 'partitions'> & { readonly tableBytes: number }

/** Every table of ours but the list of migrations. Columns that are computed come back by themselves. */
async function readShape(client: pg.Client): Promise<Shape> {
  const { rows: migrations } = await client.query<Manifest['migrations'][number]>(
    'SELECT number, name, sha256 FROM schema_migrations ORDER BY number',
  )
  const { rows: tables } = await client.query<{ name: string; columns: string[]; bytes: string }>(
    `SELECT c.relname AS name, pg_table_size(c.oid) AS bytes,
            (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
              WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
       FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_migrations'
      ORDER BY c.relname COLLATE "C"`,
  )
  const { rows: partitions } = await client.query<Manifest['partitions'][number]>(
    `SELECT c.relname AS name, p.relname AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relispartition AND c.relkind = 'r'
      ORDER BY c.relname COLLATE "C"`,
  )
  return {
    ...{ migrations, partitions },
    tables: tables.map(({ name, columns }) => ({ name, columns })),
    tableBytes: tables.reduce((sum, { bytes }) => sum + Number(bytes), 0),
  }
}

async function* copyTables(connectionString: string, snapshot: string, shape: Shape, counts: TableCounts): AsyncGenerator<Entry> {
  const client = await connect(connectionString)
  const partitions = new Set(shape.partitions.map(({ name }) => name))
  try {
    for (const table of shape.tables) {
      counts.rows[table.name] = 0
      try {
        yield* copyTable(client, snapshot, table, counts)
      } catch (error) {
        const isGone = error instanceof pg.DatabaseError && error.code === '42P01'
        // What is old is dropped as a whole partition, also while we are at it.
        if (!isGone || !partitions.has(table.name)) throw error
        await client.query('ROLLBACK')
      }
    }
  } finally {
    await client.end().catch(() => {})
  }
}

async function* copyTable(
  client: pg.Client,
  snapshot: string,
  { name, columns }: Manifest['tables'][number],
  counts: TableCounts,
): AsyncGenerator<Entry> {
  await client.query(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '${snapshot.replaceAll("'", '')}'`,
  )
  const copy = client.query(to(`COPY ${quoted(name)} (${columns.map(quoted).join(', ')}) TO STDOUT`))
  let number = 0
  const part = (pieces: readonly Buffer[]): Entry => {
    const bytes = Buffer.concat(pieces)
    counts.tableBytes += bytes.length
    number += 1
    return { name: `tables/${name}/${String(number).padStart(6, '0')}`, sizeBytes: bytes.length, bytes }
  }
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const piece of copy as AsyncIterable<Buffer>) {
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes < partBytes) continue
    yield part(held)
    held = []
    heldBytes = 0
  }
  if (heldBytes > 0) yield part(held)
  counts.rows[name] = copy.rowCount
  await client.query('COMMIT')
}

/** Where rows name blobs: every table with the two columns that say so, and packs of git, which are blobs always. */
async function usedBlobs(client: pg.Client): Promise<Set<string>> {
  const { rows: columns } = await client.query<{ table: string; column: string; always: boolean }>(
    `SELECT c.relname AS table, a.attname AS column, a.attname <> 'sha' AS always
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        AND (a.attname IN ('pack_sha', 'index_sha')
             OR a.attname = 'sha' AND EXISTS (SELECT FROM pg_attribute e WHERE e.attrelid = c.oid AND e.attname = 'encoding' AND NOT e.attisdropped))`,
  )
  const used = new Set<string>()
  for (const { table, column, always } of columns) {
    const { rows } = await client.query<{ sha: string }>(
      `SELECT DISTINCT encode(${quoted(column)}, 'hex') AS sha FROM ${quoted(table)} ${always ? '' : `WHERE encoding = 'blob'`}`,
    )
    for (const { sha } of rows) used.add(sha)
  }
  return used
}

/** Read last: they never go back, so they are beyond whatever was copied. */
async function sequences(client: pg.Client): Promise<BackupEnd['sequences']> {
  const { rows: names } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S' ORDER BY 1`,
  )
  const found: BackupEnd['sequences'][number][] = []
  for (const { name } of names) {
    const { rows } = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value AS value, is_called AS called FROM ${quoted(name)}`,
    )
    for (const { value, called } of rows) found.push({ name, value: Number(value), called })
  }
  return found
}
