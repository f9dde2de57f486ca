import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, dueAtMs, isUnsaved, type SaveEvent, type SaveState, savedState } from './save-state.ts'

const after = (...events: SaveEvent[]): SaveState => events.reduce(advance, savedState)
const edit = (nowMs: number): SaveEvent => ({ type: 'edit', nowMs })

test('a file is saved two seconds after the last key', () => {
  assert.equal(dueAtMs(after(edit(0)), 'live'), 2_000)
  assert.equal(dueAtMs(after(edit(0), edit(1_500)), 'live'), 3_500)
})

test('someone who never stops typing is saved every thirty seconds', () => {
  const keys = Array.from({ length: 40 }, (_, index) => edit(index * 1_000))
  assert.equal(dueAtMs(after(...keys), 'live'), 30_000)
})

test('explicit saving never saves by itself', () => {
  assert.equal(dueAtMs(after(edit(0)), 'explicit'), null)
})

test('what is typed while a save is on its way is unsaved afterwards', () => {
  const state = after(edit(0), { type: 'started' }, edit(2_100), { type: 'acknowledged' })
  assert.deepEqual(state, { kind: 'unsaved', firstEditMs: 2_100, lastEditMs: 2_100 })
})

test('an acknowledged save is saved', () => {
  const state = after(edit(0), { type: 'started' }, { type: 'acknowledged' })
  assert.equal(state.kind, 'saved')
  assert.equal(isUnsaved(state), false)
})

test('without an answer it tries again, each time later, at most half a minute apart', () => {
  let state = after(edit(0), { type: 'started' }, { type: 'unreachable', nowMs: 0, detail: null })
  const pauses: number[] = []
  for (let round = 0; round < 8; round += 1) {
    const due = dueAtMs(state, 'explicit')
    pauses.push(due ?? -1)
    state = [{ type: 'started' } as const, { type: 'unreachable', nowMs: 0, detail: null } as const].reduce<SaveState>(
      advance,
      state,
    )
  }
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('typing while offline does not hasten the next try', () => {
  const offline = after(edit(0), { type: 'started' }, { type: 'unreachable', nowMs: 10, detail: null })
  assert.equal(dueAtMs(advance(offline, edit(500)), 'live'), 1_010)
})

test('a conflict waits for the person: neither keys nor time save over it', () => {
  const conflict = after(edit(0), { type: 'started' }, { type: 'mismatch', theirVersion: 7 })
  const later = [edit(5_000), { type: 'started' } as const].reduce(advance, conflict)
  assert.deepEqual(later, { kind: 'conflict', theirVersion: 7 })
  assert.equal(dueAtMs(later, 'live'), null)
  assert.equal(advance(later, { type: 'resolved', keep: 'theirs', nowMs: 0 }).kind, 'saved')
  assert.equal(advance(later, { type: 'resolved', keep: 'mine', nowMs: 0 }).kind, 'unsaved')
})

test('a refused save is not repeated until the text changes', () => {
  const refused = after(edit(0), { type: 'started' }, { type: 'refused', code: 'too-large', detail: 'too large' })
  assert.equal(dueAtMs(refused, 'live'), null)
  assert.equal(isUnsaved(refused), true)
  assert.equal(advance(refused, edit(9)).kind, 'unsaved')
})
