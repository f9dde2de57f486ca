import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carriedOver } from './carried-over.ts'

test('a change that is carried over leaves what others did meanwhile', () => {
  assert.equal(carriedOver('one\ntwo\n', 'zero\none\ntwo\n', 'one\nmore\ntwo\n'), 'zero\none\nmore\ntwo\n')
  assert.equal(carriedOver('one\ntwo\n', 'one\n', 'one\ntwo\nthree\n'), 'one\nthree\n')
  assert.equal(carriedOver('one\n', 'one\n', 'one\ntwo\n'), 'one\ntwo\n')
  assert.equal(carriedOver('one\n', '', 'one\n'), '')
  assert.equal(carriedOver('', 'new', ''), 'new')
})
