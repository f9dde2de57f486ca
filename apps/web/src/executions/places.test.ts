import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPlaces } from './places.ts'

const files = new Set(['main.py', 'src/main.rs', 'lib/a.ts'])
const places = (text: string) =>
  findPlaces(text, (path) => files.has(path)).map(({ path, line, column }) => `${path}:${line}:${column}`)

test('places in the messages of each language are found', () => {
  assert.deepEqual(places('  File "/project/main.py", line 3, in <module>'), ['main.py:3:1'])
  assert.deepEqual(places(' --> src/main.rs:7:5'), ['src/main.rs:7:5'])
  assert.deepEqual(places('    at run (file:///project/lib/a.ts:10:3)'), ['lib/a.ts:10:3'])
  assert.deepEqual(places('lib/a.ts(4,2): error TS1005'), ['lib/a.ts:4:2'])
})

test('what is no file of the project is no link', () => {
  assert.deepEqual(places('File "/usr/lib/python3/ast.py", line 50'), [])
  assert.deepEqual(places('http://example.org:80/main.html:3'), [])
  assert.deepEqual(places('12:30'), [])
})

test('two places in one line do not overlap', () => {
  assert.deepEqual(places('main.py:1 main.py:2:9'), ['main.py:1:1', 'main.py:2:9'])
})
