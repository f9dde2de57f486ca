// Open this file and press Run: it tests calculate.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadExpression, calculate } from './calculate.ts'

test('multiplying comes before adding, brackets before both', () => {
  assert.equal(calculate('2 + 3 * 4'), 14)
  assert.equal(calculate('(2 + 3) * 4'), 20)
})

test('equal signs go from the left, powers from the right', () => {
  assert.equal(calculate('7 - 2 - 1'), 4)
  assert.equal(calculate('2 ^ 3 ^ 2'), 512)
})

test('a minus may stand before a number', () => {
  assert.equal(calculate('3 * -2'), -6)
})

test('what is no expression is told in a sentence', () => {
  assert.throws(() => calculate('2 +'), new BadExpression('the end comes too early'))
  assert.throws(() => calculate('(2'), new BadExpression('a ")" is missing'))
  assert.throws(() => calculate('2 $ 2'), new BadExpression('"$" means nothing here'))
  assert.throws(() => calculate('1 / 0'), new BadExpression('nothing can be divided by zero'))
})
