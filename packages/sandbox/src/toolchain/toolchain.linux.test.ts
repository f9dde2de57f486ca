import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { type LanguageDefinition, loadLanguages } from '../languages/manifest.ts'
import { findGround, holdImage, sweepImages } from './image-folder.ts'
import { recipeOf } from './recipe.ts'
import { ensureToolchainForTests, languagesFolder, testedLanguages } from './test-toolchain.ts'
import { describeToolchain, Toolchain, type ToolchainImage } from './toolchain.ts'

const languages: readonly LanguageDefinition[] = await loadLanguages(languagesFolder)

type Given = { folder: string; builds?: boolean; proxy?: string; languages?: readonly LanguageDefinition[] }

function toolchainIn({ folder, builds = true, proxy = 'http://127.0.0.1:1', languages: given = languages }: Given): Toolchain {
  const environment = { http_proxy: proxy, https_proxy: proxy }
  return new Toolchain({ folder, languages: given, builds, environment, log: silentLog })
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-toolchain-'))
  await chmod(folder, 0o755)
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A mirror's proxy that accepts and never answers: a build stands still in front of it for as long as we like. */
async function silentProxy(): Promise<{ url: string; asked: Promise<Socket>; close(): Promise<void> }> {
  const server: Server = createServer()
  const sockets = new Set<Socket>() // apt opens one for each host among its sources
  server.on('connection', (socket) => sockets.add(socket))
  const asked = once(server, 'connection').then(([socket]) => socket as Socket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}`, asked, close }
}

/** A mirror that has nothing: a build ends at once. */
async function emptyMirror(): Promise<{ url: string } & AsyncDisposable> {
  const server = createHttpServer((_request, response) => response.writeHead(404).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const fakeImage = async (
  folder: string,
  digest: string,
  builtAt: string,
  versions: Record<string, string>,
  madeOf: { base?: string; ingredients?: Record<string, string> } = {},
): Promise<void> => {
  await mkdir(join(folder, digest, 'root', 'usr'), { recursive: true })
  const about = { digest, builtAt, sizeBytes: 1, seconds: 1, versions, ...madeOf }
  await writeFile(join(folder, digest, 'about.json'), JSON.stringify(about))
}

const imagesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => !name.endsWith('lock') && name !== 'build.log')

test('without network the state is failed with a reason and a remedy, and nothing half-built stays', () =>
  inFolder(async (folder) => {
    const toolchain = toolchainIn({ folder })
    const seen: string[] = []
    toolchain.onChange(() => seen.push(toolchain.state.state))
    await toolchain.start()
    await toolchain.settled()
    const { state } = toolchain
    assert.ok(state.state === 'failed', JSON.stringify(state))
    assert.match(state.reason, /^the package mirror \S+ could not be reached$/)
    assert.match(state.remedy, /Connect this machine to the network/)
    assert.deepEqual([seen[0], seen.at(-1)], ['building', 'failed'])
    assert.deepEqual(await imagesIn(folder), [])
    await toolchain.close()
  }))

test('a retry after a failure builds again', () =>
  inFolder(async (folder) => {
    await using proxy = await emptyMirror()
    const toolchain = toolchainIn({ folder, proxy: proxy.url })
    const seen: string[] = []
    toolchain.onChange(() => {
      if (seen.at(-1) !== toolchain.state.state) seen.push(toolchain.state.state)
    })
    await toolchain.start()
    await toolchain.settled()
    await toolchain.retry()
    await toolchain.settled()
    assert.deepEqual(seen, ['building', 'failed', 'building', 'failed'])
    const { state } = toolchain
    assert.match('reason' in state ? state.reason : '', /does not have the release/)
    await toolchain.close()
  }))

test('closing ends a build at once and removes what it made', () =>
  inFolder(async (folder) => {
    const proxy = await silentProxy()
    const toolchain = toolchainIn({ folder, proxy: proxy.url })
    await toolchain.start()
    const socket = await proxy.asked
    assert.equal((await imagesIn(folder)).length, 1)
    const hungUp = once(socket.resume(), 'close')
    await toolchain.close()
    await hungUp
    assert.deepEqual(await imagesIn(folder), [])
    await proxy.close()
  }))

test('a build dies with a server that is killed, and what it left is removed at the next start', () =>
  inFolder(async (folder) => {
    const proxy = await silentProxy()
    const fixture = join(import.meta.dirname, 'fixtures', 'build.ts')
    const server = spawn(process.execPath, [fixture, folder, proxy.url], { stdio: 'ignore' })
    const socket = await proxy.asked
    const hungUp = once(socket.resume(), 'close')
    server.kill('SIGKILL')
    await hungUp // apt itself is dead
    assert.equal((await imagesIn(folder)).length, 1)
    await using mirror = await emptyMirror()
    const next = toolchainIn({ folder, proxy: mirror.url })
    await next.start()
    await next.settled()
    assert.equal(next.state.state, 'failed')
    assert.deepEqual(await imagesIn(folder), [])
    await next.close()
    await proxy.close()
  }))

test('a second build of the same folder waits for the first', () =>
  inFolder(async (folder) => {
    const proxy = await silentProxy()
    const first = toolchainIn({ folder, proxy: proxy.url })
    await first.start()
    await proxy.asked
    await using mirror = await emptyMirror()
    const second = toolchainIn({ folder, proxy: mirror.url })
    const waits = new Promise<void>((resolve) => {
      second.onChange(() => {
        if (second.state.state === 'building' && second.state.step === 'waiting for another build') resolve()
      })
    })
    await second.start()
    await waits
    assert.equal((await imagesIn(folder)).length, 1)
    await first.close()
    await second.settled()
    assert.equal(second.state.state, 'failed', 'it had its turn')
    await second.close()
    await proxy.close()
  }))

test('switched off, it says so and builds nothing', () =>
  inFolder(async (folder) => {
    const toolchain = toolchainIn({ folder, builds: false })
    await toolchain.start()
    await toolchain.settled()
    assert.equal(toolchain.state.state, 'off')
    assert.deepEqual(await readdir(folder), [])
    await toolchain.close()
  }))

test('an image of an earlier recipe serves while there is none of this one, the youngest first', () =>
  inFolder(async (folder) => {
    await fakeImage(folder, 'aaaaaaaaaaaaaaaa', '2026-01-01T00:00:00.000Z', { go: '1.1' })
    await fakeImage(folder, 'bbbbbbbbbbbbbbbb', '2026-02-01T00:00:00.000Z', { go: '1.2' })
    await using mirror = await emptyMirror()
    const toolchain = toolchainIn({ folder, proxy: mirror.url })
    await toolchain.start()
    assert.equal(toolchain.image?.versions.go, '1.2')
    await toolchain.settled()
    assert.equal(toolchain.state.state, 'failed')
    assert.equal(toolchain.image?.digest, 'bbbbbbbbbbbbbbbb', 'it still serves')
    assert.deepEqual(await imagesIn(folder), ['bbbbbbbbbbbbbbbb'])
    await toolchain.close()
  }))

test('a new image is begun with the one that has most of its languages, and none that it must not have', () =>
  inFolder(async (folder) => {
    const recipe = recipeOf(languages, 'finish')
    const ingredients = Object.fromEntries(recipe.ingredients.map((each) => [each.id, each.hash]))
    const only = (...ids: string[]): Record<string, string> =>
      Object.fromEntries(Object.entries(ingredients).filter(([id]) => ids.includes(id)))
    const { base } = recipe
    const groundOf = async (): Promise<string | undefined> => (await findGround(folder, recipe))?.digest
    await fakeImage(folder, 'aaaaaaaaaaaaaaaa', '2026-01-01T00:00:00.000Z', {})
    await fakeImage(folder, 'bbbbbbbbbbbbbbbb', '2026-01-01T00:00:00.000Z', {}, { base: 'other', ingredients: only('go', 'lua') })
    await fakeImage(
      folder,
      'cccccccccccccccc',
      '2026-01-01T00:00:00.000Z',
      {},
      { base, ingredients: { ...only('go'), cobol85: 'x' } },
    )
    await fakeImage(folder, 'dddddddddddddddd', '2026-01-01T00:00:00.000Z', {}, { base, ingredients: { go: 'changed' } })
    assert.equal(await groundOf(), undefined)
    await fakeImage(folder, 'eeeeeeeeeeeeeeee', '2026-01-01T00:00:00.000Z', {}, { base, ingredients: only('go', 'lua') })
    await fakeImage(folder, 'ffffffffffffffff', '2025-01-01T00:00:00.000Z', {}, { base, ingredients: only('go', 'lua', 'rust') })
    assert.equal(await groundOf(), 'ffffffffffffffff')
  }))

test('a folder without a whole image in it describes none', () =>
  inFolder(async (folder) => {
    await fakeImage(folder, 'aaaaaaaaaaaaaaaa', '2026-01-01T00:00:00.000Z', {})
    const image = join(folder, 'aaaaaaaaaaaaaaaa')
    assert.equal((await describeToolchain(image))?.sizeBytes, 1)
    await writeFile(join(image, 'about.json'), '{ "digest": 1')
    assert.equal(await describeToolchain(image), null)
    assert.equal(await describeToolchain(join(folder, 'nothing')), null)
  }))

describe('the image', () => {
  let image: ToolchainImage
  /** The same with more languages, made as a layer on it. */
  let more: ToolchainImage
  before(async () => {
    more = await ensureToolchainForTests(testedLanguages(languages))
    image = await ensureToolchainForTests()
  })

  test('says the version of every language that it brings', () => {
    for (const id of ['go', 'python', 'rust']) assert.match(image.versions[id] ?? '', /^\d+\.\d+/)
    assert.ok(image.sizeBytes > 0)
  })

  test('has what the one it was begun with has, and the languages that were added', () => {
    const versions = Object.entries(image.versions)
    assert.deepEqual(
      versions,
      Object.entries(more.versions).filter(([id]) => id in image.versions),
    )
    for (const id of testedLanguages(languages)) assert.match(more.versions[id] ?? '', /^\d+\.\d+/)
  })

  test('is found again at once, and half-built ones and those that nobody has used for long then go', () =>
    inFolder(async (folder) => {
      // The same recipe in another folder: only its place is looked at.
      await fakeImage(folder, image.digest, image.builtAt, image.versions)
      await fakeImage(folder, 'aaaaaaaaaaaaaaaa', '2026-01-01T00:00:00.000Z', {})
      await mkdir(join(folder, 'bbbbbbbbbbbbbbbb', 'root'), { recursive: true })
      await mkdir(join(folder, 'building-1', 'root'), { recursive: true })
      const toolchain = toolchainIn({ folder })
      await toolchain.start()
      assert.equal(toolchain.state.state, 'ready')
      await toolchain.settled()
      assert.deepEqual(await imagesIn(folder), [image.digest])
      await toolchain.close()
    }))

  test('stays in use when a language cannot be added, which is tried again when it is wanted again', () =>
    inFolder(async (folder) => {
      await fakeImage(folder, image.digest, image.builtAt, image.versions)
      await using mirror = await emptyMirror()
      const toolchain = toolchainIn({ folder, proxy: mirror.url })
      await toolchain.start()
      const seen: string[] = []
      toolchain.onChange(() => {
        if (seen.at(-1) !== toolchain.state.state) seen.push(toolchain.state.state)
      })
      assert.equal(toolchain.isWanted('lua'), false)
      for (const ids of [['lua'], ['lua', 'nobody-knows-it'], []]) {
        await toolchain.want(ids)
        await toolchain.settled()
        assert.equal(toolchain.image?.digest, image.digest)
        assert.equal(toolchain.isWanted('lua'), ids.includes('lua'))
      }
      assert.deepEqual(seen, ['building', 'failed', 'building', 'failed', 'ready'])
      await toolchain.want([])
      assert.equal(seen.length, 5, 'nothing new is wanted')
      await toolchain.close()
    }))

  test('stays while a server uses it, and the last one used stays a day longer', () =>
    inFolder(async (folder) => {
      const ended = new AbortController()
      const digests = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', 'cccccccccccccccc']
      for (const digest of [...digests, image.digest]) await fakeImage(folder, digest, image.builtAt, image.versions)
      const [first, second, third] = await Promise.all(digests.map((digest) => holdImage(folder, digest, ended.signal)))
      for (const [index, digest] of digests.entries()) {
        const at = new Date(Date.now() - (3 - index) * 60_000)
        await utimes(join(folder, `${digest}.lock`), at, at)
      }
      const sweep = async (): Promise<string[]> => {
        await sweepImages({ folder, keeps: [image.digest], prefix: [], signal: ended.signal })
        return (await imagesIn(folder)).filter((name) => name !== image.digest).sort()
      }
      assert.deepEqual(await sweep(), digests)
      await second?.release()
      await third?.release()
      assert.deepEqual(await sweep(), ['aaaaaaaaaaaaaaaa', 'cccccccccccccccc'])
      await first?.release()
      assert.deepEqual(await sweep(), ['cccccccccccccccc'])
      const longAgo = new Date(Date.now() - 25 * 60 * 60_000)
      await utimes(join(folder, 'cccccccccccccccc.lock'), longAgo, longAgo)
      assert.deepEqual(await sweep(), [])
    }))

  test('holds nothing that raises rights, no device, no identity of this machine and no address of a mirror', async () => {
    for (const { folder } of [image, more]) await assertHarmless(folder)
  })

  async function assertHarmless(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const facts = await lstat(join(entry.parentPath, entry.name))
      const path = join(entry.parentPath, entry.name)
      assert.ok(facts.isFile() || facts.isDirectory() || facts.isSymbolicLink(), `${path} is a device, a pipe or a socket`)
      assert.ok(!facts.isFile() || (facts.mode & 0o6000) === 0, `${path} raises rights`)
    }
    assert.equal(await readFile(join(folder, 'etc', 'machine-id'), 'utf8'), '')
    assert.equal(await readFile(join(folder, 'etc', 'resolv.conf'), 'utf8'), '')
    assert.equal(await readFile(join(folder, 'etc', 'hostname'), 'utf8'), 'sandbox\n')
    assert.ok(!(await readdir(join(folder, 'etc'))).includes('apt'))
    assert.deepEqual(await readdir(join(folder, 'root')), [])
  }

  test('has the mount points that a read-only root needs', async () => {
    for (const name of ['dev', 'proc', 'project', 'run', 'sys', 'tmp'])
      assert.ok((await stat(join(image.folder, name))).isDirectory())
    assert.equal(await readlink(join(image.folder, 'bin')), 'usr/bin')
  })
})
