/** What may be shown in somebody else's page, and what its reader may do: nothing in anybody's name. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { EmbedGuest, OEmbed } from '@atelier/protocol/embeds'
import type { ExecutionEvent } from '@atelier/protocol/executions'
import { Project, ProjectPage } from '@atelier/protocol/projects'
import { Guest } from './guest.ts'
import { startServer } from './server-under-test.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

const nasty = `"><img src=x onerror=alert(1)>'&lt;`
let owner: Guest
let shared: Project
let hidden: Project

before(async () => {
  owner = await Guest.of(server)
  shared = await newProject(nasty, 'unlisted')
  hidden = await newProject('Hidden', 'private')
})

async function newProject(name: string, visibility: string): Promise<Project> {
  const project = Project.parse(await (await owner.ask('/api/v1/projects', { json: { name } })).json())
  const text = 'print("</script><script>alert(1)</script>")'
  await owner.ask(`/api/v1/projects/${project.id}/files/main.py`, { method: 'PUT', body: text })
  const changed = await owner.ask(`/api/v1/projects/${project.id}`, { method: 'PATCH', json: { visibility } })
  assert.equal(changed.status, 200, await changed.text())
  return project
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers, redirect: 'manual' })
const oembed = (url: string, more = '') => get(`/oembed?url=${encodeURIComponent(url)}${more}`)
const policyOf = (response: Response): string => response.headers.get('content-security-policy') ?? ''

async function newReader(): Promise<Guest> {
  const answer = await fetch(`${server.url}/api/v1/embeds/guests`, { method: 'POST' })
  return new Guest(server.url, EmbedGuest.parse(await answer.json()).token)
}
const run = (reader: Guest, content: string, more: object = {}) =>
  reader.ask('/api/v1/embeds/executions', { json: { files: [{ path: 'main.py', content }], ...more } })

async function eventsOf(response: Response): Promise<ExecutionEvent[]> {
  assert.equal(response.headers.get('content-type'), 'text/event-stream', `${response.status}`)
  return [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as ExecutionEvent)
}
const textOf = (events: readonly ExecutionEvent[]) => events.map((event) => (event.type === 'output' ? event.data : '')).join('')

test('only embeds may stand in a frame; private projects are not shown there, not even to their owner', async () => {
  const framed = await get(`/embed/${shared.id}`)
  assert.match(policyOf(framed), /frame-ancestors \*/)
  assert.equal(framed.status, 200)
  for (const path of [`/projects/${shared.id}`, '/new?template=welcome', `/new?project=${shared.id}`, '/docs/'])
    assert.match(policyOf(await owner.ask(path)), /frame-ancestors 'none'/, path)
  for (const path of [
    `/embed/${hidden.id}`,
    '/embed/0199a0b1-0000-7000-8000-00000000ffff',
    '/embed/x',
    '/embed',
    '/embed?template=x',
  ]) {
    const missing = await owner.ask(path)
    assert.deepEqual([missing.status, (await missing.text()).includes('Hidden')], [404, false], path)
  }
})

test('an embed is the same for everybody: it looks at no cookie and sets none, and no text of a project leaves its place', async () => {
  const withCookie = await get(`/embed/${shared.id}`, { cookie: `atelier_session=${owner.token}` })
  assert.equal(withCookie.headers.get('set-cookie'), null)
  const html = await withCookie.text()
  assert.doesNotMatch(html, /<img|<script>alert/)
  assert.ok(html.includes('&#60;img'))
  assert.doesNotMatch(html, new RegExp(owner.token))
  assert.match(policyOf(withCookie), /script-src 'self' 'sha256-[\w+/=]+';/)
})

test('what is too large is not embedded, and a server may name who embeds', async () => {
  const large = await newProject('Large', 'public')
  await owner.ask(`/api/v1/projects/${large.id}/files/data.txt`, { method: 'PUT', body: 'x'.repeat(600_000) })
  const refused = await get(`/embed/${large.id}`)
  assert.deepEqual([refused.status, /at most 100 files and 512 KB/.test(await refused.text())], [413, true])
  await using strict = await startServer({ environment: { ATELIER_EMBED_ORIGINS: 'https://docs.example.org' } })
  const framed = await fetch(`${strict.url}/embed?template=welcome`)
  assert.match(policyOf(framed), /frame-ancestors 'self' https:\/\/docs\.example\.org$/)
  assert.match(await framed.text(), /"parents":\["https:\/\/docs\.example\.org"\]/)
})

test('an embed is small: all that it loads, compressed, is at most 150 KB', async () => {
  const html = await (await get('/embed?template=units-python')).text()
  const files = new Set([...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, file]) => file ?? ''))
  assert.ok(files.size > 3)
  let bytes = html.length
  for (const file of files) {
    const answer = await get(file, { 'accept-encoding': 'br' })
    assert.equal(answer.status, 200, file)
    const length = Number(answer.headers.get('content-length'))
    assert.ok(length > 0, file)
    bytes += length
  }
  assert.ok(bytes < 150 * 1024, `${bytes} bytes`)
})

test('oEmbed answers for what may be shown, in the size that was asked for, with everything escaped', async () => {
  const answer = await oembed(`${server.url}/projects/${shared.id}`, '&format=json&maxwidth=300&maxheight=100')
  const { title, html, width, height } = OEmbed.parse(await answer.json())
  assert.deepEqual([title, width, height], [nasty, 300, 100])
  assert.match(
    html,
    new RegExp(`^<iframe src="${server.url}/embed/${shared.id}" title="[^"<>']+" width="300" height="100" [^<>]*></iframe>$`),
  )
  const template = OEmbed.parse(await (await oembed(`${server.url}/embed?template=welcome&theme=dark&x="><b>`)).json())
  assert.match(template.html, /src="[^"]+\/embed\?template=welcome&#38;theme=dark"/)
  assert.deepEqual([template.width, template.height], [720, 480])
})

test('oEmbed: another format is 501, what is not ours, not there or private is 404, a bad question is 400', async () => {
  const statusOf = async (response: Promise<Response>) => (await response).status
  assert.equal(await statusOf(oembed(`${server.url}/embed?template=welcome`, '&format=xml')), 501)
  for (const url of [
    `${server.url}/projects/${hidden.id}`,
    `${server.url}/projects/0199a0b1-0000-7000-8000-00000000ffff`,
    `http://evil.example/projects/${shared.id}`,
    `${server.url}/embed?template=nothing`,
    `${server.url}/`,
    'javascript:alert(1)',
    'x',
  ])
    assert.equal(await statusOf(oembed(url)), 404, url)
  for (const question of [
    '/oembed',
    '/oembed?url=',
    `/oembed?url=${'x'.repeat(3000)}`,
    '/oembed?url=x&maxwidth=-1',
    '/oembed?url=x&maxwidth=a',
  ])
    assert.ok([400, 404].includes(await statusOf(get(question))), question)
  assert.equal(await statusOf(get('/oembed')), 400)
})

test('the page of a project that may be embedded names its oEmbed answer, a private one does not', async () => {
  const html = await (await owner.ask(`/projects/${shared.id}`)).text()
  const link = /<link rel="alternate" type="application\/json\+oembed" href="([^"]+)"/.exec(html)?.[1]?.replaceAll('&#38;', '&')
  assert.equal(OEmbed.parse(await (await fetch(link ?? '')).json()).title, nasty)
  assert.doesNotMatch(await (await owner.ask(`/projects/${hidden.id}`)).text(), /oembed/)
})

test('a reader runs files of their own, talks to the program, and stops it', async () => {
  const reader = await newReader()
  const response = await run(reader, 'print("Hello", input())')
  const at = response.headers.get('location') ?? ''
  assert.equal((await reader.ask(`${at}/input`, { json: { data: 'Ada\n', end: true } })).status, 204)
  const events = await eventsOf(response)
  assert.equal(textOf(events), 'Hello Ada\n')
  const endless = await run(reader, 'while True: pass')
  await reader.ask(`${endless.headers.get('location')}/cancel`, { method: 'POST' })
  const end = (await eventsOf(endless)).at(-1)
  assert.equal(end?.type === 'end' && end.result.reason, 'cancelled')
})

test('the token of a reader is good for nothing but their own programs, and nobody else’s is good for these', async () => {
  const [reader, other] = [await newReader(), await newReader()]
  const response = await run(reader, 'input()')
  const at = response.headers.get('location') ?? ''
  for (const who of [other, owner]) assert.equal(await who.refusal(`${at}/input`, { json: { data: 'x' } }), '404 not-found')
  await reader.ask(`${at}/cancel`, { method: 'POST' })
  await response.text()
  for (const path of ['/api/v1/projects', `/api/v1/projects/${hidden.id}`])
    assert.equal(await reader.refusal(path), '401 session-required')
  assert.equal(await run(owner, '1').then(({ status }) => status), 401)
  assert.equal(
    await reader.refusal('/api/v1/tokens', { json: { name: 'x', scopes: ['read'] } }).then((text) => text.slice(0, 2)),
    '40',
  )
})

test('a reader asks for no more than files: not for a project, a network, a wall or larger limits', async () => {
  const reader = await newReader()
  for (const more of [
    { projectId: hidden.id },
    { network: true },
    { isolation: 'process' },
    { limits: { wallMs: 1 } },
    { artefacts: true },
  ])
    assert.equal((await run(reader, '1', more)).status, 400, JSON.stringify(more))
  const greedy = await eventsOf(await run(reader, 'print("x" * 3_000_000)'))
  const end = greedy.at(-1)
  assert.equal(end?.type === 'end' && end.result.reason, 'output')
  const large = { files: [{ path: 'main.py', content: `#${'x'.repeat(2_000_000)}` }] }
  assert.equal(await reader.refusal('/api/v1/embeds/executions', { json: large }), '413 too-large')
})

test('a program of a reader ends when the page is closed', async () => {
  const reader = await newReader()
  const gone = new AbortController()
  const response = await reader.ask('/api/v1/embeds/executions', {
    json: { files: [{ path: 'main.py', content: 'print(1, flush=True)\nwhile True: pass' }] },
    signal: gone.signal,
  })
  await response.body?.getReader().read()
  const running = async () => /^atelier_executions_running (\d+)$/m.exec(await (await get('/metrics')).text())?.[1]
  // Those of the tests before may still be on their way out.
  while ((await running()) !== '1') await pause(20)
  gone.abort()
  while ((await running()) !== '0') await pause(20)
})

test('a page of another site can speak to an embed’s routes as little as to any other', async () => {
  const reader = await newReader()
  const headers = { origin: 'https://evil.example' }
  assert.equal(await reader.refusal('/api/v1/embeds/executions', { json: { files: [] }, headers }), '403 origin-refused')
  assert.equal(await reader.refusal('/api/v1/embeds/guests', { method: 'POST', headers }), '403 origin-refused')
})

const form = (path: string, fields: Record<string, string>, headers: Record<string, string>) =>
  fetch(server.url + path, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })

test('a form of another site is shown, and makes nothing; the form that makes something is taken from us alone', async () => {
  const headers = { origin: 'https://evil.example', cookie: `atelier_session=${owner.token}` }
  const count = async () => ProjectPage.parse(await (await owner.ask('/api/v1/projects?limit=100')).json()).items.length
  const before = await count()
  const shown = await form(
    '/new',
    { 'project[title]': nasty, 'project[files][<b>.py]': '</p><script>alert(1)</script>' },
    headers,
  )
  const html = await shown.text()
  assert.equal(shown.status, 200, html)
  assert.doesNotMatch(html, /<img|<script|<b>\.py/)
  assert.match(html, /The page of evil\.example offers you these files/)
  assert.match(policyOf(shown), /frame-ancestors 'none'/)
  assert.equal(shown.headers.get('set-cookie'), null)
  const offered = JSON.stringify({ title: 'x', files: [{ path: 'a.py', content: '1' }] })
  for (const fields of [{ offered }, { template: 'welcome' }, { project: shared.id }])
    assert.equal((await form('/new/confirmed', fields, headers)).status, 403)
  assert.equal(await count(), before)
})

test('who agrees gets a new project: of the offered files, of a template, or a copy of a project', async () => {
  const headers = { origin: server.url, authorization: `Bearer ${owner.token}` }
  const offered = JSON.stringify({ title: nasty, files: [{ path: 'src/a.py', content: 'print(1)\n' }] })
  for (const [fields, name, file] of [
    [{ offered }, nasty, 'src/a.py'],
    [{ template: 'coffee-shop' }, 'Coffee shop', 'shop/sales.py'],
    [{ project: shared.id }, nasty, 'main.py'],
  ] as const) {
    const made = await form('/new/confirmed', { ...fields }, headers)
    assert.equal(made.status, 303, await made.text())
    const id = made.headers.get('location')?.slice('/projects/'.length) ?? ''
    assert.notEqual(id, shared.id)
    const project = Project.parse(await (await owner.ask(`/api/v1/projects/${id}`)).json())
    assert.deepEqual([project.name, project.role, project.visibility], [name, 'owner', 'private'])
    assert.equal((await owner.ask(`/api/v1/projects/${id}/files/${file}`)).status, 200)
  }
  const stranger = await Guest.of(server)
  const theirs = { origin: server.url, authorization: `Bearer ${stranger.token}` }
  assert.equal((await form('/new/confirmed', { project: hidden.id }, theirs)).status, 404)
})

test('what cannot be opened is told in a sentence', async () => {
  const same = { origin: server.url }
  assert.equal((await form('/new', {}, same)).status, 400)
  assert.equal((await form('/new', { 'project[files][../x]': '' }, same)).status, 400)
  assert.equal((await form('/new', { 'project[files][a]': 'x'.repeat(600_000) }, same)).status, 413)
  assert.equal((await form('/new/confirmed', { offered: '{' }, same)).status, 400)
  for (const path of ['/new?template=nothing', `/new?project=${hidden.id}`, '/new?project=x'])
    assert.equal((await get(path)).status, 404, path)
  assert.equal((await get('/new')).headers.get('location'), '/')
})

test('the badge may be shown in every page', async () => {
  const badge = await get('/open-in-atelier.svg')
  assert.deepEqual(
    [badge.headers.get('content-type'), badge.headers.get('cross-origin-resource-policy')],
    ['image/svg+xml', 'cross-origin'],
  )
})
