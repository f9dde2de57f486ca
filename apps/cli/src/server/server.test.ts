import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { LanguageList } from '@atelier/protocol/languages'
import { Failure, ServerRefusal } from '../failure.ts'
import { Server, Unreachable } from './server.ts'

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
