/** WebSockets that misbehave: each is answered or closed with the expected code, and costs the server little. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import type { ServerFrame } from '@atelier/protocol/sockets'
import { WebSocket } from 'ws'
import { Guest } from './guest.ts'
import { openRaw, residentBytes } from './raw-http.ts'
import { startServer } from './server-under-test.ts'

const megabyte = 1024 * 1024
const server = await startServer({ environment: { ATELIER_EXECUTIONS_PER_USER: '8' } })
after(() => server[Symbol.asyncDispose]())
const endless = 'import time\nwhile True: time.sleep(1)'
let guest: Guest
let executionId: string

before(async () => {
  guest = await Guest.of(server)
  executionId = (await guest.start(endless, { limits: { wallMs: 300_000 } })).id
})
afterEach(async () => {
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  assert.doesNotMatch(await (await fetch(`${server.url}/metrics`)).text(), /atelier_refusals_total\{code="internal"\} [1-9]/)
  assert.equal((await guest.execution(executionId)).state, 'running')
})

const tabPath = '/api/v1/socket'
const streamPath = (): string => `/api/v1/executions/${executionId}/stream`

type Connection = { readonly socket: WebSocket; readonly frames: ServerFrame[]; readonly closed: Promise<number> }

async function connect(path: string, who: Guest = guest): Promise<Connection> {
  const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers: { authorization: `Bearer ${who.token}` } })
  const frames: ServerFrame[] = []
  socket.on('message', (data) => frames.push(JSON.parse(data.toString()) as ServerFrame))
  socket.on('error', () => {})
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await once(socket, 'open')
  return { socket, frames, closed }
}

/** Resolves when a later frame has been answered, so everything before was dealt with. */
async function answeredUntil({ socket, frames, closed }: Connection, mark: string): Promise<void> {
  socket.send(JSON.stringify({ type: 'open', channel: mark }))
  while (!frames.some((frame) => frame.channel === mark)) {
    assert.equal(socket.readyState, WebSocket.OPEN)
    await Promise.race([once(socket, 'message'), closed])
  }
}

/** A frame as bytes, masked as a browser must. */
function frameOf(opcode: number, payload: Uint8Array, { fin = true, announced = payload.length } = {}): Buffer {
  const head = Buffer.alloc(14)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(announced), 2)
  return Buffer.concat([head, payload]) // the mask is zero: the payload is what it is
}

/** A connection on which the handshake is done and everything else is up to us. */
async function openFrames(path: string): Promise<{ socket: Socket; closeCode: Promise<number | null> }> {
  const socket = await openRaw(server.url)
  const key = createHash('md5').update(path).digest('base64')
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: ${new URL(server.url).host}\r\nauthorization: Bearer ${guest.token}\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`,
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 101/)
  let received = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
  })
  const closeCode = once(socket, 'close').then(() => {
    // The close frame is the last one: two bytes of head, two of code.
    const at = received.lastIndexOf(0x88)
    return at >= 0 && received.length >= at + 4 ? received.readUInt16BE(at + 2) : null
  })
  return { socket, closeCode }
}

test('binary frames and broken UTF-8 close the connection with the code for it', async () => {
  const tab = await connect(tabPath)
  tab.socket.send(Buffer.from([1, 2, 3]))
  assert.equal(await tab.closed, 4400)
  for (const path of [tabPath, streamPath()]) {
    const { socket, closeCode } = await openFrames(path)
    socket.write(frameOf(1, Buffer.from([0xff, 0xfe, 0xfd])))
    assert.equal(await closeCode, 1007)
  }
  const stream = await connect(streamPath())
  stream.socket.send(Buffer.from([1, 2, 3]))
  while (!stream.frames.some((frame) => frame.type === 'error' && frame.code === 'invalid-request'))
    await once(stream.socket, 'message')
  stream.socket.terminate()
})

test('frames that are no WebSocket close the connection', async () => {
  const bad: Record<string, Buffer> = {
    'a reserved opcode': frameOf(3, Buffer.from('x')),
    'a continuation of nothing': frameOf(0, Buffer.from('x')),
    'a reserved bit': Buffer.from([0xf1, 0x81, 0, 0, 0, 0, 0x78]),
    'no mask': Buffer.from([0x81, 0x01, 0x78]),
    'a long ping': frameOf(9, Buffer.alloc(200)),
    'a fragmented ping': frameOf(9, Buffer.alloc(2), { fin: false }),
    'a negative length': Buffer.from('81ffffffffffffffffff00000000', 'hex'),
    'a broken close': frameOf(8, Buffer.from([1])),
    garbage: Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 31) % 256)),
  }
  for (const [what, bytes] of Object.entries(bad)) {
    const { socket, closeCode } = await openFrames(tabPath)
    socket.write(bytes)
    const code = await closeCode
    assert.ok(code === null || [1002, 1007, 1009, 4400].includes(code), `${what}: ${code}`)
  }
})

test('a frame of 64 MB is refused by its head; pieces that add up to it are too', async () => {
  const before = await residentBytes(server.pid)
  for (const path of [tabPath, streamPath()]) {
    const whole = await openFrames(path)
    whole.socket.write(frameOf(1, Buffer.alloc(64 * 1024, 0x20), { announced: 64 * megabyte }))
    assert.equal(await whole.closeCode, 1009)
    const pieces = await openFrames(path)
    for (let i = 0; i < 64 && !pieces.socket.destroyed; i++)
      pieces.socket.write(frameOf(i === 0 ? 1 : 0, Buffer.alloc(megabyte, 0x20), { fin: false }))
    const code = await pieces.closeCode
    assert.ok(code === 1009 || code === null)
  }
  assert.ok((await residentBytes(server.pid)) - before <= 150 * megabyte)
})

test('a frame that is no JSON closes the tab’s socket; one of another shape is told what is wrong', async () => {
  for (const text of ['', '{', 'x', '[1,]', '\u0000']) {
    const tab = await connect(tabPath)
    tab.socket.send(text)
    assert.equal(await tab.closed, 4400, text)
  }
  const tab = await connect(tabPath)
  const bad = [
    null,
    [],
    7,
    {},
    { type: 'open' },
    { type: 'open', channel: 7 },
    { type: 'open', channel: 'x', since: -1 },
    { type: 'open', channel: 'x'.repeat(400) },
    { type: 'nothing', channel: 'server' },
    { type: 'send', channel: 'server' },
    { type: 'open', channel: 'server', extra: 1 },
  ]
  for (const frame of bad) tab.socket.send(JSON.stringify(frame))
  tab.socket.send('{"type":"open","channel":"server","__proto__":{"since":1}}')
  await answeredUntil(tab, 'mark')
  assert.equal(tab.frames.filter((frame) => frame.type === 'error' && frame.code === 'invalid-request').length, bad.length + 1)
  tab.socket.terminate()
})

test('channels that do not exist are refused; so is sending to one that is not open, or only tells', async () => {
  const tab = await connect(tabPath)
  for (const channel of [
    '',
    'nothing',
    'execution:',
    'execution:x',
    'execution:../..',
    'execution:01a1f7b5-7b01-7702-ae37-f1373e914301',
    'server:x',
    '__proto__',
    'constructor',
  ])
    tab.socket.send(JSON.stringify({ type: 'open', channel }))
  tab.socket.send(JSON.stringify({ type: 'send', channel: 'server', message: { type: 'cancel' } }))
  tab.socket.send(JSON.stringify({ type: 'close', channel: 'never opened' }))
  await answeredUntil(tab, 'mark')
  assert.deepEqual(
    tab.frames.map((frame) => (frame.type === 'error' ? frame.code : frame.type)),
    Array(11).fill('not-found'),
  )
  tab.socket.send(JSON.stringify({ type: 'open', channel: 'server' }))
  tab.socket.send(JSON.stringify({ type: 'send', channel: 'server', message: { type: 'cancel' } }))
  await answeredUntil(tab, 'second mark')
  assert.equal(
    tab.frames.some((frame) => frame.channel === 'server' && frame.type === 'message'),
    true,
  )
  assert.equal(tab.frames.findLast((frame) => frame.channel === 'server' && frame.type === 'error')?.type, 'error')
  tab.socket.terminate()
})

test('a tab that opens a thousand channels gets sixty-four, then refusals, then is closed', async () => {
  const tab = await connect(tabPath)
  for (let i = 0; i < 1000; i++)
    tab.socket.send(
      JSON.stringify({ type: 'open', channel: `execution:${executionId.slice(0, -3)}${String(i).padStart(3, '0')}` }),
    )
  assert.ok([4404, 4429].includes(await tab.closed))
  const again = await connect(tabPath)
  for (let i = 0; i < 150; i++) again.socket.send(JSON.stringify({ type: 'open', channel: `execution:${executionId}`, since: i }))
  await answeredUntil(again, 'mark')
  assert.equal(
    again.frames.some((frame) => frame.type === 'error' && frame.code === 'too-many-requests'),
    false,
  )
  again.socket.terminate()
})

test('a flood of frames is closed, whoever reads the answers or not', async () => {
  const before = await residentBytes(server.pid)
  const tab = await connect(tabPath)
  for (let i = 0; i < 20_000; i++) tab.socket.send(JSON.stringify({ type: 'close', channel: 'x' }))
  assert.equal(await tab.closed, 4429)
  const stream = await connect(streamPath())
  stream.socket.pause()
  for (let i = 0; i < 20_000; i++) stream.socket.send('{"type":"nonsense"}')
  stream.socket.resume()
  assert.equal(await stream.closed, 4400)
  const heavy = await connect(streamPath())
  const input = JSON.stringify({ type: 'stdin', data: 'x'.repeat(900_000) })
  for (let i = 0; i < 100; i++) heavy.socket.send(input)
  assert.equal(await heavy.closed, 4413)
  assert.ok((await residentBytes(server.pid)) - before <= 150 * megabyte)
})

test('one user has at most a hundred sockets; another is not kept out by them', async () => {
  const crowd = await Guest.of(server)
  const open: Connection[] = []
  try {
    for (let i = 0; i < 100; i++) open.push(await connect(tabPath, crowd))
    await assert.rejects(connect(tabPath, crowd), /429/)
    const other = await connect(tabPath)
    other.socket.terminate()
    open.pop()?.socket.terminate()
    let again: Connection | undefined
    while (again === undefined) again = await connect(tabPath, crowd).catch(() => undefined)
    open.push(again)
  } finally {
    for (const { socket } of open) socket.terminate()
  }
})

test('an upgrade to nowhere, or a broken one, is refused', async () => {
  const { host } = new URL(server.url)
  const upgrade = (path: string, ...headers: string[]): string =>
    [
      `GET ${path} HTTP/1.1`,
      `host: ${host}`,
      `authorization: Bearer ${guest.token}`,
      'connection: upgrade',
      'upgrade: websocket',
      ...headers,
      '',
      '',
    ].join('\r\n')
  const good = ['sec-websocket-version: 13', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==']
  const cases: Record<string, string> = {
    nowhere: upgrade('/nowhere', ...good),
    'two slashes': upgrade('//', ...good),
    'a foreign address': upgrade('http://evil.example/api/v1/socket', ...good),
    'no execution': upgrade('/api/v1/executions/x/stream', ...good),
    'a broken since': upgrade(`${streamPath()}?since=-1`, ...good),
    'no key': upgrade(tabPath, 'sec-websocket-version: 13'),
    'a short key': upgrade(tabPath, 'sec-websocket-version: 13', 'sec-websocket-key: x'),
    'an old version': upgrade(tabPath, 'sec-websocket-version: 7', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='),
    'another protocol': upgrade(tabPath).replace('upgrade: websocket', 'upgrade: h2c'),
    'a POST': upgrade(tabPath, ...good, 'content-length: 0').replace('GET', 'POST'),
  }
  for (const [what, bytes] of Object.entries(cases)) {
    const socket = await openRaw(server.url)
    socket.write(bytes)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.match(answer.toString('latin1'), /^HTTP\/1\.1 4\d\d /, what)
    socket.destroy()
  }
})

test('a reader of a flood who does not read costs the server little, is told of the gap, and gets the end', async () => {
  const before = await residentBytes(server.pid)
  const program = 'import sys\nfor i in range(400): sys.stdout.write("x" * 65536)'
  const flood = await guest.start(program, { limits: { outputBytes: 64 * megabyte } })
  const slow = await Promise.all(Array.from({ length: 10 }, () => connect(`/api/v1/executions/${flood.id}/stream`)))
  for (const { socket } of slow) socket.pause()
  await guest.finish(flood.id)
  assert.ok((await residentBytes(server.pid)) - before <= 150 * megabyte)
  for (const { socket } of slow) socket.resume()
  for (const { frames, closed } of slow) {
    assert.equal(await closed, 1000)
    const events = frames as unknown as { type: string; seq: number }[]
    assert.equal(events.at(-1)?.type, 'end')
    for (const [index, event] of events.entries())
      assert.ok(index === 0 || event.type === 'truncated' || event.seq === (events[index - 1]?.seq ?? 0) + 1)
  }
})
