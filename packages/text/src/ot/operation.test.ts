import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  apply,
  baseLength,
  compose,
  invert,
  lengthChange,
  type Operation,
  OperationBuilder,
  OperationMisfit,
  transform,
  transformPosition,
} from './operation.ts'

const text = fc.string({ maxLength: 40 })
const part = fc.oneof(
  fc.nat({ max: 12 }).map((length) => ['retain', length] as const),
  fc.nat({ max: 12 }).map((length) => ['remove', length] as const),
  fc.string({ maxLength: 6 }).map((inserted) => ['insert', inserted] as const),
)
type Part = readonly ['retain' | 'remove', number] | readonly ['insert', string]

/** The parts as an operation that fits a text of that length. */
function fitting(length: number, parts: readonly Part[]): Operation {
  const builder = new OperationBuilder()
  let left = length
  for (const [kind, value] of parts) {
    if (kind === 'insert') builder.insert(value)
    else {
      const units = Math.min(left, value)
      left -= units
      if (kind === 'retain') builder.retain(units)
      else builder.remove(units)
    }
  }
  return builder.build()
}

const parts = fc.array(part, { maxLength: 10 })

test('an operation has one normal form: nothing empty, neighbours merged, putting in before taking out, no end that is left', () => {
  const built = new OperationBuilder()
    .retain(0)
    .retain(2)
    .retain(1)
    .remove(2)
    .insert('a')
    .remove(1)
    .insert('b')
    .insert('')
    .retain(9)
    .build()
  assert.deepEqual(built, [3, 'ab', -3])
  fc.assert(
    fc.property(text, parts, (before, some) => {
      const operation = fitting(before.length, some)
      assert.notEqual(typeof operation.at(-1) === 'number' && (operation.at(-1) as number) > 0, true)
      assert.equal(apply(before, operation).length, before.length + lengthChange(operation))
    }),
  )
})

test('an operation that walks beyond the end is a misfit', () => {
  assert.throws(() => apply('abc', [2, -2]), OperationMisfit)
  assert.equal(baseLength([2, 'xyz', -2]), 4)
})

test('composed operations do what the two did', () => {
  fc.assert(
    fc.property(text, parts, parts, (before, one, two) => {
      const first = fitting(before.length, one)
      const middle = apply(before, first)
      const second = fitting(middle.length, two)
      assert.equal(apply(before, compose(first, second)), apply(middle, second))
    }),
    { numRuns: 1000 },
  )
})

test('two that edit at once end with the same text, whoever comes first', () => {
  fc.assert(
    fc.property(text, parts, parts, (before, one, two) => {
      const [left, right] = [fitting(before.length, one), fitting(before.length, two)]
      assert.equal(
        apply(apply(before, left), transform(right, left, 'right')),
        apply(apply(before, right), transform(left, right, 'left')),
      )
    }),
    { numRuns: 2000 },
  )
  assert.equal(apply(apply('', ['left']), transform(['right'], ['left'], 'right')), 'leftright')
})

test('composing and then transforming is transforming one after the other', () => {
  fc.assert(
    fc.property(text, parts, parts, parts, (before, one, two, three) => {
      const other = fitting(before.length, three)
      const first = fitting(before.length, one)
      const second = fitting(apply(before, first).length, two)
      const together = transform(other, compose(first, second), 'left')
      const apart = transform(transform(other, first, 'left'), second, 'left')
      const after = apply(apply(before, first), second)
      assert.equal(apply(after, together).length, apply(after, apart).length)
    }),
    { numRuns: 500 },
  )
})

test('an inverted operation gives the old text back', () => {
  fc.assert(
    fc.property(text, parts, (before, some) => {
      const operation = fitting(before.length, some)
      assert.equal(apply(apply(before, operation), invert(operation, before)), before)
    }),
  )
})

test('a position stays before the character that it stood before', () => {
  assert.equal(transformPosition(3, [1, 'abc', -1], 'right'), 5)
  assert.equal(transformPosition(1, [1, 'abc', -1], 'left'), 1)
  assert.equal(transformPosition(1, [1, 'abc', -1], 'right'), 4)
  assert.equal(transformPosition(2, ['x', -5], 'right'), 1)
  assert.equal(transformPosition(7, [9, 'later'], 'right'), 7)
  fc.assert(
    fc.property(text, parts, fc.nat({ max: 40 }), (before, some, at) => {
      const position = Math.min(at, before.length)
      const operation = fitting(before.length, some)
      const after = apply(before, operation)
      const moved = [transformPosition(position, operation, 'left'), transformPosition(position, operation, 'right')]
      for (const each of moved) assert.ok(each >= 0 && each <= after.length, `${each}`)
    }),
  )
})
