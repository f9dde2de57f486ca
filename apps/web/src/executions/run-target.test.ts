import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Language } from '@atelier/protocol/languages'
import { entriesOf } from '../files/tree.ts'
import { runnableFiles, runTargetOf } from './run-target.ts'

const language = (id: string, ending: string, entryPoint: string): Language => ({
  id,
  name: id,
  version: '1',
  extensions: [ending],
  entryPoint,
  editorLanguage: id,
  compiled: false,
  wanted: true,
  available: true,
  reason: null,
  remedy: null,
})
const languages = [language('python', '.py', 'main.py'), language('javascript', '.js', 'main.js')]
const entries = entriesOf(
  ['main.py', 'lib/tool.py', 'a.js', 'README.md'].map((path) => ({ path, kind: 'file' as const, sizeBytes: 1, version: 1 })),
)
const target = (active: string | null, pinned: string | null = null, last: string | null = null): string | undefined =>
  runTargetOf(entries, languages, active, { pinned, last })?.path

test('the open file is run when its language can be', () => {
  assert.equal(target('lib/tool.py'), 'lib/tool.py')
})

test('beside a file that cannot be run, the usual one is', () => {
  assert.equal(target('README.md'), 'main.py')
  assert.equal(target(null), 'main.py')
})

test('a chosen file stays chosen until it is gone', () => {
  assert.equal(target('main.py', 'a.js'), 'a.js')
  assert.equal(target('main.py', 'gone.js'), 'main.py')
})

test('beside a file that cannot be run, what was run last is run again', () => {
  assert.equal(target('README.md', null, 'lib/tool.py'), 'lib/tool.py')
  assert.equal(target('README.md', null, 'gone.py'), 'main.py')
})

test('nothing to run is nothing, not an error', () => {
  assert.equal(runTargetOf(entriesOf([]), languages, null, { pinned: null, last: null }), null)
})

test('files near the top are offered first', () => {
  assert.deepEqual(runnableFiles(entries, languages), ['a.js', 'main.py', 'lib/tool.py'])
})
