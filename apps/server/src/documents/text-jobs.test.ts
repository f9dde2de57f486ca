import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { DamagedText } from '@atelier/text/engine'
import { TextJobs, TextThreadDied } from './text-jobs.ts'

const program = new URL('./fixtures/dying-worker.ts', import.meta.url)

test('a text thread that dies or never answers is replaced: its own question is refused, those that wait are answered', async () => {
  const jobs = new TextJobs(silentLog, { program, answerWithinMs: 5000 })
  try {
    const ask = async (text: string) => Buffer.from(await jobs.snapshotOf('crdt', text)).toString()
    const asked = ['one', 'die', 'two', 'hang', 'three'].map(ask)
    const settled = await Promise.allSettled(asked)
    assert.deepEqual(
      settled.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.constructor)),
      ['one', TextThreadDied, 'two', TextThreadDied, 'three'],
    )
    // Whoever asked for a file is told to come again, not that something is broken.
    await assert.rejects(ask('die'), { code: 'storage-unavailable', message: /nothing of it is lost/ })
  } finally {
    await jobs.close()
  }
})

test('what cannot be read is said to be damaged, and the thread goes on', async () => {
  const jobs = new TextJobs(silentLog)
  try {
    const stored = { snapshot: Uint8Array.of(255, 255), records: [] }
    await assert.rejects(jobs.compact('crdt', stored), DamagedText)
    await assert.rejects(jobs.compact('ot', stored), DamagedText)
    const snapshot = await jobs.snapshotOf('crdt', 'text')
    assert.equal((await jobs.compact('crdt', { snapshot, records: [] })).text, 'text')
  } finally {
    await jobs.close()
  }
})

test('after its end nothing is taken, and whoever waits is told', async () => {
  const jobs = new TextJobs(silentLog, { program })
  const waiting = Promise.allSettled([jobs.snapshotOf('crdt', 'one'), jobs.snapshotOf('crdt', 'two')])
  await jobs.close()
  for (const each of await waiting) assert.equal(each.status, 'rejected')
  await assert.rejects(jobs.snapshotOf('crdt', 'three'), TextThreadDied)
})
