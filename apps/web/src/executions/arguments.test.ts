import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitArguments } from './arguments.ts'

test('arguments are split as in a shell', () => {
  assert.deepEqual(splitArguments(''), [])
  assert.deepEqual(splitArguments('  a  b '), ['a', 'b'])
  assert.deepEqual(splitArguments(`--name="two words" 'it''s' ""`), ['--name=two words', 'its', ''])
  assert.deepEqual(splitArguments('a\\ b "say \\"hi\\"" \\'), ['a b', 'say "hi"', '\\'])
  assert.deepEqual(splitArguments('"open'), ['open'])
})
