import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { ExecutionEvent, ExecutionResult } from '@atelier/protocol/executions'
import { type WebSocket, WebSocketServer } from 'ws'
import { Failure } from '../failure.ts'
import { Server } from '../server/server.ts'
import { followExecution } from './follow.ts'

const result: ExecutionResult = {
  ...{ reason: 'exited', stage: 'run', exitCode: 0, signal: null, message: 'The program ended well.' },
  ...{ cpuMs: 1, wallMs: 1, peakBytes: 1, outputBytes: 2, truncated: false },
}
const output = (seq: number): string =>
  JSON.stringify({ type: 'output', seq, stage: 'run', stream: 'stdout', data: `line ${seq}\n`, encoding: 'utf8' })
const end = (seq: number): string => JSON.stringify({ type: 'end', seq, result })

/** A server that only knows `/stream`, and does with each connection what the script says next. */
async function scripted(...script: ((socket: WebSocket) => void)[]) {
  const asked: string[] = []
  const http = createServer((_request, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, stream, head) => {
    asked.push(`${request.url} ${request.headers.authorization}`)
    const act = script.shift()
    if (act === undefined) stream.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    else sockets.handleUpgrade(request, stream, head, act)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const server = new Server(new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`))
  server.token = 'atl_s_x'
  const seen: ExecutionEvent[] = []
  return {
    asked,
    seen,
    follow: (onEvent: (event: ExecutionEvent) => Promise<void> | void = () => {}, signal = new AbortController().signal) =>
      followExecution({
        ...{ server, executionId: 'e1', signal },
        onEvent: async (event) => {
          seen.push(event)
          await onEvent(event)
        },
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

const numbers = (events: readonly ExecutionEvent[]): number[] => events.map((event) => event.seq)

test('events are delivered in order until the end, whose result is the answer', async () => {
  await using server = await scripted((socket) => {
    for (const text of [output(1), output(2), end(3)]) socket.send(text)
    socket.close(1000)
  })
  assert.deepEqual(await server.follow(), result)
  assert.deepEqual(numbers(server.seen), [1, 2, 3])
  assert.deepEqual(server.asked, ['/api/v1/executions/e1/stream?since=0 Bearer atl_s_x'])
})

test('a connection that is cut is made again and goes on after the last event seen; nothing comes twice', async () => {
  await using server = await scripted(
    (socket) => socket.send(output(1), () => socket.send(output(2), () => socket.terminate())),
    (socket) => socket.terminate(),
    (socket) => {
      for (const text of [output(2), output(3), end(4)]) socket.send(text)
      socket.close(1000)
    },
  )
  assert.deepEqual(await server.follow(), result)
  assert.deepEqual(numbers(server.seen), [1, 2, 3, 4])
  const asked = server.asked.map((line) => line.split(' ')[0])
  assert.equal(asked[0], '/api/v1/executions/e1/stream?since=0')
  assert.equal(asked.at(-1), '/api/v1/executions/e1/stream?since=2')
})

test('an event is delivered only when the one before was dealt with', async () => {
  await using server = await scripted((socket) => {
    for (let seq = 1; seq <= 100; seq++) socket.send(output(seq))
    socket.send(end(101))
    socket.close(1000)
  })
  let busy = false
  await server.follow(async () => {
    assert.equal(busy, false)
    busy = true
    await new Promise((resolve) => setImmediate(resolve))
    busy = false
  })
  assert.deepEqual(
    numbers(server.seen),
    Array.from({ length: 101 }, (_, index) => index + 1),
  )
})

test('messages of an unknown kind and text that is no JSON are passed over', async () => {
  await using server = await scripted((socket) => {
    for (const text of ['{"type":"news","seq":1}', 'not json', '{"type":"error","code":"x","detail":"y"}', end(1)])
      socket.send(text)
    socket.close(1000)
  })
  await server.follow()
  assert.deepEqual(numbers(server.seen), [1])
})

test('an execution that the server does not let us follow is a failure at once', async () => {
  await using server = await scripted()
  await assert.rejects(
    server.follow(),
    (error) => error instanceof Failure && error.exitCode === 125 && /\(404\)/.test(error.message),
  )
  assert.equal(server.asked.length, 1)
})

test('what the receiver of events throws ends the following with just that', async () => {
  await using server = await scripted((socket) => socket.send(output(1)))
  const fault = new Error('no paper')
  await assert.rejects(
    server.follow(() => {
      throw fault
    }),
    fault,
  )
})

test('following ends when it is aborted', async () => {
  const abort = new AbortController()
  await using server = await scripted((socket) => socket.send(output(1)))
  await assert.rejects(
    server.follow(() => abort.abort(new Error('enough')), abort.signal),
    /enough/,
  )
})
