import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineAuthors, sameLines } from './line-authors.ts'

const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })

test('lines that are said to stay are equal, and keep their order', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      let last = -1
      for (const [index, from] of sameLines(before, after).entries()) {
        if (from < 0) continue
        assert.equal(before[from], after[index])
        assert.ok(from > last)
        last = from
      }
    }),
  )
})

test('as many lines stay as can', () => {
  const longest = (a: readonly string[], b: readonly string[]): number => {
    const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
    const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
    for (let i = 1; i <= a.length; i++)
      for (let j = 1; j <= b.length; j++)
        (lengths[i] as number[])[j] = a[i - 1] === b[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1))
    return at(a.length, b.length)
  }
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      assert.equal(sameLines(before, after).filter((from) => from >= 0).length, longest(before, after))
    }),
  )
})

test('a line has the mark of the version that brought it', () => {
  const authors = new LineAuthors<number>()
  authors.add('one\ntwo\nthree', 1)
  authors.add('one\n2\nthree\nfour', 2)
  authors.add('zero\none\n2\nthree\nfour', 3)
  assert.deepEqual(authors.marks, [3, 1, 2, 1, 2])
})
