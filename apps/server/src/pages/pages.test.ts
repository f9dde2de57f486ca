import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openLog } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { FileEntry } from '@atelier/protocol/files'
import type { Language } from '@atelier/protocol/languages'
import type { PageBoot } from '@atelier/protocol/page-boot'
import type { Project } from '@atelier/protocol/projects'
import { type App, createApp } from '../http/app.ts'
import { createOrigins } from '../http/origins.ts'
import { firstFile } from './first-file.ts'
import { type PagesOptions, registerPages } from './pages.ts'

const id = '0199a0b1-0000-7000-8000-000000000001'
const project: Project = {
  id,
  name: 'Mine',
  role: 'owner',
  isMember: true,
  visibility: 'private',
  forkOf: null,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
}
const file = (path: string, sizeBytes = 3): FileEntry => ({
  path,
  kind: 'file',
  sizeBytes,
  version: 4,
  sha256: null,
  updatedAt: project.updatedAt,
})
const python: Language = {
  ...{
    id: 'python',
    name: 'Python',
    version: '3',
    extensions: ['.py'],
    entryPoint: 'main.py',
    editorLanguage: 'python',
    compiled: false,
  },
  ...{ wanted: true, available: true, reason: null, remedy: null },
}

/** A page as the build would make it, except that it shows what it was given. */
const builtPage = `export const earlyScript = 'early()'
export const editorLanguageOf = () => 'python'
export const renderPage = (input) => JSON.stringify(input)`
const builtAssets = {
  entry: 'assets/main.js',
  preload: ['assets/a.js'],
  languages: { python: ['assets/py.js'] },
  styles: [],
  fonts: [],
}

const contents = new Map([
  ['main.py', Buffer.from('a\r\nb')],
  ['data.bin', Buffer.from([255, 0])],
])
const created: string[] = []
let listed: Project[] = []
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-pages-'))
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true })
  await mkdir(join(folder, 'dist', 'server'))
  await writeFile(join(folder, 'dist', 'page-assets.json'), JSON.stringify(builtAssets))
  await writeFile(join(folder, 'dist', 'server', 'page.js'), builtPage)
  await writeFile(join(folder, 'dist', 'assets', 'main.js'), 'main()')
  await writeFile(join(folder, 'dist', 'assets', 'main.js.br'), 'compressed')
  for (const name of ['favicon.svg', 'site.webmanifest']) await writeFile(join(folder, 'dist', name), '-')
})
after(() => rm(folder, { recursive: true, force: true }))

async function appWith(webFolder: string): Promise<App> {
  const app = await createApp({
    log: openLog('silent'),
    origins: createOrigins({ host: '127.0.0.1', publicUrl: undefined }),
    version: '0',
    trustProxy: false,
  })
  const mine = (projectId: string, userId: string): void => {
    if (projectId !== id || userId !== 'me') throw new Refusal('not-found', 'There is no such project.')
  }
  await registerPages(app, {
    webFolder,
    accounts: {
      knownUser: async ({ headers }) => (typeof headers.cookie === 'string' ? headers.cookie : null),
      actingUser: async () => 'me',
    },
    projects: {
      async createProject(_userId, name, template) {
        created.push(`${name} from ${template}`)
        return project
      },
      listProjects: async () => ({ items: listed, nextCursor: null }),
      async readProject(projectId, userId) {
        mine(projectId, userId)
        return project
      },
      openTree: async () => ({ items: [file('data.bin'), file('huge.txt', 10_000_000), file('main.py')] }),
      readFile: async (_project, _user, path) => ({ entry: file(path), content: contents.get(path) ?? Buffer.alloc(0) }),
    },
    status: { read: () => ({}) as ReturnType<PagesOptions['status']['read']>, news: () => ({ languages: [python] }) },
  })
  return app
}

const pageAt = async (url: string, cookie = 'me') => {
  const app = await appWith(join(folder, 'dist'))
  const response = await app.inject({ url, headers: cookie === '' ? {} : { cookie } })
  await app.close()
  return response
}
const inputAt = async (url: string) =>
  JSON.parse((await pageAt(url)).body) as { boot: PageBoot; text: string | null; preload: string[] }

test('the first visit goes to a welcome project that is made for it, later ones to the project that changed last', async () => {
  listed = []
  const first = await pageAt('/')
  assert.equal(first.statusCode, 303)
  assert.equal(first.headers.location, `/projects/${id}`)
  assert.deepEqual(created, ['Welcome from welcome'])
  listed = [project]
  await pageAt('/')
  assert.equal(created.length, 1)
})

test('the page comes with the text of the open file, its lines ending in LF, and with the colours of its language', async () => {
  const { boot, text, preload } = await inputAt(`/projects/${id}`)
  assert.equal(text, 'a\nb')
  assert.deepEqual(boot.file, { path: 'main.py', version: 4, hasText: true })
  assert.deepEqual(preload, ['assets/a.js', 'assets/py.js'])
  assert.equal('sha256' in (boot.tree[0] ?? {}), false)
})

test('bytes and large files do not come with the page', async () => {
  assert.equal((await inputAt(`/projects/${id}?file=data.bin`)).text, null)
  assert.equal((await inputAt(`/projects/${id}?file=huge.txt`)).text, null)
})

test('a file that is not there is named, and the usual one is opened', async () => {
  const { boot } = await inputAt(`/projects/${id}?file=gone.py`)
  assert.equal(boot.missingPath, 'gone.py')
  assert.equal(boot.file?.path, 'main.py')
})

test("another user's project, one that is not there and a visitor without a session get the same friendly 404", async () => {
  const pages = [
    await pageAt(`/projects/${id}`, 'somebody else'),
    await pageAt('/projects/0199a0b1-0000-7000-8000-00000000ffff'),
    await pageAt('/projects/..%2f..%2fetc'),
    await pageAt(`/projects/${id}`, ''),
  ]
  for (const page of pages) {
    assert.equal(page.statusCode, 404)
    assert.match(page.body, /This project is not here/)
    assert.equal(page.body, pages[0]?.body)
  }
})

test('the page may run its own scripts only, and stands in no frame', async () => {
  const { headers } = await pageAt(`/projects/${id}`)
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /script-src 'self' 'sha256-[\w+/=]+'(?:;|$)/)
  assert.doesNotMatch(policy, /script-src[^;]*unsafe/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.equal(headers['cache-control'], 'no-store')
})

test('assets are sent as they were compressed at build time and are never asked for again', async () => {
  const app = await appWith(join(folder, 'dist'))
  const response = await app.inject({ url: '/assets/main.js', headers: { 'accept-encoding': 'br' } })
  assert.equal(response.headers['content-encoding'], 'br')
  assert.equal(response.body, 'compressed')
  assert.match(String(response.headers['cache-control']), /max-age=31536000, immutable/)
  assert.equal((await app.inject('/assets/..%2fserver%2fpage.js')).statusCode, 404)
  assert.equal((await app.inject('/server/page.js')).statusCode, 404)
  await app.close()
})

test('without a built page the server says how to build it', async () => {
  const app = await appWith(join(folder, 'nowhere'))
  const response = await app.inject('/')
  assert.equal(response.statusCode, 503)
  assert.match(response.body, /npm run build/)
  await app.close()
})

test('a project opens with the usual file of a language, else with its README', () => {
  assert.equal(firstFile([file('b.txt'), file('main.py')], [python], null)?.path, 'main.py')
  assert.equal(firstFile([file('a/x.txt'), file('README.md'), file('b.txt')], [python], null)?.path, 'README.md')
  assert.equal(firstFile([file('a/x.txt'), file('b.txt')], [python], null)?.path, 'b.txt')
  assert.equal(firstFile([], [python], null), null)
})
