import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { type Blobs, isSha256 } from '../blobs/blobs.ts'
import { openFsBlobs } from '../blobs/fs-blobs.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { readMigrations } from '../db/migrations.ts'
import { type TestDatabase, testDatabase } from '../db/test-database.ts'
import { administer } from '../db/test-server.ts'
import { backupNames, keepNewest, makeBackup, refuseFullDisk } from './backup.ts'
import { isBeingBackedUp } from './backup-lock.ts'
import { openSnapshot } from './dump.ts'
import { ids, insertOldRows, newestWithRows } from './fixtures/old-rows.ts'
import { missingRows, tableRows } from './fixtures/table-rows.ts'
import { BackupRefusal } from './refusal.ts'
import { restoreBackup } from './restore.ts'
import { finishRestore } from './restoring.ts'
import { verifyBackup } from './verify.ts'

const migrations = await readMigrations()
const { signal } = new AbortController()
const now = new Date('2026-11-20T12:00:00Z')

/** A database with old rows at `schema`, and a data folder with the blobs that they name and one that nobody does. */
async function openKept(schema = newestWithRows) {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-backup-'))
  const dataFolder = join(folder, 'data')
  const db = await testDatabase({ migrations: migrations.filter(({ number }) => number <= schema) })
  await insertOldRows(db, schema)
  const keyFile = join(dataFolder, 'keys', 'blobs.json')
  const blobs = await openFsBlobs({ folder: join(dataFolder, 'blobs'), keyFile, now: Date.now })
  const content = randomBytes(150_000)
  const { sha256 } = await put(blobs, content)
  await put(blobs, randomBytes(1000))
  await db.query({
    name: 'name-blob',
    text: `UPDATE files SET sha = decode($1, 'hex') WHERE encoding = 'blob'`,
    values: [sha256],
  })
  if (schema >= 11)
    await db.query({
      name: 'name-pack',
      text: `UPDATE git_packs SET pack_sha = decode($1, 'hex'), index_sha = decode($2, 'hex')`,
      values: [(await put(blobs, randomBytes(2000))).sha256, (await put(blobs, randomBytes(300))).sha256],
    })
  const file = join(folder, 'backup.tar.zst')
  const common = { connectionString: db.connectionString, dataFolder, atelier: '0.1.0', now, signal }
  return {
    ...{ folder, dataFolder, db, file, keyFile, sha256, content },
    back: (more: Partial<Parameters<typeof makeBackup>[0]> = {}) =>
      makeBackup({ ...common, file, contents: 'everything', withKeys: true, ...more }),
    async [Symbol.asyncDispose]() {
      await db.close()
      await rm(folder, { recursive: true })
    },
  }
}

const put = (blobs: Blobs, content: Buffer) =>
  blobs.put(
    (async function* () {
      yield content
    })(),
    10_000_000,
  )

/** Into an empty database and an empty folder beside the first one. */
function restoreInto(
  kept: { file: string; folder: string },
  db: TestDatabase,
  more: Partial<Parameters<typeof restoreBackup>[0]> = {},
) {
  return restoreBackup({
    ...{
      file: kept.file,
      dataFolder: join(kept.folder, 'restored'),
      databaseUrl: db.connectionString,
      replaces: false,
      migrations,
      now,
      signal,
      operator: 'root on host',
    },
    ...more,
  })
}

const isRefusal = (reason: BackupRefusal['reason'], sentence: RegExp) => (error: unknown) => {
  assert.ok(error instanceof BackupRefusal, String(error))
  assert.equal(error.reason, reason)
  assert.match(error.message, sentence)
  return true
}

test('what was backed up is restored into an empty database and an empty folder: every row, every blob, the keys', async () => {
  await using kept = await openKept()
  const made = await kept.back()
  assert.deepEqual([made.blobs, made.missingBlobCount, made.schema], [4, 0, newestWithRows])
  assert.equal((await stat(kept.file)).mode & 0o777, 0o600)
  assert.deepEqual((await readdir(kept.folder)).sort(), ['backup.tar.zst', 'data'])

  await using empty = await testDatabase({ migrations: [] })
  await restoreInto(kept, empty)
  const before = await tableRows(kept.db)
  // Who has an account signs in again.
  before.delete('sign_ins')
  before.set(
    'sessions',
    (before.get('sessions') ?? []).filter((row) => row.includes(ids.bob)),
  )
  const after = await tableRows(empty)
  assert.deepEqual(missingRows(before, after), [])
  assert.deepEqual([after.get('sign_ins')?.length, after.get('sessions')?.length], [0, 1])

  const restored = join(kept.folder, 'restored')
  const blobs = await openFsBlobs({
    folder: join(restored, 'blobs'),
    keyFile: join(restored, 'keys', 'blobs.json'),
    now: Date.now,
  })
  assert.deepEqual(await blobs.readAll(kept.sha256), kept.content)
  assert.equal((await stat(join(restored, 'keys', 'blobs.json'))).mode & 0o777, 0o600)
})

test('after a restore foreign keys, triggers, row security and sequences work as before', async () => {
  await using kept = await openKept()
  await kept.back()
  await using empty = await testDatabase({ migrations: [] })
  await restoreInto(kept, empty)
  const shape = `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conparentid = 0 AND coninhcount = 0
    UNION SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0
    UNION ALL SELECT tablename || '.' || policyname, concat(cmd, qual, with_check) FROM pg_policies WHERE schemaname = current_schema()
    UNION ALL SELECT relname, relrowsecurity::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    ORDER BY 1, 2`
  await using fresh = await testDatabase()
  const shapeOf = async (db: TestDatabase) =>
    (await db.query<{ name: string; definition: string }>({ name: 'shape', text: shape })).rows.filter(
      ({ name }) => !/_\d|019aa/.test(name),
    )
  assert.deepEqual(await shapeOf(empty), await shapeOf(fresh))
  const insert = `INSERT INTO files (project, path, folder, version, size, sha, encoding, content)
    VALUES ($1, 'new', false, 1, 0, sha256(''), 'raw', '') RETURNING history`
  const [made] = (await empty.query<{ history: number }>({ name: 'insert', text: insert, values: [ids.project] })).rows
  const [most] = (await kept.db.query<{ most: number }>({ name: 'most', text: 'SELECT max(history) AS most FROM files' })).rows
  assert.ok((made?.history ?? 0) > (most?.most ?? Infinity), 'histories are numbered on')
  await empty.query({ name: 'delete', text: `DELETE FROM files WHERE path = 'new'` })
  const { rowCount } = await empty.query({ name: 'deleted', text: `SELECT FROM deleted_files WHERE path = 'new'` })
  assert.equal(rowCount, 1)
  await assert.rejects(empty.query({ name: 'orphan', text: insert, values: [ids.ada] }), /foreign key/)
  for (const text of ['DELETE FROM audit_log', 'TRUNCATE audit_log', 'TRUNCATE audit_log_202602'])
    await assert.rejects(empty.query({ name: text, text }), /never changed or removed/, text)
})

test('the months of the audit log are as closed after a restore as those that a migration made', async () => {
  await using kept = await openKept()
  await kept.back()
  await using fresh = await testDatabase()
  await using restored = await testDatabase({ migrations: [] })
  await restoreInto(kept, restored)
  const guards = async (db: TestDatabase) =>
    (
      await db.query<{ month: string; guards: string }>({
        name: 'guards',
        text: `SELECT c.relname AS month, string_agg(concat_ws(' ', t.tgname, t.tgtype, t.tgenabled, t.tgfoid::regproc), ', ' ORDER BY t.tgname) AS guards
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
                WHERE i.inhparent = 'audit_log'::regclass GROUP BY 1 ORDER BY 1`,
      })
    ).rows
  const [first] = await guards(fresh)
  assert.match(first?.guards ?? '', /never_emptied \d+ O refuse_audit_change.*only_added_to \d+ O refuse_audit_change/)
  const months = await guards(restored)
  for (const month of ['audit_log_202602', 'audit_log_202603'])
    assert.ok(
      months.some((each) => each.month === month),
      month,
    )
  for (const { month, guards: its } of months) assert.equal(its, first?.guards, month)
  for (const { month } of months) {
    const day = `to_date('${month.slice(-6)}', 'YYYYMM')::timestamp AT TIME ZONE 'UTC'`
    await restored.query({
      name: `fill ${month}`,
      text: `INSERT INTO audit_log (id, at, action, result) VALUES (gen_random_uuid(), ${day}, 'a.line', 'done')`,
    })
    for (const text of [`UPDATE ${month} SET user_id = NULL`, `DELETE FROM ${month}`, `TRUNCATE ${month}`])
      await assert.rejects(restored.query({ name: text, text }), /never changed or removed/, text)
  }
})

test('a restore leaves one line in the log of what it made: when, by whom, of which moment', async () => {
  await using kept = await openKept()
  await kept.back()
  const linesOf = async (db: TestDatabase) =>
    (
      await db.query<{
        user: string | null
        via: string | null
        result: string
        details: Record<string, unknown>
        recent: boolean
      }>({
        name: 'restores',
        text: `SELECT user_id AS user, via, result, details, at > now() - interval '1 hour' AS recent FROM audit_log WHERE action = 'server.restore' ORDER BY at`,
      })
    ).rows
  await using restored = await testDatabase({ migrations: [] })
  await restoreInto(kept, restored, { operator: 'ada on host7' })
  const details = {
    by: 'ada on host7',
    madeAt: '2026-11-20T12:00:00.000Z',
    atelier: '0.1.0',
    schema: newestWithRows,
    replaced: false,
  }
  assert.deepEqual(await linesOf(restored), [{ user: null, via: null, result: 'done', details, recent: true }])
  assert.deepEqual(await linesOf(kept.db), [], 'not where it was made')

  await using old = await testDatabase({ migrations: migrations.slice(0, 6) })
  await restoreInto(kept, old, { operator: 'ada on host7', replaces: true })
  assert.deepEqual(
    (await linesOf(old)).map((line) => line.details.replaced),
    [true],
  )
})

for (let schema = 4; schema < newestWithRows; schema += 1)
  test(`a backup of schema ${schema} is restored and brought to the newest`, async () => {
    await using kept = await openKept(schema)
    await kept.back()
    await using empty = await testDatabase({ migrations: [] })
    const { migrated } = await restoreInto(kept, empty)
    assert.equal(migrated, migrations.filter(({ number }) => number > schema).length)
    const before = await tableRows(kept.db)
    if (schema >= 7) for (const table of ['sign_ins', 'sessions']) before.delete(table)
    assert.deepEqual(missingRows(before, await tableRows(empty)), [])
  })

test('a backup of a newer Atelier is refused with a sentence, and nothing is changed', async () => {
  await using kept = await openKept()
  await kept.back()
  await using empty = await testDatabase({ migrations: [] })
  const older = migrations.filter(({ number }) => number < newestWithRows)
  await assert.rejects(
    restoreInto(kept, empty, { migrations: older }),
    isRefusal('newer', /made by a newer Atelier.*Restore it with the newer Atelier/),
  )
  assert.equal((await tableRows(empty)).size, 0)
  assert.deepEqual((await readdir(kept.folder)).sort(), ['backup.tar.zst', 'data'])
})

test('a database or a folder that is not empty is only restored into with --replace, and never under a running server', async () => {
  await using kept = await openKept()
  await kept.back()
  await using other = await testDatabase()
  await beside(other, async (db) => {
    await db.query({ name: 'other', text: `INSERT INTO users (id, kind) VALUES ('${ids.link}', 'guest')` })
  })
  await assert.rejects(restoreInto(kept, other), isRefusal('occupied', /not empty.*--replace/))
  const inPlace = { dataFolder: kept.dataFolder }
  await assert.rejects(restoreInto(kept, other, inPlace), isRefusal('occupied', /data in .* already.*--replace/))
  assert.equal((await tableRows(other)).get('users')?.length, 1)
  await assert.rejects(restoreInto(kept, other), isRefusal('occupied', /An Atelier is using this database/))
})

test('--replace drops the tables that an Atelier made, never those of another program, and keeps the folders of before', async () => {
  await using kept = await openKept()
  await kept.back()
  await using foreign = await testDatabase({ migrations: [] })
  await beside(foreign, async (db) => {
    await db.query({ name: 'forget', text: 'DROP TABLE schema_migrations' })
    await db.query({ name: 'make', text: 'CREATE TABLE accounts_of_a_bank (id int)' })
  })
  await assert.rejects(restoreInto(kept, foreign, { replaces: true }), isRefusal('occupied', /another program/))

  await using old = await testDatabase({ migrations: migrations.slice(0, 6) })
  await beside(old, async (db) => {
    await insertOldRows(db, 6)
    await db.query({ name: 'left', text: `UPDATE users SET name = 'Left behind'` })
  })
  await cp(kept.dataFolder, join(kept.folder, 'restored'), { recursive: true })
  const { aside } = await restoreInto(kept, old, { replaces: true })
  assert.ok(!JSON.stringify([...(await tableRows(old)).values()]).includes('Left behind'))
  assert.match(aside ?? '', /replaced-2026-11-20-12-00-00$/)
  assert.deepEqual((await readdir(aside ?? '')).sort(), ['blobs', 'keys'])
})

test('a restore that fails in the middle of the rows undoes everything', async () => {
  await using kept = await openKept()
  await kept.back()
  await using empty = await testDatabase({ migrations: [] })
  const broken = [...migrations, { number: 9000, name: 'broken', sql: 'SELECT nonsense;', sha256: 'x' }]
  await assert.rejects(restoreInto(kept, empty, { migrations: broken }), /migration 9000-broken failed/)
  assert.equal((await tableRows(empty)).size, 0)
  assert.deepEqual(await readdir(join(kept.folder, 'restored')), [])
})

test('without its keys a backup is restored only when they are given', async () => {
  await using kept = await openKept()
  await kept.back({ withKeys: false })
  await using empty = await testDatabase({ migrations: [] })
  await assert.rejects(restoreInto(kept, empty), isRefusal('no-keys', /--keys FILE/))
  const wrong = join(kept.folder, 'wrong.json')
  await writeFile(
    wrong,
    JSON.stringify({ current: '0'.repeat(16), keys: { ['0'.repeat(16)]: randomBytes(32).toString('base64') } }),
  )
  await assert.rejects(restoreInto(kept, empty, { keyFile: wrong }), isRefusal('damaged', /cannot be read with its keys/))
  await restoreInto(kept, empty, { keyFile: kept.keyFile })
  assert.deepEqual(await readFile(join(kept.folder, 'restored/keys/blobs.json')), await readFile(kept.keyFile))
})

test('a blob that was damaged on the disk is told of when a backup is verified', async () => {
  await using kept = await openKept()
  const path = join(kept.dataFolder, 'blobs', kept.sha256.slice(0, 2), kept.sha256)
  const bytes = await readFile(path)
  bytes[70_000] = (bytes[70_000] ?? 0) ^ 1
  await writeFile(path, bytes)
  await kept.back()
  assert.deepEqual((await verifyBackup({ file: kept.file, signal })).damagedBlobs, [kept.sha256])
  await using empty = await testDatabase({ migrations: [] })
  await assert.rejects(restoreInto(kept, empty), isRefusal('damaged', new RegExp(kept.sha256)))
})

test('a blob that rows name and that is not there is told of when the backup is made', async () => {
  await using kept = await openKept()
  await rm(join(kept.dataFolder, 'blobs', kept.sha256.slice(0, 2), kept.sha256))
  const { missingBlobs, missingBlobCount } = await kept.back()
  assert.deepEqual([missingBlobs, missingBlobCount], [[kept.sha256], 1])
})

test('rows that are written while a backup is made are not in it, and those that are deleted are', async () => {
  await using kept = await openKept()
  const snapshot = await openSnapshot(kept.db.connectionString)
  await kept.db.query({ name: 'add', text: `INSERT INTO users (id, kind) VALUES ('${ids.link}', 'guest')` })
  await kept.db.query({ name: 'remove', text: 'DELETE FROM sessions' })
  const counts = { rows: {} as Record<string, number>, tableBytes: 0 }
  for await (const _ of snapshot.copyTables(counts));
  await snapshot.close()
  assert.deepEqual([counts.rows.users, counts.rows.sessions], [3, 2])
})

test('a partition that is dropped while a backup is made neither waits for it nor breaks it', async () => {
  await using kept = await openKept()
  const snapshot = await openSnapshot(kept.db.connectionString)
  await kept.db.query({ name: 'drop', text: 'DROP TABLE executions_019aa' })
  const counts = { rows: {} as Record<string, number>, tableBytes: 0 }
  for await (const _ of snapshot.copyTables(counts));
  await snapshot.close()
  assert.deepEqual([counts.rows.executions_019aa, counts.rows.users], [0, 3])
})

test('while a backup is made the sweep is told so, and when its program is gone it is not', async () => {
  await using kept = await openKept()
  assert.equal(await isBeingBackedUp(kept.db), false)
  const snapshot = await openSnapshot(kept.db.connectionString)
  assert.equal(await isBeingBackedUp(kept.db), true)
  await snapshot.close()
  assert.equal(await isBeingBackedUp(kept.db), false)
})

test('a name that is taken, a folder that is missing, a full disk and a database that is away are told of, and nothing is left', async () => {
  await using kept = await openKept()
  await writeFile(kept.file, 'mine')
  await assert.rejects(kept.back(), isRefusal('occupied', /is there already/))
  assert.equal(await readFile(kept.file, 'utf8'), 'mine')
  await assert.rejects(
    kept.back({ file: join(kept.folder, 'nowhere', 'x.tar.zst') }),
    isRefusal('not-possible', /There is no folder/),
  )
  await assert.rejects(refuseFullDisk(kept.folder, 2 ** 60), isRefusal('no-room', /MB free, and about .* MB are needed/))
  await assert.rejects(
    kept.back({ connectionString: 'postgresql://atelier:x@127.0.0.1:1/atelier', file: join(kept.folder, 'other.tar.zst') }),
    isRefusal('unreachable', /does not answer/),
  )
  assert.deepEqual((await readdir(kept.folder)).sort(), ['backup.tar.zst', 'data'])
})

test('a backup that is stopped leaves no file', async () => {
  await using kept = await openKept()
  const stopped = new AbortController()
  await assert.rejects(kept.back({ signal: stopped.signal, onProgress: () => stopped.abort() }))
  assert.deepEqual(await readdir(kept.folder), ['data'])
})

test('only the newest of the backups that were named after the time are kept, and nothing else is removed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-backup-'))
  try {
    const named = ['20261118', '20261119', '20261120'].map((day) => `atelier-${day}-030000.tar.zst`)
    for (const name of [...named, 'atelier-mine.tar.zst', 'thesis.doc']) await writeFile(join(folder, name), '')
    assert.deepEqual(await keepNewest(folder, 2, backupNames), [named[0]])
    assert.deepEqual(await keepNewest(folder, 5, backupNames), [])
    assert.deepEqual(new Set(await readdir(folder)), new Set([...named.slice(1), 'atelier-mine.tar.zst', 'thesis.doc']))
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a file that was cut short changes nothing where it would be restored', async () => {
  await using kept = await openKept()
  const { sizeBytes } = await kept.back()
  await truncate(kept.file, sizeBytes - 100)
  await using empty = await testDatabase({ migrations: [] })
  await assert.rejects(restoreInto(kept, empty), isRefusal('damaged', /cut short/))
  assert.equal((await tableRows(empty)).size, 0)
  await finishRestore(join(kept.folder, 'restored'))
  assert.ok(isSha256(kept.sha256))
})

/** Over connections that are gone afterwards: a restore wants the database for itself. */
async function beside({ connectionString }: TestDatabase, work: (db: Database) => Promise<void>): Promise<void> {
  const db = openDatabase({ connectionString, log: silentLog })
  await work(db).finally(db.close)
  // PostgreSQL lets go of a connection a moment after it was closed here.
  const text = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'atelier%'`
  await administer(connectionString, async (client) => {
    while ((await client.query(text)).rowCount !== 0) await new Promise(setImmediate)
  })
}
