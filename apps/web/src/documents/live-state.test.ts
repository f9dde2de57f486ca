import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Facts, isPending, liveStateOf, wouldBeLost } from './live-state.ts'

const open: Facts = { phase: 'open', isSaved: true, kept: 'not-yet', whyReadOnly: null, end: null }
const stateOf = (facts: Partial<Facts>) => liveStateOf({ ...open, ...facts })

test('“Saved” is said only when the server has stored everything', () => {
  assert.deepEqual(stateOf({}), { kind: 'saved' })
  for (const phase of ['opening', 'open', 'away'] as const)
    for (const kept of ['not-yet', 'kept', 'failed'] as const)
      for (const whyReadOnly of [null, 'the database is away'])
        for (const end of [null, { kind: 'deleted', detail: '' } as const]) {
          const state = liveStateOf({ phase, isSaved: false, kept, whyReadOnly, end })
          assert.notEqual(state.kind, 'saved')
          assert.ok(isPending(state))
        }
})

test('without the server it says what has become of the edits, and only what is kept may be left alone', () => {
  const away = { phase: 'away', isSaved: false } as const
  assert.deepEqual(stateOf({ ...away, kept: 'kept' }), { kind: 'offline', kept: 'kept', detail: null })
  assert.equal(wouldBeLost({ isSaved: false, kept: 'kept' }), false)
  assert.equal(wouldBeLost({ isSaved: false, kept: 'not-yet' }), true)
  assert.equal(wouldBeLost({ isSaved: false, kept: 'failed' }), true)
  assert.equal(wouldBeLost({ isSaved: true, kept: 'not-yet' }), false)
  assert.deepEqual(stateOf({ phase: 'away' }), { kind: 'saved' })
})

test('who cannot type is told why, also while edits wait', () => {
  const whyReadOnly = 'The database does not answer.'
  assert.deepEqual(stateOf({ whyReadOnly }), { kind: 'read-only', reason: whyReadOnly })
  assert.deepEqual(stateOf({ whyReadOnly, isSaved: false }), { kind: 'offline', kept: 'not-yet', detail: whyReadOnly })
})

test('a document that has ended says so before anything else', () => {
  const end = { kind: 'deleted', detail: 'Ada deleted it.' } as const
  assert.deepEqual(stateOf({ phase: 'ended', end, whyReadOnly: 'x' }), { kind: 'ended', end, isSaved: true })
})
