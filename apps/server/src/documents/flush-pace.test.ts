import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlushPace } from './flush-pace.ts'

/** Types `perSecond` keys for three seconds; returns how long the last one would wait right after a flush. */
function waitAfter(perSecond: number, members: number): number {
  let nowMs = 0
  const pace = new FlushPace(() => nowMs)
  for (; nowMs < 3000; nowMs += 1000 / perSecond) pace.taken()
  pace.flushed()
  return pace.waitMs(members)
}

test('a lone change waits for nothing, and so does one in a large room where little happens', () => {
  assert.equal(new FlushPace(() => 0).waitMs(500), 0)
  assert.ok(waitAfter(5, 500) < 1)
})

test('the more come at once and the more members there are, the longer changes wait for each other, and never longer than 25 ms', () => {
  assert.ok(waitAfter(250, 50) > 12)
  assert.ok(waitAfter(250, 50) < 18)
  assert.ok(waitAfter(2000, 50) > waitAfter(250, 50))
  assert.ok(waitAfter(2000, 10) < waitAfter(2000, 50))
  assert.equal(waitAfter(100_000, 1000), 25)
})
