import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChanges } from '../../documents/changes.ts'
import { offsetAfter, simultaneous } from './simultaneous.ts'

const change = (rangeOffset: number, rangeLength: number, text: string) => ({ rangeOffset, rangeLength, text })

test('an edit in several places is one edit, counted in the text before it', () => {
  const changes = simultaneous([change(8, 0, 'x'), change(4, 1, 'xy'), change(0, 2, '')])
  assert.deepEqual(changes, [
    { at: 0, remove: 2, insert: '' },
    { at: 4, remove: 1, insert: 'xy' },
    { at: 8, remove: 0, insert: 'x' },
  ])
  assert.equal(applyChanges('0123456789', changes ?? []), '23xy567x89')
})

test('changes that touch become one, in the order of the text', () => {
  assert.deepEqual(simultaneous([change(5, 1, 'b'), change(3, 2, 'a')]), [{ at: 3, remove: 3, insert: 'ab' }])
  assert.deepEqual(simultaneous([change(5, 0, 'b'), change(5, 0, 'a')]), [{ at: 5, remove: 0, insert: 'ab' }])
})

test('changes of which a later one counts in the text after an earlier one are not simultaneous', () => {
  assert.equal(simultaneous([change(0, 0, 'abc'), change(3, 0, 'd')]), null)
  assert.equal(simultaneous([change(5, 0, 'x'), change(4, 3, '')]), null)
})

test('a caret stays with the text before it', () => {
  const insert = [{ at: 5, remove: 0, insert: 'abc' }]
  assert.deepEqual(
    [4, 5, 6].map((offset) => offsetAfter(offset, insert)),
    [4, 5, 9],
  )
  const replace = [
    { at: 2, remove: 4, insert: 'x' },
    { at: 8, remove: 1, insert: '' },
  ]
  assert.deepEqual(
    [2, 4, 6, 7, 9].map((offset) => offsetAfter(offset, replace)),
    [2, 3, 3, 4, 5],
  )
})
