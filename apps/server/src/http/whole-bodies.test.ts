import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import Fastify from 'fastify'
import { BodyMemory } from './body-memory.ts'
import { asRefusal } from './problems.ts'
import { forgetBody, receiveBytes, receiveJson } from './whole-bodies.ts'

const megabyte = 1024 * 1024

/** `/json` says what it was sent, `/bytes` how much, `/slow` waits until it is let go, `/forgetful` too but forgets the body first. */
async function application(memory: BodyMemory) {
  const app = Fastify({ bodyLimit: 2 * megabyte, forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    const { code, extras } = asRefusal(error)
    return reply.code(400).send({ code, retryAfterSeconds: extras.retryAfterSeconds })
  })
  receiveJson(app, memory)
  const waiting: (() => void)[] = []
  const arrived: (() => void)[] = []
  const wait = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve)
      for (const each of arrived.splice(0)) each()
    })
  app.post('/json', async (request) => ({ body: request.body }))
  app.post('/slow', async () => wait())
  app.post('/forgetful', async (request) => {
    forgetBody(request)
    await wait()
  })
  app.register(async (scope) => {
    receiveBytes(scope)
    scope.post('/bytes', async (request) => ({ length: (request.body as Buffer).length }))
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const post = async (path: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json') => {
    const response = await fetch(url + path, { method: 'POST', body, headers: { 'content-type': type } })
    return response.json() as Promise<Record<string, unknown>>
  }
  return {
    url: new URL(url),
    post,
    letGo: () => {
      for (const resolve of waiting.splice(0)) resolve()
    },
    arrival: () => new Promise<void>((resolve) => arrived.push(resolve)),
    [Symbol.asyncDispose]: () => app.close(),
  }
}

const settled = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('JSON arrives as it was sent, small or large; bytes too, of whatever type', async () => {
  await using app = await application(new BodyMemory())
  for (const value of [{ a: [1, 'é', null] }, 'x'.repeat(megabyte), '€'.repeat(300_000)])
    assert.deepEqual(await app.post('/json', JSON.stringify(value)), { body: value })
  assert.deepEqual(await app.post('/bytes', new Uint8Array(megabyte + 7), 'application/json'), { length: megabyte + 7 })
  assert.deepEqual(await app.post('/bytes', new Uint8Array(3), 'image/x-whatever; a=b'), { length: 3 })
})

test('what is no JSON, or pretends to be an object’s prototype, is refused', async () => {
  await using app = await application(new BodyMemory())
  for (const body of [
    '{',
    '',
    '{"a":1,}',
    '\u0000',
    "{'a':1}",
    'x'.repeat(megabyte),
    '{"__proto__":{"x":1}}',
    '{"a":{"constructor":{"prototype":{"x":1}}}}',
  ])
    assert.match(String((await app.post('/json', body)).code), /^(malformed-json|invalid-request)$/, body.slice(0, 20))
  assert.equal((await app.post('/json', 'a=1', 'application/x-www-form-urlencoded')).code, 'unsupported-media-type')
  assert.equal((await app.post('/json', '{}', 'text/plain')).code, 'unsupported-media-type')
})

test('a body beyond the limit of its route is refused, whether it was announced or not', async () => {
  const memory = new BodyMemory()
  await using app = await application(memory)
  const body = new Uint8Array(3 * megabyte)
  assert.equal((await app.post('/bytes', body)).code, 'too-large')
  const unannounced = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100_000)) })
  const response = await fetch(new URL('/bytes', app.url), { method: 'POST', body: unannounced, duplex: 'half' } as RequestInit)
  assert.equal(((await response.json()) as { code: string }).code, 'too-large')
  await settled(() => memory.usedBytes === 0)
})

test('when other large requests hold the memory, one more is asked to come again, and small ones pass', async () => {
  const memory = new BodyMemory(2 * megabyte)
  await using app = await application(memory)
  const body = JSON.stringify('x'.repeat(1.5 * megabyte))
  const arrival = app.arrival()
  const slow = app.post('/slow', body).catch(() => null)
  await arrival
  assert.deepEqual(await app.post('/json', body), { code: 'too-many-requests', retryAfterSeconds: 1 })
  assert.deepEqual(await app.post('/json', '7'), { body: 7 })
  app.letGo()
  await slow
  await settled(() => memory.usedBytes === 0)
  assert.ok('body' in (await app.post('/json', body)))
})

test('a body that its handler has forgotten does not count while the answer is awaited', async () => {
  const memory = new BodyMemory(2 * megabyte)
  await using app = await application(memory)
  const arrival = app.arrival()
  const slow = app.post('/forgetful', JSON.stringify('x'.repeat(1.5 * megabyte))).catch(() => null)
  await arrival
  assert.equal(memory.usedBytes, 0)
  app.letGo()
  await slow
})

test('a client that goes away in the middle of its body leaves nothing', async () => {
  const memory = new BodyMemory()
  await using app = await application(memory)
  const socket = connect(Number(app.url.port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`POST /json HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${megabyte}\r\n\r\n`)
  socket.write(Buffer.alloc(500_000, 0x20))
  await settled(() => memory.usedBytes > 0)
  socket.destroy()
  await once(socket, 'close')
  await settled(() => memory.usedBytes === 0)
})
