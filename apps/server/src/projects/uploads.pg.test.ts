import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { Problem } from '@atelier/protocol/errors'
import { fileLimits } from '@atelier/protocol/files'
import { openTestApp, type TestApp } from './fixtures/open-test-app.ts'

const megabyte = 1024 * 1024

async function listen(t: TestApp) {
  const guest = await t.guest()
  const { id } = await t.projects.createProject(guest.userId, 'x')
  const port = await t.listen()
  const open = (path: string, headers: Record<string, string | number>): ClientRequest =>
    httpRequest({
      ...{ host: '127.0.0.1', port, method: 'PUT', agent: false },
      path: `/api/v1/projects/${id}/files/${path}`,
      headers: { authorization: guest.authorization, ...headers },
    })
  return { guest, id, open }
}

/** Sends the body in pieces, as fast as the server takes them, and waits for the answer. */
async function send(request: ClientRequest, bytes: number): Promise<{ status: number | undefined; body: string }> {
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  const piece = Buffer.alloc(64 * 1024, 'x')
  for (let sent = 0; sent < bytes; sent += piece.length) {
    const chunk = piece.subarray(0, Math.min(piece.length, bytes - sent))
    if (!request.write(chunk)) await once(request, 'drain')
  }
  request.end()
  const [response] = await answered
  let body = ''
  for await (const text of response.setEncoding('utf8')) body += text
  return { status: response.statusCode, body }
}

const leftovers = (t: TestApp) => readdir(join(t.blobFolder, 'incoming'))

test('a body of 100 MB, announced or not, is answered with 413, and the memory of the server stays flat', async () => {
  await using t = await openTestApp()
  const { open, id, guest } = await listen(t)
  const before = process.memoryUsage().rss
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 5)
  try {
    for (const headers of [{ 'content-length': 100 * megabyte }, { 'transfer-encoding': 'chunked' }]) {
      const { status, body } = await send(open('huge.bin', headers as Record<string, string | number>), 100 * megabyte)
      assert.equal(status, 413)
      const problem = Problem.parse(JSON.parse(body))
      assert.equal(problem.code, 'too-large')
      assert.match(problem.detail, /at most 32 MB/)
    }
  } finally {
    clearInterval(watch)
  }
  assert.ok(most - before < 150 * megabyte, `the memory grew by ${Math.round((most - before) / megabyte)} MB`)
  assert.deepEqual(await leftovers(t), [])
  assert.deepEqual((await t.projects.openTree(id, guest.userId)).items, [])
})

test('the largest allowed file is taken, one byte more is not', async () => {
  await using t = await openTestApp()
  const { open, id, guest } = await listen(t)
  assert.equal((await send(open('a', { 'content-length': fileLimits.fileBytes }), fileLimits.fileBytes)).status, 201)
  assert.equal((await send(open('b', { 'transfer-encoding': 'chunked' }), fileLimits.fileBytes + 1)).status, 413)
  const { entry, content } = await t.projects.readFile(id, guest.userId, 'a')
  assert.equal(entry.sizeBytes, fileLimits.fileBytes)
  assert.equal(content.length, fileLimits.fileBytes)
})

test('an upload that breaks off leaves neither a file nor a piece of a blob', async () => {
  await using t = await openTestApp()
  const { open, id, guest } = await listen(t)
  for (const bytes of [1000, 2 * megabyte]) {
    const request = open('broken', { 'content-length': bytes * 2 })
    const closed = new Promise<void>((resolve) => {
      request.on('error', () => {}).on('close', resolve)
    })
    const arrived = once(t.app.server, 'request')
    request.write(randomBytes(bytes))
    await arrived
    request.destroy()
    await closed
  }
  await t.app.close()
  assert.deepEqual((await t.projects.openTree(id, guest.userId)).items, [])
  assert.deepEqual(await leftovers(t), [])
})

test('a client that has gone before its body is read is refused rather than waited for', async () => {
  await using t = await openTestApp()
  const { id, guest } = await listen(t)
  const gone = new Readable({ read() {} })
  gone.destroy()
  await assert.rejects(t.projects.saveFile(id, guest.userId, 'a', gone), /ended before all of it had come/)
  const going = new Readable({ read() {} })
  going.push(Buffer.alloc(400_000))
  const saved = t.projects.saveFile(id, guest.userId, 'a', going)
  await new Promise((resolve) => setImmediate(resolve))
  going.destroy()
  await assert.rejects(saved, /ended before all of it had come/)
})

test('when there is no room in the project, a large upload is refused before it is written anywhere', async () => {
  await using t = await openTestApp()
  const { open, id } = await listen(t)
  await t.db.query({
    name: 'fill',
    text: 'UPDATE projects SET used_bytes = $2 WHERE id = $1',
    values: [id, fileLimits.projectBytes - 100_000],
  })
  const large = await send(open('a', { 'transfer-encoding': 'chunked' }), 2 * megabyte)
  assert.equal(large.status, 413)
  assert.match(Problem.parse(JSON.parse(large.body)).detail, /at most 500 MB/)
  assert.equal((await send(open('b', { 'content-length': 100_001 }), 100_001)).status, 413)
  assert.equal((await send(open('c', { 'content-length': 100_000 }), 100_000)).status, 201)
})
