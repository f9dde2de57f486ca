import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ServerRefusal } from '../failure.ts'
import { Server } from '../server/server.ts'
import { feedInput } from './input.ts'

type Answer = number | string

/** A server that takes input; `answer` gives the status, or the code of a refusal, for each request. */
async function taking(answer: (request: number) => Answer) {
  const taken: { query: string; bytes: Buffer }[] = []
  let requests = 0
  const http = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const said = answer(++requests)
    if (said === 204) taken.push({ query: request.url?.split('?')[1] ?? '', bytes: Buffer.concat(parts) })
    if (typeof said === 'number') response.writeHead(said).end()
    else {
      const problem = { type: '/x', title: 'x', status: 409, code: said, detail: 'No.' }
      response.writeHead(409, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
    }
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    taken,
    requests: () => requests,
    server: new Server(new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

async function* toAsync<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterable<T> {
  yield* items
}

const feed = (
  server: Server,
  stdin: Iterable<Uint8Array> | AsyncIterable<Uint8Array | string>,
  signal = new AbortController().signal,
) => feedInput({ server, executionId: 'e1', stdin: toAsync(stdin), signal })

test('every byte arrives once and in order, then the end of input', async () => {
  await using http = await taking(() => 204)
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  await feed(http.server, [everyByte, Buffer.from('more'), Buffer.alloc(0)])
  const bytes = Buffer.concat(http.taken.map((each) => each.bytes))
  assert.deepEqual(bytes, Buffer.concat([everyByte, Buffer.from('more')]))
  assert.deepEqual(
    http.taken.map((each) => each.query),
    ['', '', 'end=true'],
  )
})

test('input for which the server has no room is offered again, and nothing more is read meanwhile', async () => {
  await using http = await taking((request) => (request <= 2 ? 'too-large' : 204))
  let read = 0
  async function* stdin() {
    for (const text of ['one', 'two']) {
      assert.equal(http.taken.length, read++)
      yield Buffer.from(text)
    }
  }
  await feed(http.server, stdin())
  assert.deepEqual(
    http.taken.map((each) => each.bytes.toString()),
    ['one', 'two', ''],
  )
  assert.equal(http.requests(), 5)
})

test('a program that has ended, or closed its input, is offered nothing more', async () => {
  for (const code of ['execution-ended', 'input-closed', 'not-found']) {
    await using http = await taking(() => code)
    await feed(http.server, [Buffer.from('a'), Buffer.from('b')])
    assert.equal(http.requests(), 1)
  }
})

test('any other refusal is a failure: input is never lost in silence', async () => {
  await using http = await taking(() => 'session-required')
  await assert.rejects(
    feed(http.server, [Buffer.from('a')]),
    (error) => error instanceof ServerRefusal && error.code === 'session-required',
  )
})

test('input that can no longer be read has ended', async () => {
  await using http = await taking(() => 204)
  async function* stdin() {
    yield Buffer.from('a')
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' })
  }
  await feed(http.server, stdin())
  assert.deepEqual(
    http.taken.map((each) => each.query),
    ['', 'end=true'],
  )
})

test('the end of the program ends the waiting for room', async () => {
  const abort = new AbortController()
  await using http = await taking((request) => {
    if (request === 2) abort.abort()
    return 'too-large'
  })
  await feed(http.server, [Buffer.from('a')], abort.signal)
  assert.equal(http.taken.length, 0)
})
