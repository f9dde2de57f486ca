import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, Refusal } from '@atelier/protocol/errors'
import type { Language } from '@atelier/protocol/languages'
import { chooseEntryPoint, decodeFiles } from './prepare.ts'

const language = (id: string, entryPoint: string, ...extensions: string[]): Language => ({
  ...{ id, entryPoint, extensions, name: id, version: null, editorLanguage: id },
  ...{ compiled: false, wanted: true, available: true, reason: null, remedy: null },
})
const languages = [
  language('python', 'main.py', '.py'),
  language('javascript', 'main.js', '.js', '.mjs'),
  language('go', 'main.go', '.go'),
]
const choose = (request: { language?: string; entryPoint?: string }, ...paths: string[]): string => {
  const { language, entryPoint } = chooseEntryPoint(request, paths, languages)
  return `${language.id} ${entryPoint}`
}
const isRefusal = (code: ErrorCode) => (error: unknown) => error instanceof Refusal && error.code === code

test('the entry point is the one that was asked for, and tells the language by its name', () => {
  assert.equal(choose({ entryPoint: 'tools/x.mjs' }, 'main.py', 'tools/x.mjs'), 'javascript tools/x.mjs')
  assert.equal(choose({ entryPoint: 'script', language: 'python' }, 'script'), 'python script')
})

test('without an entry point it is the usual one of the language, or the only file that can be run', () => {
  assert.equal(choose({ language: 'python' }, 'main.py', 'other.py'), 'python main.py')
  assert.equal(choose({ language: 'python' }, 'hello.py', 'notes.txt'), 'python hello.py')
  assert.equal(choose({}, 'lib.py', 'main.go'), 'go main.go')
  assert.equal(choose({}, 'README.md', 'src/only.js'), 'javascript src/only.js')
})

test('when it is not clear what to run, the refusal lists what there is', () => {
  for (const [request, paths] of [
    [{}, ['a.py', 'b.py']],
    [{}, ['README.md']],
    [{}, []],
    [{ language: 'python' }, ['a.py', 'b.py']],
    [{ language: 'go' }, ['a.py']],
    [{ entryPoint: 'missing.py' }, ['main.py']],
  ] as const)
    assert.throws(() => choose(request, ...paths), isRefusal('entry-point-missing'))
})

test('an entry point outside of the files is refused, however it is written', () => {
  for (const entryPoint of [
    '../main.py',
    '/etc/passwd',
    'a/../main.py',
    './main.py',
    'main.py\u0000',
    'main.py/',
    '',
    'a\\b.py',
    '-m',
  ])
    assert.throws(() => choose({ entryPoint }, 'main.py'), isRefusal('invalid-path'), entryPoint)
})

test('a language that is not known is refused with those that are', () => {
  for (const id of ['cobol', '', 'PYTHON', '__proto__', 'constructor', 'toString'])
    assert.throws(() => choose({ language: id }, 'main.py'), isRefusal('unknown-language'), id)
  assert.throws(() => choose({ entryPoint: 'notes.txt' }, 'notes.txt'), isRefusal('unknown-language'))
})

test('files are decoded from text and base64', () => {
  const files = decodeFiles([
    { path: 'a.txt', content: 'é', encoding: 'utf8' },
    { path: 'b.bin', content: '/wA=', encoding: 'base64' },
  ])
  assert.deepEqual(
    files.map((file) => [file.path, [...file.content]]),
    [
      ['a.txt', [0xc3, 0xa9]],
      ['b.bin', [255, 0]],
    ],
  )
})

test('broken base64 is refused, and says which file', () => {
  for (const content of ['?', 'a b', 'YQ', 'YQ=', 'YWE=YQ==', 'YQ===', '=', 'YQ==\n'])
    assert.throws(
      () =>
        decodeFiles([
          { path: 'ok', content: '', encoding: 'base64' },
          { path: 'x', content, encoding: 'base64' },
        ]),
      (error) =>
        isRefusal('invalid-request')(error) &&
        error instanceof Refusal &&
        error.extras.errors?.[0]?.pointer === '/files/1/content',
      content,
    )
})

test('files that clash, or together are too large, are refused', () => {
  const text = (path: string, content = '') => ({ path, content, encoding: 'utf8' as const })
  assert.throws(() => decodeFiles([text('a'), text('a')]), isRefusal('invalid-path'))
  assert.throws(() => decodeFiles([text('a/b'), text('a')]), isRefusal('invalid-path'))
  assert.throws(() => decodeFiles([text('a/b/c'), text('a/b')]), isRefusal('invalid-path'))
  const half = 'x'.repeat(9 * 1024 * 1024)
  assert.throws(() => decodeFiles([text('a', half), text('b', half)]), isRefusal('too-large'))
})
