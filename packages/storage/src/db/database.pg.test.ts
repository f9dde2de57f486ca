import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from './test-database.ts'

const noMigrations = { migrations: [] }

test('a statement returns its rows, and how many there were', async () => {
  await using db = await testDatabase(noMigrations)
  const result = await db.query<{ sum: number }>({ name: 'sum', text: 'SELECT $1::int + $2::int AS sum', values: [2, 3] })
  assert.deepEqual(result, { rows: [{ sum: 5 }], rowCount: 1 })
})

test('bytes, numbers, times and ids arrive as JavaScript values', async () => {
  await using db = await testDatabase(noMigrations)
  const text = `SELECT $1::bytea AS bytes, 42::int8 AS big, -7::int4 AS small, true AS yes, 'héllo' AS word,
    '2026-11-20T06:00:00.123Z'::timestamptz AS at, '0190a7e0-0000-7000-8000-000000000001'::uuid AS id, null::text AS nothing`
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const { rows } = await db.query({ name: 'kinds', text, values: [everyByte] })
  assert.deepEqual(rows[0], {
    bytes: everyByte,
    big: 42,
    small: -7,
    yes: true,
    word: 'héllo',
    at: new Date('2026-11-20T06:00:00.123Z'),
    id: '0190a7e0-0000-7000-8000-000000000001',
    nothing: null,
  })
})

test('a bigint beyond 2^53 is an error, not a rounded number', async () => {
  await using db = await testDatabase(noMigrations)
  await assert.rejects(db.query({ name: 'huge', text: 'SELECT 9007199254740993::int8 AS huge' }), /does not fit/)
})

test('a transaction that rejects leaves nothing, one that resolves leaves everything', async () => {
  await using db = await testDatabase(noMigrations)
  await db.query({ name: 'create', text: 'CREATE TABLE notes (text text)' })
  const insert = { name: 'insert', text: "INSERT INTO notes VALUES ('kept')" }
  await assert.rejects(
    db.transaction(async (queries) => {
      await queries.query(insert)
      throw new Error('changed my mind')
    }),
    /changed my mind/,
  )
  await db.transaction((queries) => queries.query(insert))
  const { rows } = await db.query({ name: 'all', text: 'SELECT text FROM notes' })
  assert.deepEqual(rows, [{ text: 'kept' }])
})

test('a transaction whose connection is cut rejects, and the pool goes on with a new one', async () => {
  await using db = await testDatabase(noMigrations)
  await assert.rejects(
    db.transaction(async (queries) => {
      const { rows } = await queries.query<{ pid: number }>({ name: 'pid', text: 'SELECT pg_backend_pid() AS pid' })
      await db.query({ name: 'cut', text: 'SELECT pg_terminate_backend($1)', values: [rows[0]?.pid] })
      await queries.query({ name: 'more', text: 'SELECT 1' })
    }),
  )
  assert.equal((await db.query({ name: 'after', text: 'SELECT 1' })).rowCount, 1)
})

test('each test database is private', async () => {
  await using one = await testDatabase(noMigrations)
  await using two = await testDatabase(noMigrations)
  await one.query({ name: 'create', text: 'CREATE TABLE mine (id int)' })
  const { rows } = await two.query({ name: 'find', text: "SELECT to_regclass('mine') AS mine" })
  assert.deepEqual(rows, [{ mine: null }])
})
