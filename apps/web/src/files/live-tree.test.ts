import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goneWith, type TreeNews, withNews } from './live-tree.ts'
import { type Entries, entriesOf, withEntry, withMove, withoutPath } from './tree.ts'

const entry = (path: string, version = 1) => ({
  ...{ path, kind: 'file' as const, sizeBytes: version, version, sha256: null, updatedAt: '2026-01-01T00:00:00Z' },
})
const folder = (path: string) => ({ ...entry(path, 0), kind: 'folder' as const })
const news = (change: Partial<TreeNews>): TreeNews => ({ moved: [], deleted: [], entries: [], ...change })
const shown = (entries: Entries): string[] => [...entries.values()].map(({ path, version }) => `${path} ${version}`).sort()
const start = entriesOf([entry('a.py'), folder('src'), entry('src/b.py', 2), entry('src/c.py')])

test('what others make, save, rename and delete is in the tree', () => {
  const after = withNews(
    start,
    news({
      moved: [{ from: 'src', to: 'lib' }],
      deleted: ['a.py'],
      entries: [entry('lib/b.py', 3), entry('new/deep/d.py')],
    }),
  )
  assert.deepEqual(shown(after), ['lib 0', 'lib/b.py 3', 'lib/c.py 1', 'new 0', 'new/deep 0', 'new/deep/d.py 1'])
})

test('what I did myself and have on the screen changes nothing when its news come', () => {
  const made = withEntry(start, entry('d.py'))
  assert.equal(withNews(made, news({ entries: [entry('d.py')] })), made)
  const moved = withMove(start, 'src', 'lib')
  assert.equal(withNews(moved, news({ moved: [{ from: 'src', to: 'lib' }] })), moved)
  const removed = withoutPath(start, 'src')
  assert.equal(withNews(removed, news({ deleted: ['src'] })), removed)
})

test('an older save does not bring an older version back', () => {
  assert.equal(withNews(start, news({ entries: [entry('src/b.py', 1)] })), start)
})

test('a save that overtakes my rename leaves no ghost once the rename is told', () => {
  const renamed = withMove(start, 'a.py', 'z.py')
  const ghost = withNews(renamed, news({ entries: [entry('a.py', 2)] }))
  const after = withNews(ghost, news({ moved: [{ from: 'a.py', to: 'z.py' }] }))
  assert.deepEqual(shown(after), shown(renamed))
})

test('a folder in the place of a file takes what belonged to the file with it, and the other way round', () => {
  assert.deepEqual(shown(withNews(start, news({ entries: [entry('src')] }))), ['a.py 1', 'src 1'])
  assert.deepEqual(shown(withNews(entriesOf([entry('x')]), news({ entries: [folder('x'), entry('x/y')] }))), ['x 0', 'x/y 1'])
})

test('open files are concerned when they, or a folder around them, are deleted', () => {
  assert.deepEqual(goneWith(['a.py', 'src/b.py', 'srcs/b.py'], ['src']), ['src/b.py'])
})

test('news of thousands of files make one new tree', () => {
  const added = Array.from({ length: 5000 }, (_, n) => entry(`new/${n}`))
  const after = withNews(start, news({ entries: [...added, entry('src/b.py', 9)] }))
  assert.equal(after.size, start.size + 5001)
  assert.equal(after.get('src/b.py')?.version, 9)
})
