/** HTTP that no decent client sends: the server answers with the expected refusal, or cuts; it never fails, never ends, never swells. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { Guest } from './guest.ts'
import { openRaw, residentBytes, sendRaw } from './raw-http.ts'
import { startServer } from './server-under-test.ts'

const megabyte = 1024 * 1024
const server = await startServer()
after(() => server[Symbol.asyncDispose]())
let guest: Guest
const host = new URL(server.url).host
const anyId = '01a1f7b5-7b01-7702-ae37-f1373e914301'

afterEach(async () => {
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  assert.doesNotMatch(await (await fetch(`${server.url}/metrics`)).text(), /atelier_refusals_total\{code="internal"\} [1-9]/)
})

type Route = { readonly method: string; readonly path: string; readonly takes: 'json' | 'bytes' | 'nothing' }

/** Every address that the server describes, with ids filled in. */
const routes: Route[] = []
/** Without those of administrators: for everybody else they answer like nothing, before anything is read (`admin/admin.pg.test.ts`). */
const takingJson = (): Route[] => routes.filter(({ takes, path }) => takes === 'json' && !path.startsWith('/api/v1/admin/'))
const writing = (): Route[] => routes.filter(({ method }) => method !== 'GET' && method !== 'HEAD')

before(async () => {
  guest = await Guest.of(server)
  const described = await fetch(`${server.url}/openapi.json`)
  assert.equal(described.status, 200)
  const { paths } = (await described.json()) as {
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, unknown> } }>>
  }
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { requestBody }] of Object.entries(operations)) {
      const types = Object.keys(requestBody?.content ?? {})
      const takes = types.includes('application/json')
        ? 'json'
        : types.length > 0 || path.endsWith('/stdin')
          ? 'bytes'
          : 'nothing'
      routes.push({ method: method.toUpperCase(), path: path.replace('{id}', anyId).replace('{*}', 'main.py'), takes })
    }
})

const head = ({ method, path }: Pick<Route, 'method' | 'path'>, ...headers: string[]): string =>
  [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    'connection: close',
    `authorization: Bearer ${guest.token}`,
    ...headers,
    '',
    '',
  ].join('\r\n')

test('what is no JSON is refused on every address that takes JSON', async () => {
  assert.ok(takingJson().length >= 6)
  const bad = ['{', '{"name": "x"', '[1,]', 'name=x', '\u0000', '{"a":\n"b\nc"}', '', 'nul', "{'a': 1}"]
  for (const { method, path } of takingJson())
    for (const body of bad) {
      const headers = { 'content-type': 'application/json' }
      assert.equal(
        await guest.refusal(path, { method, body, headers }),
        '400 malformed-json',
        `${method} ${path} ${JSON.stringify(body)}`,
      )
    }
})

test('JSON of another shape is refused: other types, unknown fields, forged prototypes, a hundred thousand brackets', async () => {
  const bad = [
    ...[
      'null',
      '[]',
      '7',
      '"x"',
      'true',
      '{}',
      '{"unknown":1}',
      '[[]]',
      '{"name":{}}',
      '{"name":["x"]}',
      '{"files":{"length":1}}',
    ],
    ...['{"__proto__":{"name":"x"}}', '{"constructor":{"prototype":{"name":"x"}}}', '{"name":"x","__proto__":null}'],
    ...['['.repeat(100_000) + ']'.repeat(100_000), `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ]
  for (const { method, path } of takingJson())
    for (const body of bad) {
      const response = await guest.ask(path, { method, body, headers: { 'content-type': 'application/json' } })
      const text = await response.text()
      assert.ok(
        response.status >= 400 && response.status < 500,
        `${method} ${path} ${body.slice(0, 40)} → ${response.status} ${text.slice(0, 200)}`,
      )
    }
  const { polluted } = {} as { polluted?: unknown }
  assert.equal(polluted, undefined)
})

test('a content type that is not JSON is refused on every address that takes JSON', async () => {
  for (const { method, path } of takingJson())
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'x',
      ';',
      'a/b/c',
    ])
      assert.equal(
        await guest.refusal(path, { method, body: '{}', headers: { 'content-type': type } }),
        '415 unsupported-media-type',
        `${path} ${type}`,
      )
})

test('a body of 100 MB to every address moves the server’s memory by at most 150 MB, announced or not', async () => {
  const before = await residentBytes(server.pid)
  let most = before
  const watch = setInterval(async () => {
    most = Math.max(most, await residentBytes(server.pid))
  }, 20)
  const piece = Buffer.alloc(megabyte, 0x20)
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')])
  try {
    for (const { method, path, takes } of writing()) {
      const type = `content-type: ${takes === 'bytes' ? 'application/octet-stream' : 'application/json'}`
      const announced = [head({ method, path }, type, `content-length: ${100 * megabyte}`), ...Array<Buffer>(100).fill(piece)]
      const unannounced = [
        head({ method, path }, type, 'transfer-encoding: chunked'),
        ...Array<Buffer>(100).fill(chunk),
        '0\r\n\r\n',
      ]
      const answers = await Promise.all(
        [announced, unannounced, announced, unannounced].map((parts) => sendRaw(server.url, parts)),
      )
      for (const { status, text } of answers)
        assert.ok(status === null || (status >= 400 && status < 500), `${method} ${path}: ${text.slice(0, 200)}`)
    }
  } finally {
    clearInterval(watch)
  }
  assert.ok(most - before <= 150 * megabyte, `memory grew by ${Math.round((most - before) / megabyte)} MB`)
})

test('headers without measure are refused', async () => {
  for (const headers of [
    [`x-big: ${'x'.repeat(100_000)}`],
    Array.from({ length: 5000 }, (_, i) => `x-${i}: y`),
    [`cookie: ${'a=b; '.repeat(20_000)}`],
  ]) {
    const { status } = await sendRaw(server.url, head({ method: 'GET', path: '/api/v1/session' }, ...headers))
    assert.equal(status, 431)
  }
  const { status } = await sendRaw(server.url, head({ method: 'GET', path: `/api/v1/${'x'.repeat(100_000)}` }))
  assert.ok(status === 431 || status === 414)
})

test('requests that are no HTTP, or two in one, are refused or cut', async () => {
  const get = `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n`
  const bad: Record<string, string | Uint8Array> = {
    garbage: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)),
    'a TLS greeting': Buffer.from('1603010200010001fc0303', 'hex'),
    'no version': 'GET /nowhere\r\n\r\n',
    'another version': `GET / HTTP/9.9\r\nhost: ${host}\r\n\r\n`,
    'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
    'NUL in a header': `${get}x: a\u0000b\r\n\r\n`,
    'a header without a colon': `${get}nonsense\r\n\r\n`,
    'a folded header': `${get}x: a\r\n b\r\n\r\n`,
    'a space before the colon': `${get}x : a\r\n\r\n`,
    'both length and chunks': `POST /api/v1/projects HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
    'two lengths': `POST /api/v1/projects HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!`,
    'a negative length': `POST /api/v1/projects HTTP/1.1\r\nhost: ${host}\r\ncontent-length: -1\r\n\r\n`,
    'a length beyond numbers': `POST /api/v1/projects HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 99999999999999999999999\r\n\r\n`,
    'a broken chunk': `POST /api/v1/projects HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    'a garbage method': `G@T / HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    'a method of our own': `BREW /api/v1/projects HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    'a proxy request': `CONNECT example.org:443 HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
  }
  for (const [what, bytes] of Object.entries(bad)) {
    const { status, text } = await sendRaw(server.url, bytes)
    assert.ok(status === null || (status >= 400 && status < 500), `${what}: ${text.slice(0, 200)}`)
    assert.doesNotMatch(text, /smuggled/)
  }
})

test('good requests in one packet are all answered; garbage behind them is refused or cut', async () => {
  const get = `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`
  // The last one asks for the end, which is waited for: answers may come with pauses.
  const last = get.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')
  const { text } = await sendRaw(server.url, get.repeat(49) + last, 60_000)
  assert.equal(text.match(/HTTP\/1\.1 200/g)?.length, 50)
  const spoilt = await sendRaw(server.url, `${get.repeat(50)}\u0001\u0002garbage\r\n\r\n`)
  assert.doesNotMatch(spoilt.text, /HTTP\/1\.1 5/)
})

test('addresses that are broken, strange or made to climb lead nowhere', async () => {
  const addresses = [
    ...[
      '/%',
      '/%zz',
      '/api/v1/projects/%00',
      '/api/v1/projects/%',
      '/api/v1/executions/%ff',
      '//',
      '//evil.example/',
      '/\\',
      '/api//v1/projects',
    ],
    ...[
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/docs/../../etc/passwd',
      '/docs/static/%2e%2e/%2e%2e/package.json',
      '/api/v1/projects/..%2f..',
    ],
    ...[
      '/api/v1/executions/1',
      `/api/v1/executions/${anyId}x`,
      `/api/v1/projects/${"' OR 1=1 --"}`,
      '/api/v1/executions?limit=0',
      '/api/v1/executions?limit=1e9',
    ],
    ...[
      '/api/v1/executions?cursor=x',
      `/api/v1/executions/${anyId}/output?since=-1`,
      `/api/v1/executions/${anyId}/output?waitMs=99999999`,
      '/api/v1/projects?cursor=%00',
    ],
    ...[
      'http://evil.example/healthz/x',
      '/__proto__',
      '/constructor',
      `/api/v1/projects/${anyId}/files/__proto__`,
      '/API/V1/PROJECTS',
      '/api/v1/projects/',
    ],
  ]
  for (const path of addresses) {
    const { status, text } = await sendRaw(server.url, head({ method: 'GET', path: path.replaceAll(' ', '%20') }))
    assert.ok(status !== null && status >= 400 && status < 500, `${path}: ${text.slice(0, 120)}`)
    assert.doesNotMatch(text, /root:|"workspaces"/)
  }
})

test('a method that an address does not take is refused with those that it does', async () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
  const known = new Map<string, Set<string>>()
  for (const { method, path } of routes) known.set(path, (known.get(path) ?? new Set()).add(method))
  for (const [path, taken] of known)
    for (const method of methods) {
      if (taken.has(method) || (method === 'HEAD' && taken.has('GET'))) continue
      const response = await guest.ask(path, { method })
      await response.text()
      assert.equal(response.status, 405, `${method} ${path}`)
      for (const each of taken) assert.ok(response.headers.get('allow')?.split(', ').includes(each), `${method} ${path}`)
    }
})

test('a thousand clients that send half a request and fall silent keep nobody else from being served, and cost little', async () => {
  const before = await residentBytes(server.pid)
  const silent: Socket[] = []
  try {
    for (let i = 0; i < 1000; i++) {
      const socket = await openRaw(server.url)
      silent.push(socket)
      socket.write(
        i % 2 === 0
          ? `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nx: `
          : `${head({ method: 'POST', path: '/api/v1/executions' }, 'content-type: application/json', 'content-length: 20000000')}{"files"`,
      )
    }
    for (let i = 0; i < 20; i++) assert.equal((await guest.ask('/api/v1/session')).status, 200)
    const json = { files: [{ path: 'main.py', content: `# ${'x'.repeat(5 * megabyte)}` }] }
    const started = await guest.ask('/api/v1/executions', { json })
    assert.equal(started.status, 202, `announced bodies that do not come hold no memory: ${await started.text()}`)
    assert.ok((await residentBytes(server.pid)) - before <= 150 * megabyte)
  } finally {
    for (const socket of silent) socket.destroy()
    await Promise.all(silent.map((socket) => (socket.closed ? null : once(socket, 'close'))))
  }
})
