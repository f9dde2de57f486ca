import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  countTicked,
  type FoundFile,
  globsOf,
  nextMatch,
  rowsOf,
  shownParts,
  tickedFiles,
  tickOf,
  toggleTick,
} from './results.ts'

const match = { line: 1, column: 1, endLine: 1, endColumn: 2, text: 'a', from: 0, to: 1 }
const file = (path: string, matches: number, cut: FoundFile['cut'] = null): FoundFile => ({
  ...{ path, cut, version: 3 },
  matches: Array.from({ length: matches }, () => match),
})
const files = [file('a.ts', 2), file('b.ts', 1)]
const rowAt = (path: string, at: number | null) => {
  const row = rowsOf(files, new Set()).find((each) => each.path === path && each.match === at)
  assert.ok(row)
  return row
}

test('rows are files with their matches, unless a file is closed', () => {
  const shown = (collapsed: readonly string[]) => rowsOf(files, new Set(collapsed)).map(({ path, match: at }) => `${path}:${at}`)
  assert.deepEqual(shown([]), ['a.ts:null', 'a.ts:0', 'a.ts:1', 'b.ts:null', 'b.ts:0'])
  assert.deepEqual(shown(['a.ts']), ['a.ts:null', 'b.ts:null', 'b.ts:0'])
})

test('the next match is in the next file, and after the last comes the first', () => {
  assert.deepEqual(spot(nextMatch(files, null, 1)), ['a.ts', 0])
  assert.deepEqual(spot(nextMatch(files, { path: 'a.ts', match: 1 }, 1)), ['b.ts', 0])
  assert.deepEqual(spot(nextMatch(files, { path: 'b.ts', match: 0 }, 1)), ['a.ts', 0])
  assert.deepEqual(spot(nextMatch(files, { path: 'b.ts', match: 0 }, -1)), ['a.ts', 1])
  assert.deepEqual(spot(nextMatch(files, null, -1)), ['b.ts', 0])
  assert.equal(nextMatch([], null, 1), null)
})
const spot = (found: { path: string; match: number | null } | null) => [found?.path, found?.match]

test('ticks are of matches, and of a file for all of its matches', () => {
  const one = toggleTick(rowAt('a.ts', 0), new Map())
  assert.deepEqual(tickedFiles(files, one), [
    { path: 'a.ts', version: 3, matches: [1] },
    { path: 'b.ts', version: 3, matches: 'all' },
  ])
  assert.equal(tickOf(rowAt('a.ts', null).file, one), 'some')
  assert.equal(countTicked(files, one), 2)
  const whole = toggleTick(rowAt('a.ts', null), one)
  assert.equal(tickOf(rowAt('a.ts', null).file, whole), 'all')
  const none = toggleTick(rowAt('a.ts', null), whole)
  assert.deepEqual(tickedFiles(files, none), [{ path: 'b.ts', version: 3, matches: 'all' }])
})

test('of a file with more matches than were told only those are replaced that could be looked at', () => {
  assert.deepEqual(tickedFiles([file('a.ts', 2, 'matches')], new Map()), [{ path: 'a.ts', version: 3, matches: [0, 1] }])
})

test('globs are parted by commas, but not within braces', () => {
  assert.deepEqual(globsOf(' *.ts , src/**,, *.{js,css} '), ['*.ts', 'src/**', '*.{js,css}'])
})

test('a line is shown without its indentation and with little before the match', () => {
  const line = (text: string, from: number, to: number) => shownParts({ ...match, text, from, to })
  assert.deepEqual(line('    let a = 1', 8, 9), { before: 'let ', match: 'a', after: ' = 1' })
  assert.equal(line(`${'x'.repeat(60)}needle`, 60, 66).before, `…${'x'.repeat(14)}`)
})
