import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyNotName } from './names.ts'
import {
  afterMove,
  childrenOf,
  entriesOf,
  foldersAbove,
  freeName,
  isWithin,
  type TreeEntry,
  visibleRows,
  withEntry,
  withMove,
  withoutPath,
} from './tree.ts'

const file = (path: string): TreeEntry => ({ path, kind: 'file', sizeBytes: 1, version: 1 })
const folder = (path: string): TreeEntry => ({ path, kind: 'folder', sizeBytes: 0, version: 0 })
const shown = (items: TreeEntry[], ...expanded: string[]) =>
  visibleRows(childrenOf(entriesOf(items)), new Set(expanded)).map((row) => `${'  '.repeat(row.level - 1)}${row.name}`)

test('folders come first, then names as people count', () => {
  assert.deepEqual(shown([file('b10.py'), file('b2.py'), file('A.py'), folder('z')]), ['z', 'A.py', 'b2.py', 'b10.py'])
})

test('what lies in a collapsed folder is not shown', () => {
  const items = [folder('src'), file('src/a.ts'), folder('src/deep'), file('src/deep/b.ts')]
  assert.deepEqual(shown(items), ['src'])
  assert.deepEqual(shown(items, 'src'), ['src', '  deep', '  a.ts'])
  assert.deepEqual(shown(items, 'src', 'src/deep'), ['src', '  deep', '    b.ts', '  a.ts'])
  assert.deepEqual(shown(items, 'src/deep'), ['src'])
})

test('rows tell screen readers level, place and number of siblings', () => {
  const rows = visibleRows(childrenOf(entriesOf([folder('a'), file('a/x'), file('a/y'), file('b')])), new Set(['a']))
  assert.deepEqual(
    rows.map((row) => [row.path, row.level, row.position, row.siblings]),
    [
      ['a', 1, 1, 2],
      ['a/x', 2, 1, 2],
      ['a/y', 2, 2, 2],
      ['b', 1, 2, 2],
    ],
  )
})

test('folders that nobody listed are there all the same', () => {
  assert.deepEqual(shown([file('a/b/c.txt')], 'a', 'a/b'), ['a', '  b', '    c.txt'])
})

test('a moved folder takes along what is in it, and nothing else', () => {
  const entries = withMove(entriesOf([folder('a'), file('a/x'), file('ab')]), 'a', 'c/d')
  assert.deepEqual([...entries.keys()].sort(), ['ab', 'c', 'c/d', 'c/d/x'])
  assert.equal(afterMove('ab', 'a', 'c'), 'ab')
  assert.equal(isWithin('ab', 'a'), false)
})

test('a deleted folder is gone with what was in it', () => {
  assert.deepEqual([...withoutPath(entriesOf([folder('a'), file('a/x'), file('ab')]), 'a').keys()], ['ab'])
})

test('adding an entry leaves the former map as it was', () => {
  const before = entriesOf([])
  withEntry(before, file('a/b'))
  assert.equal(before.size, 0)
})

test('ten thousand entries are laid out completely', () => {
  const items = Array.from({ length: 10_000 }, (_, index) => file(`f${index % 100}/x${index}.txt`))
  const all = visibleRows(childrenOf(entriesOf(items)), new Set(Array.from({ length: 100 }, (_, index) => `f${index}`)))
  assert.equal(all.length, 10_100)
})

test('a free name counts up before the ending', () => {
  const entries = entriesOf([file('main.py'), file('main 2.py'), folder('x'), file('x/main.py')])
  assert.equal(freeName(entries, '', 'main.py'), 'main 3.py')
  assert.equal(freeName(entries, 'x', 'new.py'), 'new.py')
  assert.equal(freeName(entries, '', 'MAIN.py'), 'MAIN 3.py')
})

test('the folders above a path are named from the inside out', () => {
  assert.deepEqual(foldersAbove('a/b/c.txt'), ['a/b', 'a'])
})

test('a bad name is explained while it is typed', () => {
  const entries = entriesOf([file('main.py'), folder('src')])
  assert.equal(whyNotName(entries, '', 'new.py'), null)
  assert.equal(whyNotName(entries, '', 'src/new.py'), null)
  assert.match(whyNotName(entries, '', '') ?? '', /Type a name/)
  assert.match(whyNotName(entries, '', '..') ?? '', /contains "\.\."/)
  assert.match(whyNotName(entries, '', 'a\\b') ?? '', /backslash/)
  assert.match(whyNotName(entries, '', '-rf') ?? '', /dash/)
  assert.match(whyNotName(entries, '', 'main.py') ?? '', /file with this name/)
  assert.match(whyNotName(entries, '', 'main.py/x') ?? '', /not a folder/)
  assert.equal(whyNotName(entries, '', 'main.py', 'main.py'), null)
  assert.match(whyNotName(entries, '', 'src/src2', 'src') ?? '', /into itself/)
})
