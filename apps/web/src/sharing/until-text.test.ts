import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilText } from './until-text.ts'

test('the rest of a link’s life is said in the largest fitting unit', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const after = (minutes: number): string => untilText(new Date(now + minutes * 60_000).toISOString(), now)
  assert.equal(untilText(null, now), 'until revoked')
  assert.deepEqual([-1, 0, 1, 59, 60, 24 * 60, 47 * 60, 7 * 24 * 60].map(after), [
    ...['expired', 'expired', '1 more minute', '59 more minutes', '1 more hour', '24 more hours', '47 more hours', '7 more days'],
  ])
})
