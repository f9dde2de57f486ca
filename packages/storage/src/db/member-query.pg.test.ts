import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { openDatabase, type Queries } from './database.ts'
import { testDatabase } from './test-database.ts'

const noMigrations = { migrations: [] }
const someone = '0190a7e0-0000-7000-8000-000000000001'
const somebodyElse = '0190a7e0-0000-7000-8000-000000000002'

const whoAmI = {
  name: 'who-am-i',
  text: `SELECT current_user AS role, nullif(current_setting('atelier.user', true), '') AS person, pg_backend_pid() AS pid`,
}
async function identityIn(queries: Queries): Promise<{ role: string; person: string | null }> {
  const { rows } = await queries.query<{ role: string; person: string | null; pid: number }>(whoAmI)
  return { role: rows[0]?.role ?? '', person: rows[0]?.person ?? null }
}
const owner = { role: 'atelier', person: null }
const asSomeone = { role: 'atelier_member', person: someone }

/** With one connection: whoever comes next has the one that was just used. */
async function oneConnection(statementTimeoutMs = 15_000) {
  const db = await testDatabase(noMigrations)
  const { connectionString } = db
  const single = openDatabase({
    ...{ connectionString, log: silentLog, memberRole: 'atelier_member', poolSize: 1, statementTimeoutMs },
  })
  return {
    single,
    db,
    async [Symbol.asyncDispose]() {
      await single.close()
      await db.close()
    },
  }
}

test('a statement runs as a member with the user it is given, and the connection is the owner’s again', async () => {
  await using each = await oneConnection()
  assert.deepEqual(await identityIn(each.single.as(someone)), asSomeone)
  assert.deepEqual(await identityIn(each.single), owner)
  assert.deepEqual(await identityIn(each.single.as(somebodyElse)), { ...asSomeone, person: somebodyElse })
  assert.deepEqual(await identityIn(each.single), owner)
})

test('rows, their number and values are those of any other statement, also the second time', async () => {
  await using each = await oneConnection()
  const statement = {
    name: 'numbers',
    text: 'SELECT n, $2::bytea AS bytes FROM generate_series(1, $1::int) n',
    values: [3, Buffer.of(0, 255)],
  }
  const rows = [1, 2, 3].map((n) => ({ n, bytes: Buffer.of(0, 255) }))
  for (let time = 0; time < 3; time++) assert.deepEqual(await each.single.as(someone).query(statement), { rows, rowCount: 3 })
  assert.deepEqual(await each.single.query(statement), { rows, rowCount: 3 })
  assert.deepEqual(await each.single.as(someone).query({ name: 'none', text: 'SELECT 1 WHERE false' }), { rows: [], rowCount: 0 })
})

test('what a member changes is committed, and what fails is undone', async () => {
  await using each = await oneConnection()
  await each.db.query({ name: 'notes', text: 'CREATE TABLE notes (n int CHECK (n > 0))' })
  await each.db.query({ name: 'grant', text: 'GRANT SELECT, INSERT ON notes TO atelier_member' })
  const insert = (n: number) => ({ name: 'insert-note', text: 'INSERT INTO notes VALUES ($1)', values: [n] })
  assert.equal((await each.single.as(someone).query(insert(1))).rowCount, 1)
  await assert.rejects(each.single.as(someone).query(insert(0)), { code: '23514' })
  await each.single.as(someone).transaction(async (queries) => {
    await queries.query(insert(2))
    await queries.query(insert(3))
  })
  await assert.rejects(
    each.single.as(someone).transaction(async (queries) => {
      await queries.query(insert(4))
      await queries.query(insert(0))
    }),
    { code: '23514' },
  )
  assert.deepEqual((await each.single.query({ name: 'notes-all', text: 'SELECT n FROM notes ORDER BY n' })).rows, [
    { n: 1 },
    { n: 2 },
    { n: 3 },
  ])
})

test('a transaction is the member’s to its end and not after, committed or undone', async () => {
  await using each = await oneConnection()
  await each.single.as(someone).transaction(async (queries) => {
    assert.deepEqual([await identityIn(queries), await identityIn(queries)], [asSomeone, asSomeone])
  })
  assert.deepEqual(await identityIn(each.single), owner)
  await assert.rejects(
    each.single.as(someone).transaction(async () => {
      throw new Error('changed my mind')
    }),
    /changed my mind/,
  )
  assert.deepEqual(await identityIn(each.single), owner)
})

test('after an error, a time-out, a cancelled or a broken statement the next one is the owner’s, and the next member’s their own', async () => {
  await using each = await oneConnection(300)
  const failing = [
    { name: 'zero', text: 'SELECT 1 / 0' },
    { name: 'grammar', text: 'SELEC 1' },
    { name: 'table', text: 'SELECT * FROM nothing_of_that_name' },
    { name: 'sleep', text: 'SELECT pg_sleep(30)' },
    { name: 'cancel', text: 'SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(30)' },
    { name: 'value', text: 'SELECT $1::int', values: ['no number'] },
    { name: 'late', text: `SELECT n, 1 / (3000 - n) FROM generate_series(1, 4000) n` },
  ]
  for (const statement of failing) {
    const isolated = each.single.as(someone)
    await assert.rejects(isolated.query(statement), statement.name)
    assert.deepEqual(await identityIn(each.single), owner, statement.name)
    await assert.rejects(
      isolated.transaction((queries) => queries.query(statement)),
      statement.name,
    )
    assert.deepEqual(await identityIn(each.single), owner, statement.name)
    assert.deepEqual(await identityIn(each.single.as(somebodyElse)), { ...asSomeone, person: somebodyElse })
  }
})

test('whoever cannot become a member does not run as the owner instead', async () => {
  await using db = await testDatabase(noMigrations)
  const { connectionString } = db
  await using single = openDatabase({ connectionString, log: silentLog, memberRole: 'nobody_at_all', poolSize: 1 })
  await assert.rejects(identityIn(single.as(someone)), /role "nobody_at_all" does not exist/)
  await assert.rejects(single.as(someone).transaction(identityIn), /role "nobody_at_all" does not exist/)
  assert.deepEqual(await identityIn(single), owner)
})

test('many members at once on a few connections are each themselves', async () => {
  await using db = await testDatabase(noMigrations)
  const ids = Array.from({ length: 200 }, (_, n) => `0190a7e0-0000-7000-8000-${String(n).padStart(12, '0')}`)
  const found = await Promise.all(
    ids.map(async (id, n) => {
      const { person, role } = await identityIn(n % 3 === 0 ? db : db.as(id))
      return [role, person]
    }),
  )
  assert.deepEqual(
    found,
    ids.map((id, n) => (n % 3 === 0 ? ['atelier', null] : ['atelier_member', id])),
  )
})
