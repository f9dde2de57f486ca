import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@atelier/protocol/errors'
import { FileTree } from '@atelier/protocol/files'
import { Project, ProjectPage, TemplateList } from '@atelier/protocol/projects'
import { openTestApp } from './fixtures/open-test-app.ts'

const nobody = '01a1f7b1-45fc-7527-bbc1-2863fa949001'

test('a project is created, read, renamed and deleted', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const created = await guest.request('POST', '/api/v1/projects', { payload: { name: '  First steps  ' } })
  assert.equal(created.statusCode, 201)
  const project = Project.parse(created.json())
  assert.equal(project.name, 'First steps')
  const address = `/api/v1/projects/${project.id}`
  assert.equal(created.headers.location, address)
  assert.deepEqual((await guest.request('GET', address)).json(), project)
  assert.deepEqual(FileTree.parse((await guest.request('GET', `${address}/files`)).json()), { items: [] })
  const renamed = await guest.request('PATCH', address, { payload: { name: 'Ünïcode 😀' } })
  assert.equal(renamed.statusCode, 200)
  assert.equal(Project.parse((await guest.request('GET', address)).json()).name, 'Ünïcode 😀')
  assert.equal((await guest.request('DELETE', address)).statusCode, 204)
  assert.equal((await guest.request('GET', address)).statusCode, 404)
  assert.equal((await guest.request('DELETE', address)).statusCode, 404)
})

test('the first project makes a guest, whose cookie comes with the answer', async () => {
  await using t = await openTestApp()
  const created = await t.app.inject({ method: 'POST', url: '/api/v1/projects', payload: { name: 'x' } })
  assert.equal(created.statusCode, 201)
  const cookie = String(created.headers['set-cookie']).split(';')[0] ?? ''
  const listed = await t.app.inject({ url: '/api/v1/projects', headers: { cookie } })
  assert.deepEqual(ProjectPage.parse(listed.json()).items, [created.json()])
})

test('without a session the list is empty and every project is unknown', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = (await guest.request('POST', '/api/v1/projects', { payload: { name: 'x' } })).json()
  assert.deepEqual((await t.app.inject({ url: '/api/v1/projects' })).json(), { items: [], nextCursor: null })
  assert.equal((await t.app.inject({ url: `/api/v1/projects/${id}` })).statusCode, 404)
  assert.equal((await t.app.inject({ method: 'PUT', url: `/api/v1/projects/${id}/files/a`, payload: 'x' })).statusCode, 404)
})

test('on every address another user’s project is answered exactly like one that does not exist', async () => {
  await using t = await openTestApp()
  const [owner, stranger] = [await t.guest(), await t.guest()]
  const { id } = (await owner.request('POST', '/api/v1/projects', { payload: { name: 'mine', template: 'welcome' } })).json()
  const routes = [
    ['GET', ''],
    ['PATCH', '', { payload: { name: 'stolen' } }],
    ['DELETE', ''],
    ['GET', '/files'],
    ['GET', '/files/main.py'],
    ['HEAD', '/files/main.py'],
    ['PUT', '/files/main.py', { payload: 'stolen' }],
    ['PUT', '/files/main.py', { payload: 'stolen', headers: { 'if-match': '"1"' } }],
    ['PUT', '/files/new.py', { payload: 'stolen', headers: { 'if-none-match': '*' } }],
    ['PUT', '/files/large.bin', { payload: Buffer.alloc(400_000) }],
    ['DELETE', '/files/main.py'],
    ['POST', '/folders', { payload: { path: 'x' } }],
    ['POST', '/move', { payload: { from: 'main.py', to: 'x' } }],
  ] as const
  for (const [method, rest, more] of routes) {
    const foreign = await stranger.request(method, `/api/v1/projects/${id}${rest}`, { ...more })
    const missing = await stranger.request(method, `/api/v1/projects/${nobody}${rest}`, { ...more })
    assert.equal(foreign.statusCode, 404, `${method} ${rest}`)
    const withoutInstance = (body: string) => body.replace(/"instance":"[^"]*"/, '')
    assert.equal(withoutInstance(foreign.body), withoutInstance(missing.body))
  }
  const tree = FileTree.parse((await owner.request('GET', `/api/v1/projects/${id}/files`)).json())
  assert.deepEqual(
    tree.items.filter((entry) => entry.kind === 'file' && entry.version !== 1),
    [],
  )
})

test('projects are listed page by page, newest change first, each exactly once', async () => {
  await using t = await openTestApp()
  const [guest, other] = [await t.guest(), await t.guest()]
  const ids: string[] = []
  for (let index = 0; index < 7; index++) ids.push((await t.projects.createProject(guest.userId, `project ${index}`)).id)
  await t.projects.createProject(other.userId, 'not yours')
  const oldest = ids[0] ?? ''
  await t.projects.saveFile(oldest, guest.userId, 'a.txt', Buffer.from('a'))
  await t.projects.saveFile(oldest, guest.userId, 'a.txt', Buffer.from('b'))
  const seen: string[] = []
  let url: string | undefined = '/api/v1/projects?limit=3'
  while (url !== undefined) {
    const answer = await guest.request('GET', url)
    const page = ProjectPage.parse(answer.json())
    seen.push(...page.items.map((project) => project.id))
    url = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1]
    assert.equal(url !== undefined, page.nextCursor !== null)
  }
  assert.deepEqual(seen, [oldest, ...ids.slice(1).reverse()])
})

test('a cursor or limit that is not one of ours is refused', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  for (const query of [
    'cursor=x',
    `cursor=${Buffer.from('["x","y"]').toString('base64url')}`,
    'limit=0',
    'limit=101',
    'limit=NaN',
    'limit=1.5',
  ]) {
    const answer = await guest.request('GET', `/api/v1/projects?${query}`)
    assert.equal(answer.statusCode, 400, query)
    assert.equal(Problem.parse(answer.json()).code, 'invalid-request')
  }
})

test('names that are empty, too long, of several lines or no text at all are refused', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  for (const name of ['', '   ', 'x'.repeat(121), 'a\nb', 'a\u0000b', 7, null, undefined]) {
    const answer = await guest.request('POST', '/api/v1/projects', { payload: { name } })
    assert.equal(answer.statusCode, 400, JSON.stringify(name))
  }
  assert.equal((await guest.request('POST', '/api/v1/projects', { payload: { name: 'x', owner: 'y' } })).statusCode, 400)
})

test('every template makes a project that has its entry point', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { items } = TemplateList.parse((await t.app.inject({ url: '/api/v1/templates' })).json())
  assert.ok(items.length > 0)
  for (const { id, entryPoint } of items) {
    const project = (await guest.request('POST', '/api/v1/projects', { payload: { name: id, template: id } })).json()
    const files = await t.projects.readAllFiles(project.id, guest.userId)
    assert.ok(
      files.some((file) => file.path === entryPoint && file.content.length > 0),
      id,
    )
  }
  const unknown = await guest.request('POST', '/api/v1/projects', { payload: { name: 'x', template: 'nope' } })
  assert.equal(unknown.statusCode, 400)
  assert.match(Problem.parse(unknown.json()).detail, /There is .*welcome/)
})

test('all files of a project are read as they are at one moment, and refused when they are too many bytes', async () => {
  await using t = await openTestApp()
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  const contents: Record<string, Buffer> = {
    'a.py': Buffer.from('print(1)'),
    'data/b.bin': Buffer.alloc(400_000, 3),
    'empty.txt': Buffer.alloc(0),
  }
  for (const [path, content] of Object.entries(contents)) await t.projects.saveFile(id, guest.userId, path, content)
  const files = await t.projects.readAllFiles(id, guest.userId)
  assert.deepEqual(Object.fromEntries(files.map((file) => [file.path, file.content])), contents)
  await assert.rejects(t.projects.readAllFiles(id, guest.userId, 400_000), /more than 0 MB|too much to run/)
  await assert.rejects(t.projects.readAllFiles(nobody, guest.userId), /no such project/)
})

test('every route of projects is in the OpenAPI description, with a summary and its problems', async () => {
  await using t = await openTestApp()
  const { paths } = t.app.swagger() as unknown as {
    paths: Record<string, Record<string, { summary?: string; responses: Record<string, unknown> }>>
  }
  const own = Object.entries(paths).filter(([path]) => /^\/api\/v1\/(projects|templates)/.test(path))
  const methods = own.flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ title: `${method} ${path}`, operation })),
  )
  assert.equal(methods.length, 14)
  for (const { title, operation } of methods) {
    assert.ok(operation.summary, title)
    if (!title.startsWith('get /api/v1/templates')) assert.ok(operation.responses['503'], title)
  }
})
