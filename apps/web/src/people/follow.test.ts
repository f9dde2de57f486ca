import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, type FollowState, free } from './follow.ts'
import type { PersonHere, Tab } from './persons.ts'

const tab = (connection: string, path: string | null = null): Tab => ({ connection, path, activity: null })
const ada = (...tabs: Tab[]): PersonHere => ({
  ...{ userId: 'ada', name: 'Ada', role: 'editor', color: '#0575b8', isMe: false },
  tabs,
})
const from = (person: PersonHere): FollowState => advance(free, { type: 'follow', person })
const seen = (state: FollowState, ...people: PersonHere[]): FollowState => advance(state, { type: 'people', people })
const pathOf = (state: FollowState): string | null | undefined => (state.kind === 'following' ? state.path : undefined)

test('whom I follow takes me from file to file', () => {
  const start = from(ada(tab('1', 'a.py')))
  assert.equal(pathOf(start), 'a.py')
  assert.equal(pathOf(seen(start, ada(tab('1', 'b.py')))), 'b.py')
  assert.equal(pathOf(seen(start, ada(tab('1', null)))), null)
})

test('following ends with the first thing that I do', () => {
  assert.deepEqual(advance(from(ada(tab('1', 'a.py'))), { type: 'acted' }), free)
  assert.deepEqual(advance(free, { type: 'acted' }), free)
})

test('following ends when they leave', () => {
  assert.deepEqual(seen(from(ada(tab('1', 'a.py')))), free)
  assert.deepEqual(seen(from(ada(tab('1', 'a.py'))), ada()), free)
})

test('the tab that is followed stays the one until it closes; then another tab of theirs is', () => {
  const start = from(ada(tab('1', 'a.py')))
  const two = seen(start, ada(tab('0', 'z.py'), tab('1', 'a.py')))
  assert.equal(two, start)
  assert.equal(pathOf(seen(two, ada(tab('0', 'z.py')))), 'z.py')
})

test('news that change nothing leave the state as it is, so nothing jumps', () => {
  const start = from(ada(tab('1', 'a.py')))
  assert.equal(seen(start, ada(tab('1', 'a.py'))), start)
  assert.equal(seen(free, ada(tab('1', 'a.py'))), free)
})

test('somebody without a tab elsewhere cannot be followed', () => {
  assert.deepEqual(from(ada()), free)
})
