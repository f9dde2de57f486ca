import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Allowance, Intake } from './intake.ts'

/** Sends frames for a second, as fast as may be and at most 1000 per millisecond; returns how many were taken. */
function flood(connection: Allowance, clock: { nowMs: number }, bytes: number, beside: () => void): number {
  let frames = 0
  let pausedUntil = 0
  for (const end = clock.nowMs + 1000; clock.nowMs < end; clock.nowMs += 1) {
    beside()
    for (let n = 0; n < 1000 && clock.nowMs >= pausedUntil; n++) {
      frames += 1
      pausedUntil = clock.nowMs + connection.take(bytes)
      if (pausedUntil > clock.nowMs) break
    }
  }
  return frames
}

test('who types is never paused, however much others send', () => {
  const clock = { nowMs: 0 }
  const intake = new Intake(() => clock.nowMs)
  const [typing, flooding] = [intake.connection(), intake.connection()]
  flood(flooding, clock, 30, () => {
    if (clock.nowMs % 5 === 0) assert.equal(typing.take(30), 0)
  })
})

test('a lone import is read at full speed, a flood beside others slowly', () => {
  const clock = { nowMs: 0 }
  const intake = new Intake(() => clock.nowMs)
  const lone = flood(intake.connection(), clock, 30, () => {})
  const other = intake.connection()
  const beside = flood(intake.connection(), clock, 30, () => other.take(30))
  assert.ok(lone > 100_000, `${lone} frames alone`)
  assert.ok(beside < 40_000, `${beside} frames beside others`)
})

test('large frames count for more than small ones', () => {
  const clock = { nowMs: 0 }
  const small = flood(new Intake(() => clock.nowMs).connection(), clock, 30, () => {})
  const large = flood(new Intake(() => clock.nowMs).connection(), clock, 256 * 1024, () => {})
  assert.ok(large < small / 20, `${large} large, ${small} small`)
})
