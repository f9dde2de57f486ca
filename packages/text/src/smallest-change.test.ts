import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TextChange } from './replica.ts'
import { cutsPair, smallestChange } from './smallest-change.ts'
import { inSteps, wholeCharacters } from './whole-characters.ts'

function applied(text: string, changes: readonly TextChange[]): string {
  let [result, from] = ['', 0]
  for (const { at, remove, insert } of changes) {
    assert.ok(at >= from && at + remove <= text.length)
    result += text.slice(from, at) + insert
    from = at + remove
  }
  return result + text.slice(from)
}

const character = fc.constantFrom('a', 'b', '\n', '😀', '😁', 'é', '\r')
const text = fc.array(character, { maxLength: 40 }).map((characters) => characters.join(''))
const units = fc.array(fc.constantFrom('a', '\ud83d', '\ude00', '😀'), { maxLength: 5 }).map((all) => all.join(''))

test('one text becomes another, and no character is cut', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const changes = smallestChange(before, after)
      assert.equal(applied(before, changes), after)
      for (const { at, remove, insert } of changes) {
        assert.ok(!cutsPair(before, at) && !cutsPair(before, at + remove) && insert.isWellFormed())
        assert.ok(remove > 0 || insert !== '')
      }
    }),
    { numRuns: 300 },
  )
})

test('what is the same stays: lines around a change, and letters in a changed line', () => {
  const lines = Array.from({ length: 400 }, (_, index) => `line ${index}\n`)
  const after = [...lines]
  after[20] = 'line twenty\n'
  after.splice(300, 2)
  after.splice(100, 0, 'a new line\n')
  assert.deepEqual(
    smallestChange(lines.join(''), after.join('')).map(({ remove, insert }) => [remove, insert]),
    [
      [2, 'twenty'],
      [0, 'a new line\n'],
      [18, ''],
    ],
  )
  assert.deepEqual(smallestChange('const a = one(two)', 'const b = one(three)'), [
    { at: 6, remove: 1, insert: 'b' },
    { at: 15, remove: 2, insert: 'hree' },
  ])
  assert.deepEqual(smallestChange('same', 'same'), [])
})

test('texts that have nothing in common are replaced, without long comparison', () => {
  const [old, now] = ['a', 'b'].map((letter) => Array.from({ length: 20_000 }, (_, line) => `${letter}${line}`).join('\n'))
  assert.equal(smallestChange(old ?? '', now ?? '').length, 1)
})

test('an edit that cuts a character leaves no half of it, and the editor is told what became of it', () => {
  fc.assert(
    fc.property(text, fc.array(fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 3 }), units), { maxLength: 3 }), (before, edits) => {
      const changes: TextChange[] = []
      for (const [at, remove, insert] of edits.sort(([one], [other]) => one - other)) {
        const last = changes.at(-1)
        const least = last === undefined ? 0 : last.at + last.remove
        if (at >= least && at + remove <= before.length) changes.push({ at, remove, insert })
      }
      const { changes: whole, corrections } = wholeCharacters(changes, (place) =>
        before.slice(Math.max(0, place - 1), place + 1).padStart(place === 0 ? 2 : 1),
      )
      const after = applied(before, whole)
      assert.ok(after.isWellFormed())
      assert.equal(applied(applied(before, changes), corrections), after)
      const isWhole = applied(before, changes).isWellFormed()
      if (isWhole && changes.every(({ insert }) => insert.isWellFormed()))
        assert.equal(after.length, applied(before, changes).length)
    }),
    { numRuns: 500 },
  )
})

test('steps of limited size come to the same as the edit', () => {
  fc.assert(
    fc.property(text, text, fc.integer({ min: 2, max: 9 }), (before, after, most) => {
      let now = before
      for (const step of inSteps(smallestChange(before, after), most)) {
        now = applied(now, step)
        for (const { insert } of step) assert.ok(insert.isWellFormed())
      }
      assert.equal(now, after)
    }),
    { numRuns: 200 },
  )
})
