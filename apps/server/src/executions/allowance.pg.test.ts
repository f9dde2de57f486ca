import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { testDatabase } from '@atelier/storage/db/test-database'
import { v7 as uuidv7 } from 'uuid'
import { readTiers } from '../quotas/quota-tiers.ts'
import { createQuotas } from '../quotas/quotas.ts'
import { createAllowances } from './allowance.ts'
import { insertExecution } from './execution-rows.ts'
import { makePartitions } from './partitions.ts'

const limits = { cpuMs: 1000, wallMs: 30_000, memoryBytes: 2 ** 30, processes: 8, diskBytes: 2 ** 20, outputBytes: 2 ** 20 }
const policy = { usual: limits, most: { ...limits, wallMs: 600_000, memoryBytes: 2 ** 33 } }
const minuteMs = 60_000

async function open(tiers = '{"guest": {"executionsPerHour": 3}}') {
  const db = await testDatabase()
  const clock = { ms: Date.now() }
  const now = () => clock.ms
  await makePartitions(db, clock.ms)
  const userId = uuidv7()
  await db.query({ name: 'add', text: `INSERT INTO users (id, kind) VALUES ($1, 'guest')`, values: [userId] })
  /** A server that knows nobody yet. */
  const server = () => createAllowances({ db, now, limits: policy, quotas: createQuotas({ db, tiers: readTiers(tiers), now }) })
  const take = async (allowances = server(), user = userId) => (await allowances.of(user)).take()
  /** One that began so long ago is in the books. */
  const book = (agoMs: number) =>
    insertExecution(db, {
      ...{ id: uuidv7({ msecs: clock.ms - agoMs }), userId, projectId: null, serverKey: 1, language: 'python' },
      ...{ entryPoint: 'main.py', isolation: 'container', limits, startedAt: new Date(clock.ms - agoMs) },
    })
  return { db, clock, userId, server, take, book, [Symbol.asyncDispose]: () => db.close() }
}

const refusalOf = (promise: Promise<unknown>): Promise<Refusal> =>
  promise.then(
    () => assert.fail('it was allowed'),
    (error: unknown) => (error instanceof Refusal ? error : Promise.reject(error)),
  )

test('however many clicks come at once, an hour has as many executions as the tier says', async () => {
  await using t = await open()
  const server = t.server()
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => t.take(server)))
  assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 3)
  const refusal = await refusalOf(t.take(server))
  assert.equal(refusal.code, 'too-many-requests')
  assert.match(
    refusal.message,
    /started 3 programs within an hour, and the tier "guest" allows 3\. The next one may start in \d+ minutes/,
  )
  assert.ok((refusal.extras.retryAfterSeconds ?? 0) > 3000)
  assert.ok(await t.take(server, uuidv7()).catch(() => null), 'another user')
})

test('what was started before the server is counted, and what is an hour old is not', async () => {
  await using t = await open()
  await t.book(61 * minuteMs)
  await t.book(30 * minuteMs)
  await t.book(minuteMs)
  const server = t.server()
  await t.take(server)
  const refusal = await refusalOf(t.take(server))
  const waits = refusal.extras.retryAfterSeconds ?? 0
  assert.ok(waits > 29 * 60 && waits <= 30 * 60, `${waits}`)
  t.clock.ms += waits * 1000
  await t.take(server)
  await refusalOf(t.take(server))
})

test('what was not started after all is not counted', async () => {
  await using t = await open()
  const server = t.server()
  for (let n = 0; n < 10; n++) (await t.take(server)).giveBack()
  for (let n = 0; n < 3; n++) await t.take(server)
  await refusalOf(t.take(server))
})

test('what other servers started is noticed after a minute', async () => {
  await using t = await open()
  const server = t.server()
  await t.take(server)
  await t.book(0)
  await t.book(0)
  t.clock.ms += 61_000
  await t.take(server)
  await refusalOf(t.take(server))
})

test('a tier has limits of its own, within those of the server', async () => {
  await using t = await open(
    '{"guest": {"wallMs": 10000, "memoryBytes": 9999999999999, "executionsAtOnce": 2, "executionsPerHour": null}}',
  )
  const allowance = await t.server().of(t.userId)
  assert.deepEqual([allowance.limits.usual.wallMs, allowance.limits.most.wallMs], [10_000, 10_000])
  assert.deepEqual([allowance.limits.most.memoryBytes, allowance.atOnce], [2 ** 33, 2])
  for (let n = 0; n < 100; n++) await allowance.take()
})
