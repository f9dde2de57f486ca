import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChunkedText } from './chunked-text.ts'
import { apply, type Operation, OperationBuilder, OperationMisfit } from './operation.ts'

const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 5000 }), fc.nat({ max: 6000 })), {
  maxLength: 25,
})

test('in pieces or whole, the text is the same', () => {
  fc.assert(
    fc.property(fc.nat({ max: 20_000 }), edits, (length, some) => {
      let whole = Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 26))).join('')
      const chunked = new ChunkedText(whole)
      for (const [share, removed, inserted] of some) {
        const at = Math.floor(share * whole.length)
        const operation = new OperationBuilder()
          .retain(at)
          .insert('#'.repeat(inserted))
          .remove(Math.min(removed, whole.length - at))
          .build()
        whole = apply(whole, operation)
        chunked.apply(operation)
        assert.equal(chunked.length, whole.length)
      }
      assert.equal(chunked.toString(), whole)
    }),
    { numRuns: 60 },
  )
})

test('a character of two units is never torn, and a refused operation changes nothing', () => {
  const before = `a👍${'x'.repeat(1021)}👍b`
  const text = new ChunkedText(before)
  const torn: Operation[] = [
    [2, '-'],
    [2, -1],
    [1, -1],
    [1, 'y', -1],
    [1025, 'z'],
    [1025, -1],
    [3, -1022, 1, 'q'],
  ]
  for (const operation of torn) {
    assert.throws(() => text.apply(operation), OperationMisfit, JSON.stringify(operation))
    assert.equal(text.toString(), before)
  }
  assert.throws(() => text.apply([1, 'q', 9999]), OperationMisfit)
  for (const [operation, after] of [
    [[1, -2], `a${'x'.repeat(1021)}👍b`],
    [[1022, 'é', -2], `a${'x'.repeat(1021)}éb`],
  ] as const) {
    text.apply(operation)
    assert.equal(text.toString(), after)
  }
})
