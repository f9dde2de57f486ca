/**
 * Tables from a backup into a database, all in one transaction: the schema as it was then, the rows, whatever newer migrations make of
 * them. Until it commits nothing has happened; a kill leaves the database as it was.
 */
import pg from 'pg'
import { type CopyStreamQuery, from } from 'pg-copy-streams'
import { applyWithin, type Migration, migrationsLockKey, migrationsTable } from '../db/migrations.ts'
import { connect, quoted, unreachable } from './connection.ts'
import { type BackupEnd, type Manifest, schemaOf } from './manifest.ts'
import { BackupRefusal } from './refusal.ts'

/** For the audit log. `operator`: who does it, an account of a machine. */
export type Restoring = { readonly operator: string; readonly replaces: boolean }

export class Loader {
  readonly #client: pg.Client
  readonly #manifest: Manifest
  readonly #later: readonly Migration[]
  readonly #rows: Record<string, number> = {}
  #foreignKeys: readonly ForeignKey[] = []
  #open: { readonly table: string; readonly copy: CopyStreamQuery } | null = null

  private constructor(client: pg.Client, manifest: Manifest, later: readonly Migration[]) {
    this.#client = client
    this.#manifest = manifest
    this.#later = later
  }

  /**
   * `before`: the migrations of the backup; `later`: those that came since. `replaces`: tables that are there are dropped.
   * @throws BackupRefusal when the database is not empty
   */
  static async open(
    connectionString: string,
    manifest: Manifest,
    { before, later, replaces }: { before: readonly Migration[]; later: readonly Migration[]; replaces: boolean },
  ): Promise<Loader> {
    const client = await connect(connectionString)
    const loader = new Loader(client, manifest, later)
    try {
      await client.query('BEGIN')
      await client.query('SELECT pg_advisory_xact_lock($1)', [migrationsLockKey])
      await refuseServers(client)
      if (replaces) await dropEverything(client)
      else await refuseTables(client)
      await client.query(migrationsTable)
      for (const migration of before) await applyWithin(client, migration)
      await loader.#prepare()
      return loader
    } catch (error) {
      await loader.close()
      throw unreachable(error)
    }
  }

  /** The next piece of a table's rows, as COPY gave it. Pieces of one table come one after another. */
  async take(table: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#open?.table !== table) {
      await this.#endTable()
      const columns = this.#manifest.tables.find(({ name }) => name === table)?.columns
      if (columns === undefined)
        throw new BackupRefusal('damaged', `This is not a whole backup: it holds a table ${table} that it does not list.`)
      const copy = this.#client.query(from(`COPY ${quoted(table)} (${columns.map(quoted).join(', ')}) FROM STDIN`))
      // What it ends with is asked for in `#endTable`.
      copy.on('error', () => {})
      this.#open = { table, copy }
    }
    const { copy } = this.#open
    for await (const piece of bytes) {
      if (copy.errored !== null) throw copy.errored
      if (!copy.write(piece)) await roomIn(copy)
    }
  }

  /**
   * Puts back what was taken away for speed, brings the schema up to date, leaves its line in the audit log, and commits.
   * @throws BackupRefusal when rows are missing
   */
  async finish(end: BackupEnd, restoring: Restoring): Promise<void> {
    await this.#endTable()
    for (const { name } of this.#manifest.tables)
      if ((this.#rows[name] ?? 0) !== end.rows[name])
        throw new BackupRefusal('damaged', `This is not a whole backup: rows of ${name} are missing. Nothing was changed.`)
    for (const { name, value, called } of end.sequences)
      await this.#client.query('SELECT setval($1::regclass, $2, $3)', [quoted(name), value, called])
    await endSignIns(this.#client)
    for (const { table, name, definition } of this.#foreignKeys)
      await this.#client.query(`ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${pg.escapeIdentifier(name)} ${definition}`)
    await this.#setTriggers('ENABLE')
    for (const migration of this.#later) await applyWithin(this.#client, migration)
    await noteRestore(this.#client, this.#manifest, restoring)
    await this.#client.query('COMMIT')
    await this.#client.query('ANALYZE').catch(() => {})
  }

  /** Without `finish` before, everything is undone. */
  async close(): Promise<void> {
    this.#open?.copy.destroy()
    await this.#client.end().catch(() => {})
  }

  /** Tables as empty as they were made, and without what would look at every row that comes. */
  async #prepare(): Promise<void> {
    this.#foreignKeys = await foreignKeys(this.#client)
    for (const { table, name } of this.#foreignKeys)
      await this.#client.query(`ALTER TABLE ${quoted(table)} DROP CONSTRAINT ${pg.escapeIdentifier(name)}`)
    for (const { name, parent, bound } of this.#manifest.partitions)
      await this.#client.query(`CREATE TABLE IF NOT EXISTS ${quoted(name)} PARTITION OF ${quoted(parent)} ${bound}`)
    await guardPartitions(this.#client)
    await this.#setTriggers('DISABLE')
    for (const table of await tablesOf(this.#client)) await this.#client.query(`TRUNCATE ${quoted(table)}`)
  }

  async #setTriggers(how: 'ENABLE' | 'DISABLE'): Promise<void> {
    for (const table of await tablesOf(this.#client)) await this.#client.query(`ALTER TABLE ${quoted(table)} ${how} TRIGGER USER`)
  }

  async #endTable(): Promise<void> {
    if (this.#open === null) return
    const { table, copy } = this.#open
    this.#open = null
    await new Promise<void>((resolve, reject) => {
      if (copy.errored !== null) return reject(copy.errored)
      copy.once('error', reject)
      copy.once('finish', resolve)
      copy.end()
    })
    this.#rows[table] = copy.rowCount
  }
}

/** Resolves when it takes more, or is gone. */
function roomIn(copy: CopyStreamQuery): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      copy.off('drain', done).off('close', done)
      resolve()
    }
    copy.on('drain', done).on('close', done)
  })
}

/** All of ours that hold rows, partitioned ones and their parts included, but the list of migrations. */
async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        AND relname <> 'schema_migrations' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** Triggers for TRUNCATE, unlike those for rows, do not come to a partition by themselves: each gets what the whole has. */
async function guardPartitions(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION %s', t.tgname, c.relname, t.tgfoid::regprocedure) AS statement
       FROM pg_trigger t JOIN pg_inherits i ON i.inhparent = t.tgrelid JOIN pg_class c ON c.oid = i.inhrelid
      WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND t.tgtype & 32 <> 0
        AND NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = c.oid AND o.tgname = t.tgname)`,
  )
  for (const { statement } of rows) await client.query(statement)
}

type ForeignKey = { readonly table: string; readonly name: string; readonly definition: string }

async function foreignKeys(client: pg.Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(
    `SELECT c.relname AS table, conname AS name, pg_get_constraintdef(k.oid) AS definition
       FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
      WHERE k.contype = 'f' AND k.conparentid = 0 AND c.relnamespace = current_schema()::regnamespace ORDER BY 1, 2`,
  )
  return rows
}

/**
 * Who was signed in then may have signed out since, and the tokens of a browser have gone on: everybody with an account signs in again.
 * Guests have nothing but their session, so theirs stay.
 */
async function endSignIns(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('sign_ins') IS NOT NULL AS there`)
  if (rows[0]?.there !== true) return
  await client.query('DELETE FROM sign_ins')
  await client.query(`DELETE FROM sessions USING users WHERE users.id = sessions.user_id AND users.kind = 'account'`)
}

/** Whoever reads the log later sees from where on it goes on from another day. */
async function noteRestore(client: pg.Client, manifest: Manifest, { operator, replaces }: Restoring): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('audit_log') IS NOT NULL AS there`)
  if (rows[0]?.there !== true) return
  const { madeAt, atelier } = manifest
  await client.query(`SELECT make_audit_month((now() AT TIME ZONE 'UTC')::date)`)
  await client.query(
    `INSERT INTO audit_log (id, action, result, details) VALUES (gen_random_uuid(), 'server.restore', 'done', $1)`,
    [JSON.stringify({ by: operator, madeAt, atelier, schema: schemaOf(manifest), replaced: replaces })],
  )
}

async function refuseServers(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'atelier%' AND pid <> pg_backend_pid()`,
  )
  if (rows.length > 0)
    throw new BackupRefusal(
      'occupied',
      'An Atelier is using this database. Stop it first: a backup is never restored under a running server.',
    )
}

async function refuseTables(client: pg.Client): Promise<void> {
  // A server that ended before its first migration leaves an empty list of them.
  await client.query(migrationsTable)
  const { rows } = await client.query(
    `SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
        AND relname <> 'schema_migrations'
     UNION ALL SELECT FROM schema_migrations LIMIT 1`,
  )
  if (rows.length > 0)
    throw new BackupRefusal('occupied', 'This database is not empty. Give an empty one, or --replace to drop what it holds now.')
}

/** What migrations made. Roles and extensions belong to the whole PostgreSQL and stay. */
async function dropEverything(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean; any: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS there,
            EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')) AS any`,
  )
  if (rows[0]?.any === true && !rows[0].there)
    throw new BackupRefusal(
      'occupied',
      'This database holds tables of another program. --replace drops only what an Atelier made: give another database.',
    )
  const { rows: drops } = await client.query<{ statement: string }>(
    `SELECT format('DROP %s IF EXISTS %I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, relname) AS statement
       FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
     UNION ALL
     SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
      WHERE pronamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`,
  )
  for (const { statement } of drops) await client.query(statement)
}
