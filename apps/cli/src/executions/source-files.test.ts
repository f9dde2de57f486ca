import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { Failure } from '../failure.ts'
import { readSources, withProgram } from './source-files.ts'

async function folderWith(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-cli-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

const sent = ({ files }: Awaited<ReturnType<typeof readSources>>): Record<string, string> =>
  Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString('utf8')]))

const failsSaying = (pattern: RegExp) => (error: unknown) => error instanceof Failure && pattern.test(error.message)

test('a file is sent under its own name, whatever folder it is in', async (t) => {
  const folder = await folderWith(t, { 'deep/er/hello.py': 'print(1)', 'other.py': '' })
  const sources = await readSources(folder, 'deep/er/hello.py', [])
  assert.deepEqual([sent(sources), sources.entryPoint], [{ 'hello.py': 'print(1)' }, 'hello.py'])
})

test('a folder is sent whole, without history, installed packages and caches, and the server chooses what to start', async (t) => {
  const folder = await folderWith(t, {
    'app/main.py': 'import lib.a',
    'app/lib/a.py': '',
    'app/.hidden': 'kept',
    'app/.git/config': 'secret',
    'app/node_modules/x/index.js': '',
    'app/lib/__pycache__/a.pyc': '',
  })
  const sources = await readSources(folder, 'app', [])
  assert.deepEqual([Object.keys(sent(sources)), sources.entryPoint], [['.hidden', 'lib/a.py', 'main.py'], undefined])
})

test('companions keep their place relative to the program; from elsewhere they come to its side', async (t) => {
  const folder = await folderWith(t, {
    'src/main.py': '',
    'src/data/in.csv': '1',
    'src/lib/deep/a.py': '',
    'outside/b.txt': '2',
    'outside/c/d.txt': '3',
  })
  const sources = await readSources(folder, 'src/main.py', [
    'src/data/in.csv',
    'src/lib',
    'outside/b.txt',
    join(folder, 'outside/c'),
  ])
  assert.deepEqual(Object.keys(sent(sources)), ['main.py', 'data/in.csv', 'lib/deep/a.py', 'b.txt', 'c/d.txt'])
  const twice = await readSources(folder, 'src/main.py', ['src/main.py', 'src'])
  assert.deepEqual(Object.keys(sent(twice)).sort(), ['data/in.csv', 'lib/deep/a.py', 'main.py'])
})

test('links to files are followed, links to folders and things that are no files are left out', async (t) => {
  const folder = await folderWith(t, { 'app/main.py': '', 'elsewhere/real.txt': 'real' })
  await symlink('../elsewhere/real.txt', join(folder, 'app/linked.txt'))
  await symlink('..', join(folder, 'app/loop'))
  await symlink('nowhere', join(folder, 'app/broken'))
  await promisify(execFile)('mkfifo', [join(folder, 'app/pipe')])
  assert.deepEqual(sent(await readSources(folder, 'app', [])), { 'main.py': '', 'linked.txt': 'real' })
})

test('what is not there, too large, too much or badly named is refused before anything is sent', async (t) => {
  const folder = await folderWith(t, { 'main.py': '', 'many/x': '', 'bad/-dash.py': '', 'empty/.git/x': '' })
  await assert.rejects(readSources(folder, 'nothing.py', []), failsSaying(/There is no file "nothing.py"/))
  await assert.rejects(readSources(folder, 'main.py', ['nothing']), failsSaying(/There is no file "nothing"/))
  await assert.rejects(readSources(folder, 'bad/-dash.py', []), failsSaying(/starts with a dash/))
  await assert.rejects(readSources(folder, 'empty', []), failsSaying(/There are no files in "empty"/))
  for (let i = 0; i < 500; i++) await writeFile(join(folder, `many/${i}`), '')
  await assert.rejects(readSources(folder, 'many', []), failsSaying(/more than 500 files/))
  await truncate(join(folder, 'main.py'), 17 * 1024 * 1024)
  await assert.rejects(readSources(folder, 'main.py', []), failsSaying(/larger than 16 MB together/))
})

test('names are sent in Unicode normal form C', async (t) => {
  const folder = await folderWith(t, { 'e\u0301.py': 'x' })
  const sources = await readSources(folder, 'e\u0301.py', [])
  assert.deepEqual([sent(sources), sources.entryPoint], [{ '\u00e9.py': 'x' }, '\u00e9.py'])
})

test('a program that came through standard input has its companions beside it', async (t) => {
  const folder = await folderWith(t, { 'data/in.csv': '1' })
  const sources = await withProgram(folder, { path: 'main.py', content: Buffer.from('print()') }, ['data'])
  assert.deepEqual([sent(sources), sources.entryPoint], [{ 'main.py': 'print()', 'data/in.csv': '1' }, 'main.py'])
})
