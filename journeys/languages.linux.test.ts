/** The person who hosts adds languages with `./atelier`, and whoever has the page open can use them at once. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { loadLanguages } from '@atelier/sandbox/languages/manifest'
import { ensureToolchainForTests, languagesFolder, testedLanguages } from '@atelier/sandbox/toolchain/test-toolchain'
import { projectFolder, startServer } from './server-under-test.ts'

const added = testedLanguages(await loadLanguages(languagesFolder))
// Both images are there: what is tested is the change from one to the other.
await ensureToolchainForTests(added)
const server = await startServer()
const folder = await mkdtemp(join(tmpdir(), 'atelier-languages-'))
after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Standard output; rejects with what a failing command printed. */
async function atelier(...args: string[]): Promise<string> {
  const env = {
    ...{ PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') },
    ATELIER_DATA: server.dataFolder,
  }
  return (await promisify(execFile)(join(projectFolder, 'atelier'), args, { cwd: folder, env })).stdout
}

const rowOf = async (id: string): Promise<string> =>
  (await atelier('languages')).split('\n').find((line) => line.startsWith(`${id} `)) ?? ''

test('languages are added and removed while the server runs', async () => {
  await writeFile(join(folder, 'hello.pl'), 'print "Hello from Perl\\n"')
  await writeFile(join(folder, 'hello.py'), 'print("Hello from Python")')
  assert.match(await rowOf('perl'), /^perl +Perl +- +\.pl \.pm +Type: \.\/atelier languages add perl$/)
  await assert.rejects(atelier('run', 'hello.pl'), /Perl is not installed.*\.\/atelier languages add perl/)

  assert.match(await atelier('languages', 'add', ...added), /Ready: .*Perl 5\.\d+/)
  assert.match(await rowOf('perl'), /^perl +Perl +5\.\S+ .* ready$/)
  assert.equal(await atelier('run', 'hello.pl'), 'Hello from Perl\n')

  assert.match(await atelier('languages', 'remove', ...added), /^Removed: .*Perl/m)
  assert.match(await rowOf('perl'), /Type: \.\/atelier languages add perl$/)
  assert.equal(await atelier('run', 'hello.py'), 'Hello from Python\n')
})

test('no request of a visitor adds a language', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const response = await fetch(`${server.url}/api/v1/languages`, {
      ...{ method, body: '{"languages":["lua"]}', headers: { 'content-type': 'application/json' } },
    })
    assert.ok([403, 404, 405].includes(response.status), `${method}: ${response.status}`)
  }
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> }
  assert.deepEqual(Object.keys(paths['/api/v1/languages'] ?? {}), ['get'])
})
