import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExecutionLimits } from '@atelier/protocol/executions'
import fc from 'fast-check'
import { grantLimits, sandboxLimitsOf } from './limits.ts'

const megabytes = (count: number): number => count * 1024 * 1024
const usual = {
  cpuMs: 10_000,
  wallMs: 30_000,
  memoryBytes: megabytes(256),
  processes: 64,
  diskBytes: megabytes(64),
  outputBytes: megabytes(32),
}
const most = {
  cpuMs: 60_000,
  wallMs: 300_000,
  memoryBytes: megabytes(1024),
  processes: 256,
  diskBytes: megabytes(512),
  outputBytes: megabytes(64),
}
const policy = { usual, most }

test('what is not asked for has its usual value', () => {
  assert.deepEqual(grantLimits(undefined, policy), usual)
  assert.deepEqual(grantLimits({}, policy), usual)
  assert.deepEqual(grantLimits({ wallMs: 5 }, policy), { ...usual, wallMs: 5 })
})

test('what is too much is clamped to the most that is allowed', () => {
  const much = Object.fromEntries(Object.keys(usual).map((name) => [name, 1e9 * 1000]))
  assert.deepEqual(grantLimits(much, policy), most)
})

test('so little memory that no interpreter starts is raised', () => {
  assert.equal(grantLimits({ memoryBytes: 1 }, policy).memoryBytes, megabytes(16))
})

test('whatever the protocol lets through is granted within the bounds', () => {
  const wish = fc.record(Object.fromEntries(Object.keys(usual).map((name) => [name, fc.integer({ min: 1 })])), {
    requiredKeys: [],
  })
  fc.assert(
    fc.property(wish, (asked) => {
      assert.equal(ExecutionLimits.partial().safeParse(asked).success, true)
      const granted = grantLimits(asked, policy)
      for (const [name, value] of Object.entries(granted)) assert.ok(value > 0 && value <= most[name as keyof typeof most])
    }),
  )
})

test('zero, negative, broken and textual limits do not pass the protocol', () => {
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e308, '12', null, true, [], {}])
    assert.equal(ExecutionLimits.partial().safeParse({ wallMs: value }).success, false, String(value))
})

test('a sandbox may have one file per 4 KB of its disk, and at least a thousand', () => {
  assert.equal(sandboxLimitsOf(usual).diskFiles, 16_384)
  assert.equal(sandboxLimitsOf({ ...usual, diskBytes: 1 }).diskFiles, 1024)
})
