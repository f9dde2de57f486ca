import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rota } from './rota.ts'

test('each of many is visited once in every period, a few at a time', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const visits = new Map<number, number>()
  const rota = new Rota<number>(3200, (item) => visits.set(item, (visits.get(item) ?? 0) + 1))
  for (let item = 0; item < 64; item += 1) {
    rota.add(item)
    if (item % 2 === 1) t.mock.timers.tick(100)
  }
  visits.clear()
  let most = 0
  for (let turn = 0; turn < 32; turn += 1) {
    const before = visits.size
    t.mock.timers.tick(100)
    most = Math.max(most, visits.size - before)
  }
  assert.equal(visits.size, 64)
  assert.ok([...visits.values()].every((count) => count === 1))
  assert.ok(most <= 2, `${most} in one go`)
  rota.delete(5)
  t.mock.timers.tick(3200)
  assert.deepEqual([visits.get(4), visits.get(5)], [2, 1])
  for (let item = 0; item < 64; item += 1) rota.delete(item)
  t.mock.timers.tick(3200)
  assert.equal(visits.get(4), 2)
})
