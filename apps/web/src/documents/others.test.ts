import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeardOthers } from './others.ts'
import { readPresence, writePresence } from './presence-update.ts'

const ada = { user: { id: 'u1', name: 'Ada', color: '#0575b8' }, cursor: { anchor: 1, head: 2 } }
const heard = (client: number, clock: number, state: unknown) => readPresence(writePresence({ client, clock, state }))

test('somebody is seen as they said, the latest word counts, and who says goodbye is gone', () => {
  const others = new HeardOthers(new Set([7]))
  const told: number[][] = []
  others.onChange((clients) => told.push([...clients]))
  others.hear(heard(1, 5, ada), 0)
  const { name, userId, color, caret } = others.all.get(1) ?? {}
  assert.deepEqual({ name, userId, color, caret }, { name: 'Ada', userId: 'u1', color: '#0575b8', caret: ada.cursor })
  others.hear(heard(1, 4, { ...ada, cursor: null }), 1)
  assert.deepEqual(others.all.get(1)?.caret, ada.cursor)
  others.hear(heard(1, 6, null), 2)
  assert.equal(others.all.size, 0)
  others.hear(heard(7, 1, ada), 3)
  assert.equal(others.all.size, 0)
  assert.deepEqual(told, [[1], [1]])
})

test('who is not heard of for thirty seconds is gone, and nobody is seen without a connection', () => {
  const others = new HeardOthers(new Set([7]))
  others.hear([...heard(1, 1, ada), ...heard(2, 1, ada)], 0)
  others.hear(heard(2, 2, ada), 20_000)
  others.sweep(31_000)
  assert.deepEqual([...others.all.keys()], [2])
  others.clear()
  assert.equal(others.all.size, 0)
  others.hear(heard(2, 3, ada), 32_000)
  assert.equal(others.all.size, 1)
})

test('what strangers call themselves is cut, harmless, and never invisible', () => {
  const others = new HeardOthers(new Set([7]))
  const nameOf = (user: unknown): string | undefined => {
    others.hear(heard(1, 1, { user }), 0)
    const name = others.all.get(1)?.name
    others.clear()
    return name
  }
  assert.equal(nameOf({ name: '  \u202eAda\u0000\n' }), 'Ada')
  assert.equal(nameOf({ name: 'x'.repeat(500) }), 'x'.repeat(40))
  assert.equal(nameOf({ name: '\u200b' }), 'Guest')
  assert.equal(nameOf({ name: 12 }), 'Guest')
  assert.equal(nameOf(undefined), 'Guest')
  others.hear(heard(1, 1, { user: { color: 'red;} body{display:none' } }), 0)
  assert.match(others.all.get(1)?.color ?? '', /^#[0-9a-f]{6}$/)
  others.hear(heard(2, 1, { user: { color: '#ffffff' } }), 0)
  assert.notEqual(others.all.get(2)?.color, '#ffffff')
})

test('broken presence is ignored', () => {
  const whole = writePresence({ client: 3, clock: 1, state: ada })
  for (let length = 0; length < whole.length; length += 1) assert.deepEqual(readPresence(whole.subarray(0, length)), [])
  assert.deepEqual(readPresence(new Uint8Array(100).fill(255)), [])
  const others = new HeardOthers(new Set([7]))
  for (const state of [1, 'x', [], true]) others.hear(heard(1, 1, state), 0)
  assert.ok(others.all.size <= 1)
})
