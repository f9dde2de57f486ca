import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { silentLog } from '@atelier/base/log'
import { DatabaseRefusal } from '../db/database-refusal.ts'
import { migrate, readMigrations } from '../db/migrations.ts'
import { testDatabase } from '../db/test-database.ts'
import { backUpBeforeUpgrade } from './before-upgrade.ts'
import { insertOldRows, newestWithRows } from './fixtures/old-rows.ts'
import { missingRows, tableRows } from './fixtures/table-rows.ts'
import { verifyBackup } from './verify.ts'

const migrations = await readMigrations()
const upTo = (schema: number) => migrations.filter(({ number }) => number <= schema)
const { signal } = new AbortController()

async function atSchema(schema: number) {
  const db = await testDatabase({ migrations: upTo(schema) })
  await insertOldRows(db, schema)
  return db
}

test('there are rows of earlier schemas for every table that they had', async () => {
  await using db = await atSchema(newestWithRows)
  const empty = [...(await tableRows(db))].flatMap(([table, rows]) => (rows.length === 0 ? [table] : []))
  assert.deepEqual(empty, [])
  const schemas = migrations.map(({ number }) => number)
  assert.ok(newestWithRows >= (schemas.at(-2) ?? 0), 'the newest migration is tried on rows of the schema before it')
})

for (let schema = 1; schema <= newestWithRows; schema += 1)
  test(`what was in a database of schema ${schema} is in it after the upgrade to the newest`, async () => {
    await using db = await atSchema(schema)
    const before = await tableRows(db)
    await migrate(db.connectionString, migrations, silentLog)
    assert.deepEqual(missingRows(before, await tableRows(db)), [])
    const { rows } = await db.query<{ number: number }>({
      name: 'newest',
      text: 'SELECT max(number) AS number FROM schema_migrations',
    })
    assert.equal(rows[0]?.number, migrations.at(-1)?.number)
  })

test('servers that upgrade the same data together do it once, and the data is there', async () => {
  await using db = await atSchema(5)
  const before = await tableRows(db)
  await Promise.all(Array.from({ length: 4 }, () => migrate(db.connectionString, migrations, silentLog)))
  assert.deepEqual(missingRows(before, await tableRows(db)), [])
})

test('an upgrade that is killed in the middle of a migration leaves the schema of before it, and the next start goes on', async () => {
  await using db = await atSchema(5)
  const before = await tableRows(db)
  const program = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/slow-upgrade.ts'), db.connectionString], {
    stdio: 'inherit',
  })
  const asleep = async () => {
    const text = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`
    return (await db.query({ name: 'asleep', text })).rowCount > 0
  }
  while (!(await asleep())) await delay(20)
  program.kill('SIGKILL')
  await once(program, 'close')
  await migrate(db.connectionString, migrations, silentLog)
  const after = await tableRows(db)
  assert.deepEqual(missingRows(before, after), [])
  assert.ok(!after.has('half'))
})

test('an older program refuses a newer database, with the way back, and changes nothing', async () => {
  await using db = await atSchema(newestWithRows)
  await migrate(db.connectionString, migrations, silentLog)
  const before = await tableRows(db)
  await assert.rejects(migrate(db.connectionString, upTo(5), silentLog), (error: Error) => {
    assert.ok(error instanceof DatabaseRefusal)
    assert.match(error.message, /newer Atelier.*restore a backup from before the upgrade/)
    return true
  })
  assert.deepEqual(await tableRows(db), before)
})

test('before an upgrade the database is written to a file that only its owner may read, and the last three are kept', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-upgrade-'))
  try {
    await using db = await atSchema(5)
    const { connectionString } = db
    const options = { connectionString, dataFolder, atelier: '9.9.9', log: silentLog }
    const file = await backUpBeforeUpgrade({ ...options, migrations })
    assert.match(file ?? '', /before-upgrade-[0-9-]+-from-0005\.tar\.zst$/)
    assert.equal((await stat(file ?? '')).mode & 0o777, 0o600)
    const { manifest, end } = await verifyBackup({ file: file ?? '', signal })
    assert.deepEqual([manifest.contents, manifest.migrations.length, end.rows.project_members], ['database', 5, 1])
    assert.equal(await backUpBeforeUpgrade({ ...options, migrations: upTo(5) }), null)
    await migrate(connectionString, migrations, silentLog)
    assert.equal(await backUpBeforeUpgrade({ ...options, migrations }), null)
    assert.equal((await readdir(join(dataFolder, 'backups'))).length, 1)
  } finally {
    await rm(dataFolder, { recursive: true })
  }
})

test('a new database has nothing to back up, and no folder is made for it', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-upgrade-'))
  try {
    await using db = await testDatabase({ migrations: [] })
    const { connectionString } = db
    assert.equal(await backUpBeforeUpgrade({ connectionString, dataFolder, migrations, atelier: '9.9.9', log: silentLog }), null)
    assert.deepEqual(await readdir(dataFolder), [])
  } finally {
    await rm(dataFolder, { recursive: true })
  }
})

test('an upgrade whose backup cannot be written does not begin, and says how to go on', async () => {
  await using db = await atSchema(5)
  const { connectionString } = db
  // Nothing can be made below a file.
  const dataFolder = '/dev/null/data'
  await assert.rejects(
    backUpBeforeUpgrade({ connectionString, dataFolder, migrations, atelier: '9.9.9', log: silentLog }),
    (error: Error) => {
      assert.ok(error instanceof DatabaseRefusal)
      assert.match(error.message, /ATELIER_BACKUP_BEFORE_UPGRADE=no/)
      return true
    },
  )
})
