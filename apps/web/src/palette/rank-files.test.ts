import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rankFiles } from './rank-files.ts'

const paths = ['src/main.py', 'main.py', 'docs/maintenance.md', 'src/domain/index.ts', 'README.md']

test('a name that starts with what was typed comes first', () => {
  assert.deepEqual(rankFiles(paths, 'main', []).slice(0, 2), ['main.py', 'src/main.py'])
})

test('letters that are spread over the path are found, others are not', () => {
  assert.deepEqual(rankFiles(paths, 'sdi', []), ['src/domain/index.ts'])
  assert.deepEqual(rankFiles(paths, 'zzz', []), [])
})

test('with nothing typed the open files come first', () => {
  assert.equal(rankFiles(paths, '', ['src/main.py'])[0], 'src/main.py')
})
