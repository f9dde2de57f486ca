import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initialsOf } from './names.ts'

test('initials are those of the first and the last word, whatever the script', () => {
  assert.equal(initialsOf('ada'), 'A')
  assert.equal(initialsOf('Ada King Lovelace'), 'AL')
  assert.equal(initialsOf('王 小明'), '王小')
  assert.equal(initialsOf('🦦 otter'), 'O')
  assert.equal(initialsOf('🦦'), '🦦')
  assert.equal(initialsOf('Bob <b>'), 'B<')
  assert.equal(initialsOf(''), '')
})
