import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choosePaths } from './choose-paths.ts'

const paths = [
  'a.ts',
  'b.js',
  'src/a.ts',
  'src/deep/b.ts',
  'src/deep/c.md',
  'docs/c.md',
  'node_modules/x/index.js',
  'dist/out.js',
  '.git/config',
]
const chosen = (include: readonly string[], exclude: readonly string[] = []) =>
  choosePaths(paths, { include, exclude, ignoreFiles: null }).paths
const notIgnored = (files: readonly (readonly [folder: string, text: string])[], among: readonly string[] = paths) =>
  choosePaths(among, { include: [], exclude: [], ignoreFiles: files.map(([folder, text]) => ({ folder, text })) }).paths

test('a glob without a slash is a name at any depth, with one it counts from the top', () => {
  assert.deepEqual(chosen(['*.md']), ['src/deep/c.md', 'docs/c.md'])
  assert.deepEqual(chosen(['/*.ts']), ['a.ts'])
  assert.deepEqual(chosen(['./a.ts']), ['a.ts'])
  assert.deepEqual(chosen(['src/*.ts']), ['src/a.ts'])
  assert.deepEqual(chosen(['src/**/*.ts']), ['src/a.ts', 'src/deep/b.ts'])
  assert.deepEqual(chosen(['*.{ts,md}'], ['deep']), ['a.ts', 'src/a.ts', 'docs/c.md'])
  assert.deepEqual(chosen(['[ab].?s']), ['a.ts', 'b.js', 'src/a.ts', 'src/deep/b.ts'])
  assert.deepEqual(chosen(['[!a].ts']), ['src/deep/b.ts'])
  assert.deepEqual(chosen([' ', '']).length, paths.length)
})

test('a glob that names a folder stands for all that is in it', () => {
  assert.deepEqual(chosen(['src/deep/']), ['src/deep/b.ts', 'src/deep/c.md'])
  assert.deepEqual(chosen(['deep']), ['src/deep/b.ts', 'src/deep/c.md'])
  assert.deepEqual(chosen([], ['node_modules', 'dist', '.git', 'src']), ['a.ts', 'b.js', 'docs/c.md'])
})

test('what .gitignore files name is left out, as git does it', () => {
  assert.deepEqual(notIgnored([['', '# built\nnode_modules/\n/dist\n*.md\n!docs/c.md\n']]), [
    'a.ts',
    'b.js',
    'src/a.ts',
    'src/deep/b.ts',
    'docs/c.md',
  ])
  assert.deepEqual(notIgnored([['src', 'a.ts\n/deep/*.md\r\n']]), [
    'a.ts',
    'b.js',
    'src/deep/b.ts',
    'docs/c.md',
    'node_modules/x/index.js',
    'dist/out.js',
  ])
  assert.deepEqual(
    notIgnored(
      [
        ['', '*.log\n'],
        ['keep', '!*.log\n'],
      ],
      ['a.log', 'keep/b.log'],
    ),
    ['keep/b.log'],
  )
  assert.deepEqual(notIgnored([['', 'out/\n!out/kept.txt\n']], ['out/kept.txt', 'out']), ['out'])
  assert.deepEqual(notIgnored([['', '{a,b}.txt\n']], ['a.txt', '{a,b}.txt']), ['a.txt'])
})

test('hostile globs cost no more than they are long', () => {
  const long = [`${'a/'.repeat(19)}b`]
  for (const glob of [
    `${'**/'.repeat(80)}x`,
    `${'*a'.repeat(120)}x`,
    `${'**a'.repeat(80)}x`,
    `${'a*/'.repeat(19)}x`,
    `${'{a,'.repeat(60)}b${'}'.repeat(60)}`,
    '{'.repeat(200),
    `[${'a-'.repeat(100)}`,
    '[z-a]',
    '[]',
    '\\',
    '(a+)+$',
    '\u0000',
  ]) {
    assert.ok(
      choosePaths(long, { include: [glob], exclude: [glob], ignoreFiles: [{ folder: '', text: glob }] }).paths.length <= 1,
      glob,
    )
  }
})
