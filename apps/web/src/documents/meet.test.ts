import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChanges, changesBetween } from './changes.ts'
import { meet } from './meet.ts'

/** A small generator with a seed (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
const pieces = ['a', 'b', '\n', 'line\n', '😀', '😁', 'é', '  ', 'end']
function randomText(next: (below: number) => number, most: number): string {
  return Array.from({ length: next(most) }, () => pieces[next(pieces.length)]).join('')
}
function edited(text: string, next: (below: number) => number): string {
  const parts = Array.from(text)
  for (let left = next(4); left > 0; left -= 1) parts.splice(next(parts.length + 1), next(3), randomText(next, 3))
  return parts.join('')
}

test('the changes between two texts make one of the other, and never cut a character in two', () => {
  for (let seed = 1; seed <= 3000; seed += 1) {
    const next = chance(seed)
    const before = randomText(next, 30)
    const after = next(3) === 0 ? randomText(next, 30) : edited(before, next)
    const changes = changesBetween(before, after)
    assert.equal(applyChanges(before, changes), after, `seed ${seed}`)
    for (const { at, remove, insert } of changes) {
      assert.ok(insert.isWellFormed() && before.slice(at, at + remove).isWellFormed(), `seed ${seed}`)
      assert.ok(before.slice(0, at).isWellFormed(), `seed ${seed}`)
    }
  }
})

test('two texts made from the same one become the same text, whatever was done to them', () => {
  for (let seed = 1; seed <= 3000; seed += 1) {
    const next = chance(seed)
    const base = randomText(next, 20)
    const [mine, theirs] = [edited(base, next), edited(base, next)]
    const met = meet(base, mine, theirs)
    const whole = applyChanges(theirs, met.mine)
    assert.equal(whole, applyChanges(mine, met.theirs), `seed ${seed}`)
    assert.ok(whole.isWellFormed(), `seed ${seed}`)
  }
})

test('what was typed before the shared text came is in it once, where it was typed', () => {
  const base = 'one\ntwo\nthree\n'
  const both = (mine: string, theirs: string): string => applyChanges(theirs, meet(base, mine, theirs).mine)
  assert.equal(both('one\nTWO\nthree\n', base), 'one\nTWO\nthree\n')
  assert.equal(both('one\ntwo and a half\nthree\n', 'zero\none\ntwo\nthree\nfour\n'), 'zero\none\ntwo and a half\nthree\nfour\n')
  assert.equal(both('mine\none\ntwo\nthree\n', 'theirs\none\ntwo\nthree\n'), 'theirs\nmine\none\ntwo\nthree\n')
  assert.equal(both('one\nthree\n', 'one\ntwo\nthree!\n'), 'one\nthree!\n')
  assert.equal(both(base, 'another\n'), 'another\n')
})
