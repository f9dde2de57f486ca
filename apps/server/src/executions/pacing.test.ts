import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Brake, Pacer } from './pacing.ts'

/** A pacer over 1000 kept bytes whose reader and log are what the test says. */
function pacing(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const asked: string[] = []
  const state: { backlog: number | null; size: number } = { backlog: null, size: 0 }
  const brake = new Brake(
    () => asked.push('pause'),
    () => asked.push('resume'),
  )
  const pacer = new Pacer({
    ...{ brake, keptBytes: 1000, wallMs: 30_000 },
    ...{ backlogBytes: () => state.backlog, sizeBytes: () => state.size },
  })
  return { asked, state, brake, pacer, tick: (ms: number) => t.mock.timers.tick(ms) }
}

test('a program waits while its reader is far behind, and goes on when it has nearly caught up', (t) => {
  const { asked, state, pacer, tick } = pacing(t)
  state.backlog = 500
  pacer.check()
  assert.deepEqual(asked, [])
  state.backlog = 501
  pacer.check()
  pacer.check()
  assert.deepEqual(asked, ['pause'])
  state.backlog = 251
  tick(160)
  assert.deepEqual(asked, ['pause'])
  state.backlog = 250
  tick(16)
  assert.deepEqual(asked, ['pause', 'resume'])
  pacer.stop()
})

test('it waits two seconds for its first reader, and not at all for those who have left', (t) => {
  const { asked, state, pacer, tick } = pacing(t)
  state.size = 900
  pacer.check()
  assert.deepEqual(asked, ['pause'])
  tick(2016)
  assert.deepEqual(asked, ['pause', 'resume'])
  pacer.check()
  state.backlog = 0
  pacer.check()
  assert.deepEqual(asked, ['pause', 'resume'])
  pacer.stop()
})

test('its time limit frees it, and so does being stopped', (t) => {
  const { asked, state, pacer, tick } = pacing(t)
  state.backlog = 1000
  pacer.check()
  tick(30_000)
  pacer.check()
  assert.deepEqual(asked, ['pause', 'resume'])
  pacer.stop()
  assert.deepEqual(asked, ['pause', 'resume'])
})

test('who is held for two reasons goes on when both are gone', (t) => {
  const { asked, state, brake, pacer } = pacing(t)
  state.backlog = 1000
  pacer.check()
  brake.hold('many reads')
  pacer.stop()
  assert.deepEqual(asked, ['pause'])
  brake.release('many reads')
  brake.release('many reads')
  assert.deepEqual(asked, ['pause', 'resume'])
})
