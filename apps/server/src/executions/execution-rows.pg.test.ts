import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { endAbandoned, findEvents, findExecution, finishExecution, listExecutions } from './execution-rows.ts'
import { exampleLimits, exampleResult, newExecution, runningExecution } from './fixtures/rows.ts'
import { makePartitions } from './partitions.ts'

const aborted = { ...exampleResult, reason: 'infrastructure' as const, exitCode: null }
const outputEvent = (data: string) =>
  JSON.stringify({ type: 'output', seq: 5, stage: 'run', stream: 'stdout', data, encoding: 'utf8' })

test('an execution is kept while it runs, for its user only', async () => {
  await using db = await testDatabase()
  const projectId = uuidv7()
  const { id, userId, startedAt } = await runningExecution(db, { projectId })
  const found = await findExecution(db, userId, id)
  assert.deepEqual(found, {
    ...{
      id,
      projectId,
      state: 'running',
      language: 'python',
      entryPoint: 'main.py',
      isolation: 'container',
      limits: exampleLimits,
    },
    ...{ createdAt: found?.createdAt, startedAt: startedAt.toISOString(), endedAt: null, result: null },
  })
  assert.ok(Math.abs(Date.parse(found.createdAt) - startedAt.getTime()) < 60_000)
  assert.equal(await findExecution(db, uuidv7(), id), null)
  assert.equal(await findExecution(db, userId, uuidv7()), null)
})

test('the end is kept with the output, byte for byte, even NUL and broken characters', async () => {
  await using db = await testDatabase()
  const execution = await runningExecution(db)
  const { id, userId } = execution
  const data = 'a\u0000b\ud800 é 👩‍💻'
  const endedAt = new Date()
  await finishExecution(db, {
    execution,
    endedAt,
    result: exampleResult,
    events: [outputEvent(data)],
    firstSeq: 5,
    droppedBytes: 7,
  })
  const found = await findExecution(db, userId, id)
  assert.deepEqual([found?.state, found?.endedAt, found?.result], ['ended', endedAt.toISOString(), exampleResult])
  const kept = await findEvents(db, id)
  assert.equal(kept.droppedBytes, 7)
  assert.deepEqual(kept.events, [JSON.parse(outputEvent(data))])
})

test('the first end counts: writing another one changes nothing', async () => {
  await using db = await testDatabase()
  const execution = await runningExecution(db)
  const { id, userId } = execution
  const end = {
    execution,
    endedAt: new Date(),
    result: exampleResult,
    events: [outputEvent('one')],
    firstSeq: 5,
    droppedBytes: 0,
  }
  await finishExecution(db, end)
  await finishExecution(db, { ...end, result: aborted, events: [outputEvent('two')] })
  assert.deepEqual((await findExecution(db, userId, id))?.result, exampleResult)
  assert.deepEqual((await findEvents(db, id)).events, [JSON.parse(outputEvent('one'))])
})

test('an execution whose row was lost with the database’s last half second is written with its end', async () => {
  await using db = await testDatabase()
  await makePartitions(db, Date.now())
  const execution = newExecution()
  await finishExecution(db, { execution, endedAt: new Date(), result: exampleResult, events: [], firstSeq: 1, droppedBytes: 0 })
  const found = await findExecution(db, execution.userId, execution.id)
  assert.deepEqual([found?.state, found?.result, found?.isolation], ['ended', exampleResult, 'container'])
})

test('a list shows the newest first and goes on where the page before ended', async () => {
  await using db = await testDatabase()
  const userId = uuidv7()
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.unshift((await runningExecution(db, { userId })).id)
  await runningExecution(db)
  const first = await listExecutions(db, userId, 2, null)
  const rest = await listExecutions(db, userId, 10, first.at(-1)?.id ?? null)
  assert.deepEqual(
    [...first, ...rest].map((each) => each.id),
    ids,
  )
})

test('what a dead server left unfinished is ended; what a living server runs is not', async () => {
  await using db = await testDatabase()
  const [own, alive, dead] = [2 ** 46 + 1, 2 ** 33 + 5, 7]
  const living = new pg.Client({ connectionString: db.connectionString })
  await living.connect()
  try {
    await living.query('SELECT pg_advisory_lock($1)', [alive])
    const ours = await runningExecution(db, { serverKey: own })
    const theirs = await runningExecution(db, { serverKey: alive })
    const left = await runningExecution(db, { serverKey: dead })
    const done = await runningExecution(db, { serverKey: dead })
    await finishExecution(db, {
      execution: done,
      endedAt: new Date(),
      result: exampleResult,
      events: [],
      firstSeq: 1,
      droppedBytes: 0,
    })

    assert.equal(await endAbandoned(db, own, aborted), 1)
    const stateOf = async ({ id, userId }: { id: string; userId: string }) => (await findExecution(db, userId, id))?.state
    assert.deepEqual(await Promise.all([ours, theirs, left].map(stateOf)), ['running', 'running', 'ended'])
    assert.deepEqual((await findExecution(db, left.userId, left.id))?.result, aborted)
    assert.deepEqual((await findExecution(db, done.userId, done.id))?.result, exampleResult)
    assert.equal(await endAbandoned(db, own, aborted), 0)
  } finally {
    await living.end()
  }
})

test('a lock on the same number in another database does not keep a dead server alive', async () => {
  await using db = await testDatabase()
  await using other = await testDatabase()
  const elsewhere = new pg.Client({ connectionString: other.connectionString })
  await elsewhere.connect()
  try {
    await elsewhere.query('SELECT pg_advisory_lock(99)')
    await runningExecution(db, { serverKey: 99 })
    assert.equal(await endAbandoned(db, 1, aborted), 1)
  } finally {
    await elsewhere.end()
  }
})

test('the kept output of an abandoned execution reads as ended', async () => {
  await using db = await testDatabase()
  const { id } = await runningExecution(db, { serverKey: 7 })
  await endAbandoned(db, 1, aborted)
  assert.deepEqual(await findEvents(db, id), { events: [], droppedBytes: 0 })
})
