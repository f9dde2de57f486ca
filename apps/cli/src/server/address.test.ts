import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../failure.ts'
import { findServer, parseAddress } from './address.ts'

async function projectFolder(t: { after(clean: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-cli-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const announce = async (dataFolder: string, announcement: unknown): Promise<void> => {
  await mkdir(dataFolder, { recursive: true })
  await writeFile(join(dataFolder, 'server.json'), typeof announcement === 'string' ? announcement : JSON.stringify(announcement))
}

/** Of this process, as the kernel tells it. */
async function ownTicks(): Promise<string | undefined> {
  const stat = await readFile(`/proc/${process.pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

const addressOf = async (sources: Parameters<typeof findServer>[0]): Promise<string> => (await findServer(sources)).href

test('--server comes before ATELIER_URL, ATELIER_URL before the server that runs here, that before localhost:3000', async (t) => {
  const folder = await projectFolder(t)
  const environment = { ATELIER_URL: 'https://code.example.org' }
  assert.equal(await addressOf({ option: undefined, environment: {}, projectFolder: folder }), 'http://localhost:3000/')
  await announce(join(folder, '.atelier/data'), {
    pid: process.pid,
    startedTicks: await ownTicks(),
    url: 'http://localhost:3007',
  })
  assert.equal(await addressOf({ option: undefined, environment: {}, projectFolder: folder }), 'http://localhost:3007/')
  assert.equal(await addressOf({ option: undefined, environment, projectFolder: folder }), 'https://code.example.org/')
  assert.equal(await addressOf({ option: '127.0.0.1:4000', environment, projectFolder: folder }), 'http://127.0.0.1:4000/')
})

test('ATELIER_DATA says where the running server is announced, relative to the project', async (t) => {
  const folder = await projectFolder(t)
  await announce(join(folder, 'elsewhere'), { pid: process.pid, startedTicks: await ownTicks(), url: 'http://localhost:3008' })
  const found = await addressOf({
    option: undefined,
    environment: { ATELIER_DATA: 'elsewhere', ATELIER_URL: '' },
    projectFolder: folder,
  })
  assert.equal(found, 'http://localhost:3008/')
})

test('what a dead server left behind, or what is no announcement, is not believed', async (t) => {
  const folder = await projectFolder(t)
  const left = [
    { pid: process.pid, startedTicks: '1', url: 'http://localhost:3009' },
    { pid: 2 ** 30, startedTicks: '1', url: 'http://localhost:3009' },
    { pid: process.pid, startedTicks: await ownTicks(), url: null },
    { pid: '1', url: 'http://localhost:3009' },
    'null',
    '{',
  ]
  for (const announcement of left) {
    await announce(join(folder, '.atelier/data'), announcement)
    assert.equal(await addressOf({ option: undefined, environment: {}, projectFolder: folder }), 'http://localhost:3000/')
  }
})

test('an address without http:// is taken as http, and a path below the host is kept', () => {
  assert.equal(parseAddress('localhost:3000', '--server').href, 'http://localhost:3000/')
  assert.equal(parseAddress('https://example.org/atelier?x=1#y', '--server').href, 'https://example.org/atelier')
  assert.equal(parseAddress('[::1]:3000', '--server').href, 'http://[::1]:3000/')
})

test('what is no address of a server is refused with the name of its source', () => {
  for (const text of ['', 'ftp://example.org', 'http://', 'http://exa mple', 'file:///etc/passwd'])
    assert.throws(
      () => parseAddress(text, 'ATELIER_URL'),
      (error) => error instanceof Failure && error.exitCode === 2 && error.message.startsWith('ATELIER_URL'),
    )
})
