import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Interrupts } from './interrupts.ts'

function interrupts() {
  const done: string[] = []
  const stderr = new PassThrough()
  const surroundings = { environment: {}, folder: '/', stdin: new PassThrough(), stdout: new PassThrough(), stderr }
  const taken = new Interrupts(surroundings, (signal) => done.push(`leave ${signal}`))
  const target = {
    interrupt: async () => void done.push('interrupt'),
    cancel: async () => void done.push('cancel'),
  }
  return { taken, target, done, stderr }
}

test('the first Ctrl-C is the program’s, the second stops it, the third leaves at once', () => {
  const { taken, target, done } = interrupts()
  taken.aim(target)
  for (let i = 0; i < 3; i++) taken.take('SIGINT')
  assert.deepEqual(done.slice(0, 3), ['interrupt', 'cancel', 'leave SIGINT'])
  assert.equal(taken.stoppedBy, 'SIGINT')
})

test('SIGTERM and SIGHUP stop the program', () => {
  for (const name of ['SIGTERM', 'SIGHUP'] as const) {
    const { taken, target, done } = interrupts()
    taken.aim(target)
    taken.take(name)
    assert.deepEqual([done, taken.stoppedBy], [['cancel'], name])
  }
})

test('before the program has started, the first signal gives up and the second leaves', () => {
  const { taken, done } = interrupts()
  taken.take('SIGINT')
  assert.equal(taken.beforeStart.aborted, true)
  assert.deepEqual(done, [])
  taken.take('SIGINT')
  assert.deepEqual(done, ['leave SIGINT'])
})

test('when the program cannot be told, the person is', async () => {
  const { taken, stderr } = interrupts()
  taken.aim({ interrupt: () => Promise.reject(new Error('no server')), cancel: async () => {} })
  taken.take('SIGINT')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(stderr.read()?.toString(), 'atelier: the program could not be told: no server\n')
})
