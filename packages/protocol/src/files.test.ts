import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from './errors.ts'
import { checkPath, etagOf, isPath, parseIfMatch } from './files.ts'

const isInvalidPath = (error: unknown): boolean =>
  error instanceof Refusal && error.code === 'invalid-path' && /\. [A-Z].*\.$/.test(error.message)

test('ordinary names of files and folders are allowed, in any script', () => {
  for (const path of [
    ...[
      'main.py',
      'src/a/b.ts',
      '.env',
      '.github/workflows/ci.yml',
      'a b.txt',
      'a-b',
      'été.py',
      'файл.go',
      '日本語.rs',
      '👩‍💻.js'.normalize('NFC'),
    ],
    ...[
      'con',
      'a:b',
      "it's",
      'x'.repeat(255),
      Array(20).fill('a').join('/'),
      'a..b',
      '...x',
      'LICENSE',
      '$HOME',
      '%2e%2e',
      '~',
      '*.txt',
      '<x>',
    ],
  ])
    assert.equal(checkPath(path), path)
})

test('what could leave the project, hide, or mean two things is refused with a reason and a cure', () => {
  const bad: Record<string, string[]> = {
    'leaves the project': ['..', '../x', 'a/../b', 'a/..', '/etc/passwd', '//x', '.', './x', 'a/./b'],
    'empty names': ['', '/', 'a//b', 'a/', '/a'],
    'control characters': ['a\u0000b', 'a\nb', 'a\rb', '\u001b[2J', 'a\u007f', 'a\u0085b', 'a\u2028b', 'a\u2029b'],
    invisible: ['a\u200bb', '\ufeffa', 'a\u202etxt.exe', 'a\u2066b', 'a\u200eb'],
    'other systems’ separators': ['a\\b', '..\\x', 'C:\\x'],
    'not in normal form C': ['e\u0301.py', '\u212b'],
    'broken Unicode': ['\ud800', 'a\udfff.py'],
    'an option for a program': ['-rf', 'a/-x', '--help'],
    'dots and spaces at the edge': ['a.', 'a ', ' a', 'a/b ', 'a./b', '...'],
    'too long': ['x'.repeat(256), 'é'.repeat(128), `${'x/'.repeat(127)}xx`, Array(21).fill('a').join('/')],
  }
  for (const [why, paths] of Object.entries(bad))
    for (const path of paths) {
      assert.throws(() => checkPath(path), isInvalidPath, `${why}: ${JSON.stringify(path)}`)
      assert.equal(isPath(path), false)
    }
})

test('an allowed path never leads out of its folder, and is the only way to write itself', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('.', '/', 'a', '-', ' ', '\\', 'é', '\u0301', '\u0000') }),
      ),
      (path) => {
        if (!isPath(path)) return
        const resolved = new URL(`file:///project/${path.split('/').map(encodeURIComponent).join('/')}`).pathname
        assert.equal(decodeURIComponent(resolved), `/project/${path}`)
        assert.equal(path.normalize('NFC'), path)
      },
    ),
    { numRuns: 2000 },
  )
})

test('If-Match takes a version as the ETag has it, or *', () => {
  assert.equal(parseIfMatch(undefined), null)
  assert.equal(parseIfMatch('*'), '*')
  for (const text of ['"3"', '3', 'W/"3"', ' "3" ']) assert.equal(parseIfMatch(text), 3, text)
  assert.equal(parseIfMatch(etagOf(17)), 17)
})

test('an If-Match that is no version is refused', () => {
  for (const text of ['', '"', '"x"', '-1', '1.5', '"1", "2"', '1e3', '9'.repeat(16), '0x1', 'null', '**'])
    assert.throws(
      () => parseIfMatch(text),
      (error) => error instanceof Refusal && error.code === 'invalid-request',
      text,
    )
})
