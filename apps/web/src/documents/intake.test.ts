import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Intake } from './intake.ts'

function intakeOf(t: TestContext, isSeen: () => boolean = () => true) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const taken: string[] = []
  const intake = new Intake<string>({
    take: (frames) => taken.push(frames.join(' ')),
    bytesOf: (frame) => frame.length,
    mayWait: isSeen,
    nowMs: () => Date.now(),
  })
  return { intake, taken, pass: (ms: number) => t.mock.timers.tick(ms) }
}

test('what comes after a rest is taken at once, what follows within a moment together, in its order', (t) => {
  const { intake, taken, pass } = intakeOf(t)
  intake.add('a')
  assert.deepEqual(taken, ['a'])
  intake.add('b')
  pass(49)
  intake.add('c')
  assert.deepEqual(taken, ['a'])
  pass(1)
  assert.deepEqual(taken, ['a', 'b c'])
  intake.add('d')
  pass(50)
  assert.deepEqual(taken, ['a', 'b c', 'd'])
  pass(50)
  intake.add('e')
  assert.deepEqual(taken, ['a', 'b c', 'd', 'e'])
})

test('what waits can be taken now, and never twice', (t) => {
  const { intake, taken, pass } = intakeOf(t)
  for (const frame of ['a', 'b', 'c']) intake.add(frame)
  intake.takeNow()
  intake.takeNow()
  assert.deepEqual(taken, ['a', 'b c'])
  intake.add('d')
  intake.end()
  pass(1000)
  assert.deepEqual(taken, ['a', 'b c'])
})

test('a key that is pressed here is painted before anything is taken in, and whoever types without a pause waits for nobody', (t) => {
  const { intake, taken, pass } = intakeOf(t)
  intake.letPaint()
  intake.add('a')
  assert.deepEqual(taken, [])
  pass(20)
  assert.deepEqual(taken, ['a'])
  pass(40)
  intake.add('b')
  intake.letPaint()
  pass(19)
  assert.deepEqual(taken, ['a'])
  pass(1)
  assert.deepEqual(taken, ['a', 'b'])
  pass(50)
  let waitedMs = 0
  intake.letPaint()
  for (intake.add('c'); taken.length === 2; waitedMs += 5) {
    intake.letPaint()
    pass(5)
  }
  assert.equal(waitedMs, 100)
})

test('nothing waits in a page that nobody sees, and what is much is taken early', (t) => {
  let isSeen = true
  const { intake, taken } = intakeOf(t, () => isSeen)
  for (const frame of ['a', 'b']) intake.add(frame)
  isSeen = false
  intake.add('c')
  intake.add('d')
  assert.deepEqual(taken, ['a', 'b c', 'd'])
  isSeen = true
  intake.add('e')
  const large = 'x'.repeat(300_000)
  intake.add(large)
  assert.deepEqual(taken.slice(3), [`e ${large}`])
  for (let count = 0; count < 500; count += 1) intake.add('f')
  assert.equal(taken.length, 5)
})
