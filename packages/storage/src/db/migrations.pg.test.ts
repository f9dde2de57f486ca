import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Migration, migrate, readMigrations } from './migrations.ts'
import { type TestDatabase, testDatabase } from './test-database.ts'

const users = migration(1, 'users', 'CREATE TABLE users (id int); INSERT INTO users VALUES (1);')
const names = migration(2, 'names', 'ALTER TABLE users ADD COLUMN name text;')

function migration(number: number, name: string, sql: string): Migration {
  return { number, name, sql, sha256: `checksum of ${sql}` }
}

const bring = (db: TestDatabase, ...list: Migration[]) => migrate(db.connectionString, list, silentLog)

async function applied(db: TestDatabase): Promise<number[]> {
  const { rows } = await db.query<{ number: number }>({
    name: 'applied',
    text: 'SELECT number FROM schema_migrations ORDER BY number',
  })
  return rows.map((row) => row.number)
}

test('what is missing is applied in order, once', async () => {
  await using db = await testDatabase({ migrations: [] })
  await bring(db, users)
  await bring(db, users, names)
  await bring(db, users, names)
  assert.deepEqual(await applied(db), [1, 2])
  assert.deepEqual((await db.query({ name: 'users', text: 'SELECT * FROM users' })).rows, [{ id: 1, name: null }])
})

test('servers that start together apply each file once', async () => {
  await using db = await testDatabase({ migrations: [] })
  await Promise.all(Array.from({ length: 6 }, () => bring(db, users, names)))
  assert.equal((await db.query({ name: 'users', text: 'SELECT * FROM users' })).rowCount, 1)
})

test('a file that fails leaves no trace, and the ones before it stay', async () => {
  await using db = await testDatabase({ migrations: [] })
  const broken = migration(2, 'broken', 'CREATE TABLE half (id int); SELECT nonsense;')
  await assert.rejects(bring(db, users, broken), /migration 0002-broken failed/)
  assert.deepEqual(await applied(db), [1])
  assert.deepEqual((await db.query({ name: 'half', text: "SELECT to_regclass('half') AS half" })).rows, [{ half: null }])
})

test('an applied file that was changed is refused', async () => {
  await using db = await testDatabase({ migrations: [] })
  await bring(db, users)
  await assert.rejects(bring(db, migration(1, 'users', 'CREATE TABLE users (id bigint);')), DatabaseRefusal)
})

test('a database of a newer Atelier is refused with a sentence that names both', async () => {
  await using db = await testDatabase({ migrations: [] })
  await bring(db, users, names)
  await assert.rejects(bring(db, users), (error: Error) => {
    assert.ok(error instanceof DatabaseRefusal)
    assert.match(error.message, /newer Atelier.*0002-names.*0001-users/)
    return true
  })
})

test('a file with a number below an applied one is refused', async () => {
  await using db = await testDatabase({ migrations: [] })
  await bring(db, users, migration(3, 'later', 'SELECT 1;'))
  await assert.rejects(bring(db, users, names, migration(3, 'later', 'SELECT 1;')), /0002-names comes too late/)
})

test('the files of the project have good names, no number twice, and apply to an empty database', async () => {
  await using db = await testDatabase()
  const files = await readMigrations()
  assert.deepEqual(
    await applied(db),
    files.map((each) => each.number),
  )
})

test('people and projects from before members are still theirs: everybody gets a name, and nobody gets in', async () => {
  const files = await readMigrations()
  await using db = await testDatabase({ migrations: files.filter(({ number }) => number < 5) })
  const [user, project] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002']
  await db.query({ name: 'user', text: `INSERT INTO users (id, kind) VALUES ($1, 'guest')`, values: [user] })
  await db.query({
    name: 'project',
    text: `INSERT INTO projects (id, owner, name) VALUES ($1, $2, 'Old')`,
    values: [project, user],
  })
  await bring(db, ...files)
  assert.deepEqual((await db.query({ name: 'users', text: 'SELECT id, name FROM users' })).rows, [{ id: user, name: 'Guest' }])
  assert.deepEqual((await db.query({ name: 'projects', text: 'SELECT id, owner, name FROM projects' })).rows, [
    { id: project, owner: user, name: 'Old' },
  ])
  assert.equal((await db.query({ name: 'members', text: 'SELECT FROM project_members' })).rowCount, 0)
  await assert.rejects(
    db.query({
      name: 'second-owner',
      text: `INSERT INTO project_members (project, user_id, role) VALUES ($1, $2, 'owner')`,
      values: [project, user],
    }),
    /project_members_role_check/,
  )
})
