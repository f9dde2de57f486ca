import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, Refusal } from '@atelier/protocol/errors'
import type { Database } from '@atelier/storage/db/database'
import { testDatabase } from '@atelier/storage/db/test-database'
import { v7 as uuidv7 } from 'uuid'
import { checkKey, forgetOldKeys, releaseKey, takeKey as takeKeyOf } from '../accounts/idempotency.ts'
import { runningExecution } from './fixtures/rows.ts'

const isRefusal = (code: ErrorCode) => (error: unknown) => error instanceof Refusal && error.code === code
const [ada, bob] = [uuidv7(), uuidv7()]
const body = { files: [{ path: 'main.py', content: 'print(1)' }] }

const takeKey = (db: Database, userId: string, key: string, body: unknown, madeId: string) =>
  takeKeyOf(db, { userId, key, body, madeId, queueWaitMs: 10_000 })

const age = (db: Database, seconds: number) =>
  db.query({
    name: 'age',
    text: 'UPDATE idempotency_keys SET created_at = created_at - make_interval(secs => $1)',
    values: [seconds],
  })

test('a repeated request gets the execution of the first', async () => {
  await using db = await testDatabase()
  const { id } = await runningExecution(db)
  assert.deepEqual(await takeKey(db, ada, 'k', body, id), { kind: 'taken' })
  for (let i = 0; i < 3; i++) assert.deepEqual(await takeKey(db, ada, 'k', body, uuidv7()), { kind: 'replay', madeId: id })
  await age(db, 3600)
  assert.deepEqual(await takeKey(db, ada, 'k', body, uuidv7()), { kind: 'replay', madeId: id })
})

test('the same key with another request is refused', async () => {
  await using db = await testDatabase()
  const { id } = await runningExecution(db)
  await takeKey(db, ada, 'k', body, id)
  await assert.rejects(takeKey(db, ada, 'k', { ...body, args: ['x'] }, uuidv7()), isRefusal('idempotency-mismatch'))
})

test('a key belongs to its user', async () => {
  await using db = await testDatabase()
  await takeKey(db, ada, 'k', body, uuidv7())
  assert.deepEqual(await takeKey(db, bob, 'k', { other: true }, uuidv7()), { kind: 'taken' })
})

test('while the first request is being worked on, a repeated one is asked to wait', async () => {
  await using db = await testDatabase()
  await takeKey(db, ada, 'k', body, uuidv7())
  await assert.rejects(
    takeKey(db, ada, 'k', body, uuidv7()),
    (error) => isRefusal('request-in-flight')(error) && error instanceof Refusal && error.extras.retryAfterSeconds === 1,
  )
})

test('a request that may wait in the queue for ten minutes keeps its key for as long', async () => {
  await using db = await testDatabase()
  const wait = { userId: ada, key: 'k', body, queueWaitMs: 600_000 }
  await takeKeyOf(db, { ...wait, madeId: uuidv7() })
  await age(db, 590)
  await assert.rejects(takeKeyOf(db, { ...wait, madeId: uuidv7() }), isRefusal('request-in-flight'))
})

test('a key that was given back is free, and only its own request can give it back', async () => {
  await using db = await testDatabase()
  const [first, second] = [uuidv7(), uuidv7()]
  await takeKey(db, ada, 'k', body, first)
  await releaseKey(db, ada, 'k', first)
  assert.deepEqual(await takeKey(db, ada, 'k', { other: true }, second), { kind: 'taken' })
  await releaseKey(db, ada, 'k', first)
  await assert.rejects(takeKey(db, ada, 'k', { other: true }, uuidv7()), isRefusal('request-in-flight'))
})

test('the key of a request that died with its server before anything ran is free again', async () => {
  await using db = await testDatabase()
  await takeKey(db, ada, 'k', body, uuidv7())
  await age(db, 3600)
  assert.deepEqual(await takeKey(db, ada, 'k', body, uuidv7()), { kind: 'taken' })
  await assert.rejects(takeKey(db, ada, 'k', body, uuidv7()), isRefusal('request-in-flight'))
})

test('of many requests that arrive at the same moment exactly one runs', async () => {
  await using db = await testDatabase()
  const outcomesOf = (attempts: Promise<unknown>[]) =>
    Promise.all(
      attempts.map((attempt) =>
        attempt.then(
          (hold) => (hold as { kind: string }).kind,
          (error: unknown) => (error as Refusal).code,
        ),
      ),
    )
  for (let round = 0; round < 40; round++) {
    const outcomes = await outcomesOf(Array.from({ length: 8 }, () => takeKey(db, ada, `k${round}`, body, uuidv7())))
    assert.equal(outcomes.filter((outcome) => outcome === 'taken').length, 1, `round ${round}: ${outcomes.join(', ')}`)
    assert.equal(outcomes.filter((outcome) => outcome === 'request-in-flight').length, 7)
  }
})

test('keys are forgotten when their executions are', async () => {
  await using db = await testDatabase()
  await takeKey(db, ada, 'old', body, uuidv7())
  await age(db, 25 * 3600)
  await takeKey(db, ada, 'new', body, uuidv7())
  await forgetOldKeys(db, 24)
  const { rows } = await db.query<{ key: string }>({ name: 'keys', text: 'SELECT key FROM idempotency_keys' })
  assert.deepEqual(rows, [{ key: 'new' }])
})

test('a key is visible ASCII of a sensible length', () => {
  for (const key of ['a', 'x'.repeat(255), '{"a":1}', uuidv7()]) assert.equal(checkKey(key), key)
  for (const key of ['', ' ', 'a b', 'a, b', 'x'.repeat(256), 'é', 'a\n', '\u0000'])
    assert.throws(() => checkKey(key), isRefusal('idempotency-key-invalid'))
})
