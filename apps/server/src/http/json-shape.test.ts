import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isReasonable } from './json-shape.ts'

const reasonable = (text: string): boolean => isReasonable(Buffer.from(text))

test('every request that the contracts know passes, with files of any content', () => {
  const content = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', '\\', '{', '[', ',', 'a', '\n') }),
  )
  fc.assert(
    fc.property(fc.array(content, { maxLength: 20 }), (contents) => {
      const request = {
        files: contents.map((each, index) => ({ path: `${index}`, content: each.repeat(50) })),
        environment: { A: 'x' },
      }
      assert.equal(reasonable(JSON.stringify(request)), true)
      assert.equal(reasonable(JSON.stringify(request, null, 2)), true)
    }),
  )
})

test('strings hide what is in them, wherever backslashes stand', () => {
  const brackets = '['.repeat(100)
  for (const text of [brackets, `\\"${brackets}`, `\\\\\\"${brackets}`, `x\\\\\\\\\\"${brackets}`])
    assert.equal(reasonable(`{"a":"${text}"}`), true, text)
  for (const text of ['', '\\\\', 'x\\\\\\\\']) assert.equal(reasonable(`{"a":"${text}",${brackets}`), false, text)
})

test('what is nested deeper than anything we know, or has more values, does not pass', () => {
  assert.equal(reasonable('['.repeat(32) + ']'.repeat(32)), true)
  assert.equal(reasonable('['.repeat(33) + ']'.repeat(33)), false)
  assert.equal(reasonable('{"a":'.repeat(33)), false)
  assert.equal(reasonable(`[${'1,'.repeat(19_000)}1]`), true)
  assert.equal(reasonable(`[${'1,'.repeat(21_000)}1]`), false)
  assert.equal(reasonable('[]'.repeat(21_000)), false)
})

test('what is no JSON at all is left to the parser', () => {
  for (const text of ['', '"', '"\\', '\\"', ']]]]', '}{', 'null', '\u0000']) assert.equal(reasonable(text), true, text)
})
