import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { runCommandLine } from '../commands.ts'

/** A copy of Atelier with three languages, and a data folder beside it. */
async function project(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-cli-languages-'))
  t.after(() => rm(folder, { recursive: true }))
  const languages = { cpp: ['C++'], lisp: ['Common Lisp (SBCL)'], python: ['Python', 'first'] }
  for (const [id, [name, comes]] of Object.entries(languages)) {
    await mkdir(join(folder, 'languages', id), { recursive: true })
    await writeFile(join(folder, 'languages', id, 'language.json'), JSON.stringify({ id, name, image: { comes } }))
  }
  await writeFile(join(folder, 'languages/absent.json'), '{ "zig": "Debian 13 has no package of it" }')
  await mkdir(join(folder, '.atelier/data'), { recursive: true })
  return folder
}

async function typed(projectFolder: string, ...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const surroundings = { environment: {}, folder: '/nowhere', stdin: new PassThrough(), stdout, stderr }
  const exitCode = await runCommandLine(['languages', ...args], {
    ...{ surroundings, version: '1.2.3', projectFolder, onSignal: () => () => {}, leave: () => {} },
  })
  return { exitCode, stdout: stdout.read()?.toString() ?? '', stderr: stderr.read()?.toString() ?? '' }
}

const wishes = async (folder: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, '.atelier/data/languages.json'), 'utf8'))

test('languages are noted by id or name for a server that does not run, once each, and taken away again', async (t) => {
  const folder = await project(t)
  const first = await typed(folder, 'add', 'C++')
  assert.deepEqual([first.exitCode, first.stderr], [0, ''])
  assert.match(first.stdout, /^No server runs on \S+data\. C\+\+: noted, built at its next start\.\n$/)
  await typed(folder, 'add', 'cpp', 'lisp')
  assert.deepEqual(await wishes(folder), { languages: ['cpp', 'lisp'] })
  assert.match((await typed(folder, 'remove', 'c++')).stdout, /C\+\+: gone at its next start/)
  assert.deepEqual(await wishes(folder), { languages: ['lisp'] })
  assert.deepEqual(await readdir(join(folder, '.atelier/data')), ['languages.json'])
})

test('a name that cannot be added gets a sentence that says why, and nothing is noted', async (t) => {
  const folder = await project(t)
  const cases: [string[], RegExp][] = [
    [['add', 'cpp', 'klingon'], /There is no language "klingon"\. Those that can be added: cpp, lisp\./],
    [['add', '../cpp'], /There is no language "\.\.\/cpp"/],
    [['add', 'Zig'], /Zig cannot be added: Debian 13 has no package of it\./],
    [['remove', 'python'], /Python is one of the first languages, which every server has: it cannot be removed\./],
    [['add'], /missing required argument 'names'/],
  ]
  for (const [args, sentence] of cases) {
    const { exitCode, stdout, stderr } = await typed(folder, ...args)
    assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '))
    assert.match(stderr, sentence)
  }
  assert.deepEqual(await readdir(join(folder, '.atelier/data')), [])
})

test('without a data folder, and with a file in it that is not ours, it says what to do', async (t) => {
  const folder = await project(t)
  await writeFile(join(folder, '.atelier/data/languages.json'), 'mine')
  assert.match(
    (await typed(folder, 'add', 'cpp')).stderr,
    /languages\.json is not what Atelier writes there\. Correct it or remove it\./,
  )
  await rm(join(folder, '.atelier/data'), { recursive: true })
  const { exitCode, stderr } = await typed(folder, 'add', 'cpp')
  assert.equal(exitCode, 125)
  assert.match(stderr, /There is no data folder \S+ yet\. Start the server once with "npm start"/)
})

type Moment = { readonly toolchain: object; readonly available?: boolean; readonly wanted?: boolean }

/** A server that says at each look what it is given, the last for ever; announced in the data folder as the real one is. */
async function serverThatSays(t: TestContext, folder: string, moments: readonly Moment[]): Promise<void> {
  let at = 0
  const server = createServer((request, response) => {
    const { toolchain, available = false, wanted = true } = moments[Math.min(at, moments.length - 1)] ?? { toolchain: {} }
    const language = { ...{ id: 'cpp', name: 'C++', extensions: ['.cpp'], entryPoint: 'main.cpp', editorLanguage: 'cpp' } }
    const more = { compiled: true, wanted, available, version: available ? '14.2.0' : null, reason: null, remedy: null }
    response.setHeader('content-type', 'application/json')
    if (request.url === '/api/v1/languages') {
      at += 1
      return response.end(JSON.stringify({ items: [{ ...language, ...more }] }))
    }
    response.end(JSON.stringify({ toolchain }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const stat = await readFile(`/proc/${process.pid}/stat`, 'utf8')
  const startedTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  await writeFile(join(folder, '.atelier/data/server.json'), JSON.stringify({ pid: process.pid, startedTicks, url }))
}

const building = (step: string) => ({
  toolchain: { state: 'building', step, progress: 0.5, startedAt: '2026-01-01T00:00:00.000Z' },
})
const ready = { state: 'ready', builtAt: '2026-01-01T00:00:00.000Z', sizeBytes: 1 }
const failed = { state: 'failed', reason: 'the disk is full', remedy: 'Make room.' }

test('beside a running server the steps are shown until the language is ready', async (t) => {
  const folder = await project(t)
  const moments = [{ toolchain: ready, wanted: false }, building('unpacking packages'), building('cleaning up')]
  await serverThatSays(t, folder, [...moments, { toolchain: ready, available: true }])
  const { exitCode, stdout, stderr } = await typed(folder, 'add', 'cpp')
  assert.deepEqual([exitCode, stderr], [0, ''])
  assert.deepEqual(stdout.split('\n'), [
    ...[
      'The server takes it up …',
      'Toolchain image: unpacking packages',
      'Toolchain image: cleaning up',
      'Ready: C++ 14.2.0',
      '',
    ],
  ])
})

test('a build that fails is told with its reason, and that the image of before is in use; an earlier failure is not taken for it', async (t) => {
  const folder = await project(t)
  await serverThatSays(t, folder, [{ toolchain: failed, wanted: false }, building('unpacking packages'), { toolchain: failed }])
  const { exitCode, stderr } = await typed(folder, 'add', 'cpp')
  assert.equal(exitCode, 125)
  assert.equal(
    stderr,
    'atelier: C++ could not be added: the disk is full. Make room. The image of before is in use. To give it up: ./atelier languages remove cpp\n',
  )
})
