/** What hostile people try with names, tokens, hashes and with being fast, on the whole server: each gets a clear answer, and nothing changes. */
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { after, test } from 'node:test'
import { refreshCookie } from '@atelier/protocol/accounts'
import { Problem } from '@atelier/protocol/errors'
import { sessionCookie } from '@atelier/protocol/sessions'
import { WebSocket } from 'ws'
import { Browser, password } from './account-browser.ts'
import { Guest } from './guest.ts'
import { startServer } from './server-under-test.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

async function projectOf(guest: Guest, name = 'Mine'): Promise<string> {
  return ((await (await guest.ask('/api/v1/projects', { json: { name } })).json()) as { id: string }).id
}

type Schema = { readonly $ref?: string; readonly properties?: Readonly<Record<string, { readonly type?: string }>> }
type Operation = { readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> } }
type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
const describe = async (): Promise<Description> => (await (await fetch(`${server.url}/openapi.json`)).json()) as Description

test('a name of 10 MB is refused wherever a text is asked for, with a sentence that does not repeat it, and nothing is made', async () => {
  const guest = await Guest.of(server)
  const id = await projectOf(guest)
  const { paths, components } = await describe()
  const endless = 'x'.repeat(10 * 1024 * 1024)
  const tried: string[] = []
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { requestBody }] of Object.entries(operations)) {
      const schema = requestBody?.content['application/json']?.schema
      const whole = schema?.$ref === undefined ? schema : components.schemas[schema.$ref.split('/').at(-1) ?? '']
      const texts = Object.entries(whole?.properties ?? {}).filter(([, { type }]) => type === 'string')
      for (const [property] of texts.slice(0, 3)) {
        const address = path.replace('{id}', id).replaceAll(/\{[^}]+\}/g, '01a1f7b5-7b01-7702-ae37-f1373e914301')
        const response = await guest.ask(address, { method: method.toUpperCase(), json: { [property]: endless } })
        const text = await response.text()
        const name = `${method} ${path} ${property}: ${text.slice(0, 300)}`
        assert.ok(response.status >= 400 && response.status < 500, `${response.status} ${name}`)
        assert.ok(Problem.parse(JSON.parse(text)).detail.length < 1000, name)
        tried.push(`${method} ${path}`)
      }
    }
  for (const address of [
    'post /api/v1/projects',
    'patch /api/v1/projects/{id}',
    'post /api/v1/projects/{id}/folders',
    'patch /api/v1/session',
  ])
    assert.ok(tried.includes(address), `${address} is among ${tried.length}`)
  const { items } = (await (await guest.ask('/api/v1/projects')).json()) as { items: { name: string }[] }
  assert.deepEqual(
    items.map(({ name }) => name),
    ['Mine'],
  )
})

test('the SHA-256 of somebody’s content is no key to it: no address takes one, and saving the same bytes tells nothing', async () => {
  const [ada, eve] = [await Guest.of(server), await Guest.of(server)]
  const [hers, his] = [await projectOf(ada), await projectOf(eve)]
  const content = randomBytes(100_000)
  const sha = createHash('sha256').update(content).digest('hex')
  const save = async (who: Guest, id: string, body: Uint8Array<ArrayBuffer>) =>
    (await who.ask(`/api/v1/projects/${id}/files/a.bin`, { method: 'PUT', body })).status
  assert.equal(await save(ada, hers, content), 201)
  const named = Object.keys((await describe()).paths).filter((path) => /\{[^}]*(sha|hash|blob|content)[^}]*\}/i.test(path))
  assert.deepEqual(named, [])
  for (const path of [
    `/api/v1/blobs/${sha}`,
    `/blobs/${sha}`,
    `/api/v1/projects/${his}/blobs/${sha}`,
    `/api/v1/projects/${his}/files/${sha}`,
  ])
    assert.equal((await eve.ask(path)).status, 404, path)
  // Not one byte less than the content itself makes it appear, and it takes the same answer as bytes that nobody had before.
  assert.equal(await save(eve, his, Buffer.from(sha)), 201)
  assert.equal(await (await eve.ask(`/api/v1/projects/${his}/files/a.bin`)).text(), sha)
  const answers = []
  for (const body of [content, randomBytes(100_000)]) {
    const response = await eve.ask(`/api/v1/projects/${his}/files/${answers.length}.bin`, { method: 'PUT', body })
    const entry = (await response.json()) as Record<string, unknown>
    answers.push([response.status, Object.keys(entry), entry.version])
  }
  assert.deepEqual(answers[0], answers[1])
})

test('an Authorization header that is nobody’s is refused at every address, but where the header is no session’s', async () => {
  const addresses = Object.entries((await describe()).paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => [method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, 'x')] as const),
  )
  assert.ok(addresses.length > 100)
  const open = new Set(['/healthz', '/readyz', '/metrics'])
  for (const [method, path] of [...addresses, ['GET', '/'], ['GET', '/embed'], ['GET', '/new']] as const) {
    const headers = { authorization: 'Bearer atl_s_nobody', 'content-type': 'application/json' }
    const response = await fetch(server.url + path, { method, headers, ...(method === 'GET' ? {} : { body: '{}' }) })
    await response.arrayBuffer()
    assert.equal(response.status, open.has(path) ? 200 : 401, `${method} ${path}`)
    assert.equal(response.headers.get('set-cookie'), null, `${method} ${path}`)
  }
})

test('what looks like a signed token is nobody: unsigned, signed with another key, expired, or as a cookie of either kind', async () => {
  const ada = await Browser.member(server.url, 'ada.tokens')
  const { user } = await ada.json<{ user: { id: string } }>('GET', '/api/v1/session')
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const claims = part({
    sub: user.id,
    iss: server.url,
    aud: 'atelier',
    exp: 4_102_444_800,
    admin: true,
    scope: 'read write run admin',
  })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const rs = `${part({ alg: 'RS256', kid: '../../keys/blobs.json' })}.${claims}`
  const hs = `${part({ alg: 'HS256' })}.${claims}`
  const forged = [
    `${part({ alg: 'none' })}.${claims}.`,
    `${part({ alg: 'nOnE', typ: 'JWT' })}.${claims}.`,
    `${rs}.${sign('sha256', Buffer.from(rs), privateKey).toString('base64url')}`,
    ...['', 'secret', 'atelier'].map((key) => `${hs}.${createHmac('sha256', key).update(hs).digest('base64url')}`),
    `${part({ alg: 'none' })}.${part({ sub: user.id, exp: 1 })}.`,
    ...[
      user.id,
      `atl_s_${'A'.repeat(43)}`,
      `atl_t_${'A'.repeat(43)}`,
      `atl_s_${user.id}`,
      'null',
      'undefined',
      '0',
      'x'.repeat(6000),
    ],
  ]
  const { id } = await ada.json<{ id: string }>('POST', '/api/v1/projects', { name: 'Hers' })
  for (const token of forged) {
    const name = token.slice(0, 80)
    const bearer = new Guest(server.url, token)
    for (const path of [`/api/v1/projects/${id}`, `/api/v1/projects/${id}/files`])
      assert.match(await bearer.refusal(path), /^40[0134] /, name)
    // Nor does it make a new guest: what a script begins would be nobody's.
    for (const [path, json] of [
      ['/api/v1/session', undefined],
      ['/api/v1/projects', { name: 'Nobody’s' }],
      [`/api/v1/projects/${id}/forks`, {}],
      ['/api/v1/executions', { language: 'python', files: [{ path: 'main.py', content: '' }] }],
      ['/api/v1/sessions', {}],
    ] as const)
      assert.match(await bearer.refusal(path, { json }), /^401 session-required$/, `${name} at ${path}`)
    for (const cookie of [sessionCookie, refreshCookie, 'atelier_access']) {
      const response = await fetch(`${server.url}/api/v1/projects/${id}`, { headers: { cookie: `${cookie}=${token}` } })
      assert.ok([400, 401, 404, 431].includes(response.status), `${cookie} ${name}: ${response.status} ${await response.text()}`)
    }
    const socket = await upgrade(`/api/v1/projects/${id}/yjs/main.py?token=${encodeURIComponent(token)}`)
    assert.ok(socket >= 400, `a socket with ${name} was answered ${socket}`)
  }
  assert.equal((await ada.json<{ user: { id: string } }>('GET', '/api/v1/session')).user.id, user.id)
})

test('two browsers of an owner that delete a project at once, while a third one saves into it: one deletes, the other is told it is gone', async () => {
  const ada = await Browser.member(server.url, 'ada.twice')
  const other = new Browser(server.url)
  assert.equal((await other.ask('POST', '/api/v1/session/sign-in', { login: 'ada.twice', password })).status, 200)
  const { token } = await ada.json<{ token: string }>('POST', '/api/v1/tokens', { name: 'saves', scopes: ['read', 'write'] })
  const script = new Guest(server.url, token)
  for (let round = 0; round < 5; round += 1) {
    const id = await projectOf(script, `Twice ${round}`)
    const save = (index: number) =>
      script.ask(`/api/v1/projects/${id}/files/f${index}`, { method: 'PUT', body: 'x'.repeat(index * 10_000) })
    assert.equal((await save(0)).status, 201)
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, (_, index) => save(index + 1)),
      ada.ask('DELETE', `/api/v1/projects/${id}`),
      other.ask('DELETE', `/api/v1/projects/${id}`),
    ])
    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(statuses.slice(-2).sort(), [204, 404], `round ${round}`)
    for (const status of statuses.slice(0, -2)) assert.ok([201, 404].includes(status), `a save was answered ${status}`)
    assert.equal((await ada.ask('GET', `/api/v1/projects/${id}`)).status, 404)
    assert.match(await script.refusal(`/api/v1/projects/${id}/files/f0`), /^404 /)
  }
  const files = await projectOf(script, 'Files')
  await script.ask(`/api/v1/projects/${files}/files/a/b.txt`, { method: 'PUT', body: 'x' })
  const both = await Promise.all(
    ['a', 'a/b.txt', 'a', 'a/b.txt'].map((path) => ada.ask('DELETE', `/api/v1/projects/${files}/files/${path}`)),
  )
  for (const { status } of both) assert.ok([204, 404].includes(status), String(status))
  assert.ok(both.some(({ status }) => status === 204))
})

test('a repeated key with another program is told so, runs nothing, and the first program is still the one under that key', async () => {
  const guest = await Guest.of(server)
  const headers = { 'idempotency-key': 'one-key' }
  const started = await guest.start('print(1)', {}, headers)
  for (const content of ['print(2)', 'print(1) '])
    assert.equal(
      await guest.refusal('/api/v1/executions', { json: { language: 'python', files: [{ path: 'main.py', content }] }, headers }),
      '422 idempotency-mismatch',
    )
  assert.equal((await guest.start('print(1)', {}, headers)).id, started.id)
})

/** The status that a WebSocket is answered with. */
function upgrade(path: string): Promise<number> {
  return new Promise((done, failed) => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + path)
    socket.on('unexpected-response', (request, response) => {
      request.destroy()
      done(response.statusCode ?? 0)
    })
    socket.on('open', () => done(101))
    socket.on('error', failed)
  })
}
