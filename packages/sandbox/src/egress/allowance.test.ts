import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Allowance, QuotaError } from './allowance.ts'

describe('the allowance of an execution', () => {
  it('lets bytes through at its rate, over all connections together', async () => {
    const clock = { nowMs: 1000, waitedMs: 0 }
    const wait = async (ms: number) => {
      clock.waitedMs += ms
      clock.nowMs += ms
    }
    const allowance = new Allowance({ bytes: 100_000_000, bitsPerSecond: 10_000_000, now: () => clock.nowMs, wait })
    for (let i = 0; i < 100; i += 1) await allowance.take(125_000)
    // 12.5 MB at 1.25 MB a second, but for the first tenth of a second's worth.
    assert.ok(Math.abs(clock.waitedMs - 9_900) < 1, String(clock.waitedMs))
  })

  it('ends with its total', async () => {
    const allowance = new Allowance({ bytes: 1000, bitsPerSecond: 1e9, now: () => 0, wait: async () => {} })
    await allowance.take(1000)
    assert.equal(allowance.isUsedUp, true)
    await assert.rejects(allowance.take(1), QuotaError)
  })
})
