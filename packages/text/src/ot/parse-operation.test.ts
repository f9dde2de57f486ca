import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperationMisfit } from './operation.ts'
import { parseOperation } from './parse-operation.ts'

const limits = { components: 4, insertedUnits: 5, textUnits: 100 }

test('what is an operation is brought into its normal form', () => {
  assert.deepEqual(parseOperation([3, -1, 'ab', 5], limits), [3, 'ab', -1])
  assert.deepEqual(parseOperation([], limits), [])
})

test('what is none, or is too much, is refused', () => {
  const bad: unknown[] = [
    null,
    {},
    'abc',
    5,
    [0],
    [''],
    [1.5],
    [Number.NaN],
    [Infinity],
    [null],
    [[1]],
    [{ d: 1 }],
    ['\ud800'],
    ['a\udc00'],
  ]
  const large: unknown[] = [[1, 1, 1, 1, 1], ['abcdef'], ['abc', 1, 'def'], [101], [60, -60], [2 ** 53]]
  for (const value of [...bad, ...large])
    assert.throws(() => parseOperation(value, limits), OperationMisfit, JSON.stringify(value))
})
