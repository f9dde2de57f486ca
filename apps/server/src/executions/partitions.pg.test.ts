import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import { v7 as uuidv7 } from 'uuid'
import { findExecution, finishExecution, insertExecution } from './execution-rows.ts'
import { exampleResult, newExecution } from './fixtures/rows.ts'
import { dropOldPartitions, makePartitions } from './partitions.ts'

const hourMs = 3600 * 1000
const dayMs = 24 * hourMs
const now = Date.UTC(2026, 1, 28, 23, 59, 59, 999)

test('there is room for executions from now on until tomorrow, and making it again changes nothing', async () => {
  await using db = await testDatabase()
  await makePartitions(db, now)
  await makePartitions(db, now)
  for (let at = now - hourMs; at <= now + dayMs; at += hourMs)
    await insertExecution(db, newExecution({ id: uuidv7({ msecs: at }) }))
  for (const edge of [Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 1) - 1, Date.UTC(2026, 2, 1, 6)])
    await insertExecution(db, newExecution({ id: uuidv7({ msecs: edge }) }))
})

test('a minute of every ten is enough to make room without a gap, across the ends of months and years', async () => {
  await using db = await testDatabase()
  for (let at = Date.UTC(2027, 11, 30); at < Date.UTC(2028, 0, 2); at += 23 * hourMs) await makePartitions(db, at)
  for (let at = Date.UTC(2027, 11, 30); at < Date.UTC(2028, 0, 2); at += 5 * hourMs)
    await insertExecution(db, newExecution({ id: uuidv7({ msecs: at }) }))
})

test('two servers that start at once both find their room made', async () => {
  await using db = await testDatabase()
  for (let round = 0; round < 5; round++)
    await Promise.all(Array.from({ length: 6 }, () => makePartitions(db, now + round * 2 * dayMs)))
})

test('what is older than the retention is purged by dropping whole partitions, with its output; nothing newer is', async () => {
  await using db = await testDatabase()
  const kept: { id: string; userId: string }[] = []
  const purged: { id: string; userId: string }[] = []
  for (const [ageMs, place] of [
    [0, kept],
    [23 * hourMs, kept],
    [31 * hourMs, purged],
    [5 * dayMs, purged],
  ] as const) {
    await makePartitions(db, now - ageMs)
    const execution = newExecution({ id: uuidv7({ msecs: now - ageMs }) })
    await insertExecution(db, execution)
    await finishExecution(db, {
      execution,
      endedAt: new Date(),
      result: exampleResult,
      events: ['{}'],
      firstSeq: 1,
      droppedBytes: 0,
    })
    place.push(execution)
  }
  const dropped = await dropOldPartitions(db, now, dayMs)
  assert.ok(dropped.length > 0 && dropped.length % 3 === 0)
  for (const { userId, id } of kept) assert.notEqual(await findExecution(db, userId, id), null)
  for (const { userId, id } of purged) assert.equal(await findExecution(db, userId, id), null)
  const { rows } = await db.query<{ count: number }>({
    name: 'count-chunks',
    text: 'SELECT count(*)::int AS count FROM execution_chunks',
  })
  assert.equal(rows[0]?.count, kept.length)
  assert.deepEqual(await dropOldPartitions(db, now, dayMs), [])
})

test('whatever is a retention old is still there', async () => {
  await using db = await testDatabase()
  for (let ageMs = 0; ageMs < dayMs; ageMs += hourMs) {
    await makePartitions(db, now - ageMs)
    await insertExecution(db, newExecution({ id: uuidv7({ msecs: now - ageMs }) }))
  }
  await dropOldPartitions(db, now, dayMs)
  const { rows } = await db.query<{ count: number }>({
    name: 'count-executions',
    text: 'SELECT count(*)::int AS count FROM executions',
  })
  assert.equal(rows[0]?.count, 24)
})
