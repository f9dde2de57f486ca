import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { memoryCounters } from './counters.ts'

test('a request that is counted at once is counted like one that the library is asked for', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const [most, seconds] = [3, 60]
  const counter = memoryCounters().open({ most, seconds })
  const library = new RateLimiterMemory({ points: most, duration: seconds })
  const answers = new Set<boolean>()
  // Steps that end just before a window does, with it, and after it, for one who comes rarely and one who comes too often.
  for (const [key, waitMs] of Array.from(
    { length: 400 },
    (_, n) => [n % 3 === 0 ? 'ada' : 'bob', [1, 999, 7001, 29_000][n % 4]] as const,
  )) {
    const told = await library.consume(key).catch((refused: unknown) => {
      assert.ok(refused instanceof RateLimiterRes)
      return refused
    })
    answers.add(told.consumedPoints <= most)
    assert.deepEqual(counter.take(key), {
      isAllowed: told.consumedPoints <= most,
      remaining: told.remainingPoints,
      seconds: Math.max(1, Math.ceil(told.msBeforeNext / 1000)),
    })
    t.mock.timers.tick(waitMs ?? 0)
  }
  assert.equal(answers.size, 2, 'some are refused and some are not')
})

test('what is too much is refused until the window ends, and not a moment longer', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const counter = memoryCounters().open({ most: 2, seconds: 60 })
  const take = () => counter.take('ada')
  assert.deepEqual(
    [take(), take(), take()],
    [
      { isAllowed: true, remaining: 1, seconds: 60 },
      { isAllowed: true, remaining: 0, seconds: 60 },
      { isAllowed: false, remaining: 0, seconds: 60 },
    ],
  )
  t.mock.timers.tick(59_999)
  assert.deepEqual(take(), { isAllowed: false, remaining: 0, seconds: 1 })
  t.mock.timers.tick(1)
  assert.deepEqual(take(), { isAllowed: true, remaining: 1, seconds: 60 })
})

test('however many addresses come, only so many are remembered, and nobody whose window has ended', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const counter = memoryCounters(100).open({ most: 1, seconds: 60 })
  for (let n = 0; n < 1000; n++) counter.take(`address ${n}`)
  assert.equal(counter.keys, 100)
  assert.equal(counter.take('address 999').isAllowed, false)
  assert.equal(counter.take('address 0').isAllowed, true, 'it began first, and was forgotten')
  t.mock.timers.tick(60_000)
  assert.equal(counter.keys, 0)
})
