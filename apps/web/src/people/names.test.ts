import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initialsOf, shownName } from './names.ts'

test('somebody without a name is an animal, the same one each time', () => {
  assert.match(shownName('4f1c', 'Guest'), /^Guest [A-Z][a-z]+$/)
  assert.equal(shownName('4f1c', 'Guest'), shownName('4f1c', '  '))
  assert.ok(new Set(Array.from({ length: 40 }, (_, at) => shownName(`user-${at}`, 'Guest'))).size > 20)
})

test('a chosen name is shown as it is', () => {
  assert.equal(shownName('4f1c', ' Ada '), 'Ada')
  assert.equal(shownName('4f1c', '<b>Bob</b>'), '<b>Bob</b>')
})

test('initials are those of the first and the last word, whatever the script', () => {
  assert.equal(initialsOf('ada'), 'A')
  assert.equal(initialsOf('Ada King Lovelace'), 'AL')
  assert.equal(initialsOf('王 小明'), '王小')
  assert.equal(initialsOf('🦦 otter'), '🦦O')
  assert.equal(initialsOf(''), '')
})
