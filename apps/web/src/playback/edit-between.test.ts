import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editBetween } from './edit-between.ts'

const applied = (before: string, after: string): string => {
  const edit = editBetween(before, after)
  return edit === null ? before : before.slice(0, edit.start) + edit.text + before.slice(edit.end)
}

test('one edit makes the one text into the other and touches only what differs', () => {
  for (const [before, after] of [
    ['', 'a'],
    ['abc', ''],
    ['abcabc', 'abc'],
    ['hello world', 'hello big world'],
    ['aaa', 'aa'],
    ['x', 'x'],
  ] as const)
    assert.equal(applied(before, after), after)
  assert.deepEqual(editBetween('hello world', 'hello big world'), { start: 6, end: 6, text: 'big ' })
  assert.equal(editBetween('same', 'same'), null)
})

test('a character of two units is replaced whole', () => {
  assert.deepEqual(editBetween('a🦦b', 'a🦧b'), { start: 1, end: 3, text: '🦧' })
  assert.deepEqual(editBetween('\u{1f9a6}', '\u{2f9a6}'), { start: 0, end: 2, text: '\u{2f9a6}' })
})
