import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { testDatabase } from '@atelier/storage/db/test-database'
import { findExecution, insertExecution } from './execution-rows.ts'
import { newExecution, runningExecution } from './fixtures/rows.ts'
import { keepHouse } from './housekeeping.ts'

test('after a server has died, the next one says of its executions that the server stopped, not that they failed', async () => {
  await using db = await testDatabase()
  const { id, userId } = await runningExecution(db, { serverKey: 7 })
  await keepHouse({ db, log: silentLog, now: Date.now, serverKey: 8, retentionHours: 24 })
  const found = await findExecution(db, userId, id)
  assert.deepEqual([found?.state, found?.result?.reason], ['ended', 'infrastructure'])
  assert.match(found?.result?.message ?? '', /The server stopped .* Run it again\./)
})

test('on an empty database it makes room for what comes, and can be done any number of times', async () => {
  await using db = await testDatabase()
  for (let i = 0; i < 3; i++) await keepHouse({ db, log: silentLog, now: Date.now, serverKey: 8, retentionHours: 1 })
  await insertExecution(db, newExecution())
})
