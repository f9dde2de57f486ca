import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { LanguageList } from '@atelier/protocol/languages'
import { Failure, ServerRefusal } from '../failure.ts'
import { Server, Unreachable } from './server.ts'
import { openSession } from './session.ts'

async function serving(listener: RequestListener) {
  const http = createServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

test('a refusal of the server is a failure with the server’s own sentence and code', async () => {
  await using http = await serving((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json' })
    const problem = {
      type: '/problems/queue-full',
      title: 'Full',
      status: 503,
      code: 'queue-full',
      detail: 'Come back.',
      retryAfterSeconds: 5,
    }
    response.end(JSON.stringify(problem))
  })
  await assert.rejects(
    new Server(http.url).send('/api/v1/executions', { method: 'POST', json: {} }),
    (error) =>
      error instanceof ServerRefusal &&
      error.code === 'queue-full' &&
      error.message === 'Come back.' &&
      error.retryAfterSeconds === 5,
  )
})

test('the token and the body travel with the request, also to a server below a path', async () => {
  const seen: unknown[] = []
  await using http = await serving(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    seen.push([request.method, request.url, request.headers.authorization, request.headers['content-type'], body])
    response.end('{"items": []}')
  })
  const server = new Server(new URL('/atelier', http.url))
  server.token = 'atl_s_x'
  await server.ask(LanguageList, '/api/v1/languages', { method: 'POST', json: { a: 1 } })
  assert.deepEqual(seen, [['POST', '/atelier/api/v1/languages', 'Bearer atl_s_x', 'application/json', '{"a":1}']])
})

test('something else than Atelier is told apart from a refusal', async () => {
  const answers = [
    [200, '<html>'],
    [200, '{"items": 7}'],
    [502, 'bad gateway'],
    [404, '{"error": "x"}'],
  ] as const
  for (const [status, body] of answers) {
    await using http = await serving((_request, response) => response.writeHead(status).end(body))
    await assert.rejects(
      new Server(http.url).ask(LanguageList, '/api/v1/languages'),
      (error) =>
        error instanceof Failure && !(error instanceof ServerRefusal) && /does not speak as this version/.test(error.message),
    )
  }
})

test('a redirect is not followed: the token stays with its server', async () => {
  await using http = await serving((_request, response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end())
  await assert.rejects(new Server(http.url).send('/'), Unreachable)
})

test('when nobody answers, the sentence says how to start a server, and whether the request can have arrived', async () => {
  await using http = await serving((request) => request.socket.destroy())
  const gone = await serving(() => {})
  await gone[Symbol.asyncDispose]()
  await assert.rejects(
    new Server(gone.url).send('/'),
    (error) =>
      error instanceof Unreachable && error.delivered === 'no' && /npm start/.test(error.message) && error.exitCode === 125,
  )
  await assert.rejects(new Server(http.url).send('/'), (error) => error instanceof Unreachable && error.delivered === 'perhaps')
})

const surroundings = (token: string) => ({
  ...{ environment: { ATELIER_TOKEN: token, HOME: '/nonexistent' }, folder: '/' },
  ...{ stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() },
})
const user = { id: '01a1f7b5-7b01-7702-ae37-f1373e914301', kind: 'account', name: 'Ada', createdAt: '2026-11-20T12:00:00.000Z' }

test('an API token of the environment is used as it is, and one that is not valid makes no guest instead', async () => {
  const seen: string[] = []
  await using http = await serving((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    if (request.headers.authorization === 'Bearer atl_t_good') return void response.end(JSON.stringify({ user }))
    const problem = { type: '/problems/session-required', title: 'A session is needed', status: 401, code: 'session-required' }
    response.writeHead(401, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ ...problem, detail: 'The Authorization header is not valid here.' }))
  })
  const server = new Server(http.url)
  await openSession(server, surroundings('atl_t_good'))
  assert.equal(server.token, 'atl_t_good')
  await assert.rejects(openSession(new Server(http.url), surroundings('atl_s_dead')), (error) => {
    return error instanceof Failure && /ATELIER_TOKEN is not valid/.test(error.message)
  })
  assert.deepEqual(seen, ['GET /api/v1/session Bearer atl_t_good', 'GET /api/v1/session Bearer atl_s_dead'])
})
