/** Documents and people who mean harm, on the whole server: two honest typists beside them notice nothing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { DocumentClient } from './document-client.ts'
import { Guest } from './guest.ts'
import { hostileFrames } from './hostile-frames.ts'
import { openRaw, residentBytes } from './raw-http.ts'
import { startServer } from './server-under-test.ts'

const megabyte = 1024 * 1024
const frames = 10_000
/** After twenty that are not valid a connection is closed: so many of each are dealt with. */
const framesPerConnection = 20
const seed = Number(process.env.ATELIER_SEED ?? 4)

const server = await startServer()
const honest: DocumentClient[] = []
after(async () => {
  for (const client of honest) client.leave()
  await server[Symbol.asyncDispose]()
})

async function join(url: string, name: string): Promise<DocumentClient> {
  const client = await DocumentClient.open(url, name)
  honest.push(client)
  return client
}

async function newFile(guest: Guest): Promise<{ project: string; path: string; url: string }> {
  const project = (await (await guest.ask('/api/v1/projects', { json: { name: 'Shared' } })).json()) as { id: string }
  const path = 'notes.txt'
  const saved = await guest.ask(`/api/v1/projects/${project.id}/files/${path}`, { method: 'PUT', body: '' })
  assert.ok(saved.ok)
  const address = `/api/v1/projects/${project.id}/yjs/${path}?token=${guest.token}`
  return { project: project.id, path, url: server.url.replace('http', 'ws') + address }
}

/** Two who type numbered words into one document until they are stopped, each waiting for what the other wrote. */
async function typeTogether(
  url: string,
  isOver: () => boolean,
): Promise<{ ann: DocumentClient; bob: DocumentClient; words: number }> {
  const ann = await join(url, 'Ann')
  const bob = await join(url, 'Bob')
  let words = 0
  for (; !isOver(); words += 1) {
    const [one, other] = words % 2 === 0 ? [ann, bob] : [bob, ann]
    const word = `<${words}>`
    one.text.insert(one.text.length, word)
    await other.until(() => other.text.toString().includes(word))
  }
  await ann.until(() => ann.text.toString() === bob.text.toString())
  return { ann, bob, words }
}

async function assertWell(): Promise<void> {
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.doesNotMatch(metrics, /atelier_refusals_total\{code="internal"\} [1-9]/)
}

/** One connection that sends its frames and leaves when the server has dealt with them, or has closed it. */
async function attack(url: string, bytes: readonly Uint8Array[]): Promise<number | null> {
  const socket = new WebSocket(url)
  let code: number | null = null
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) =>
    socket.on('close', (closeCode) => {
      code = closeCode
      resolve()
    }),
  )
  await Promise.race([once(socket, 'open'), closed])
  for (const frame of bytes) socket.send(frame, () => {})
  // A pong says that all before it has been read.
  const answered = new Promise<void>((resolve) => socket.on('pong', () => resolve()))
  if (socket.readyState === WebSocket.OPEN) socket.ping()
  await Promise.race([answered, closed])
  socket.terminate()
  return code
}

test(`${frames} hostile messages into a document end nothing, fill no memory, and its honest typists lose no word`, async (context) => {
  context.diagnostic(`seed ${seed}: ATELIER_SEED=${seed} replays it`)
  const guest = await Guest.of(server)
  const file = await newFile(guest)
  const restBytes = await residentBytes(server.pid)
  let isOver = false
  const others = [1, 2 ** 31]
  const typing = typeTogether(file.url, () => isOver)
  const codes = new Set<number | null>()
  let batch: Uint8Array[] = []
  let mostBytes = restBytes
  for (const { bytes } of hostileFrames(seed, frames, others)) {
    batch.push(bytes)
    if (batch.length < framesPerConnection) continue
    codes.add(await attack(file.url, batch))
    batch = []
    mostBytes = Math.max(mostBytes, await residentBytes(server.pid))
  }
  isOver = true
  const { ann, bob, words } = await typing
  assert.ok(words > 10, `only ${words} words were typed meanwhile`)
  const text = ann.text.toString()
  for (let word = 0; word < words; word += 1) assert.equal(text.split(`<${word}>`).length, 2, `the word ${word} is there once`)
  assert.equal(await (await guest.ask(`/api/v1/projects/${file.project}/files/${file.path}`)).text(), text)
  for (const code of codes) assert.ok(code === null || (code >= 4400 && code < 4500), `closed with ${code}`)
  assert.ok(mostBytes - restBytes <= 150 * megabyte, `memory grew by ${Math.round((mostBytes - restBytes) / megabyte)} MB`)
  assert.equal(bob.closed, null)
  await assertWell()
})

test('nobody can take away or forge the presence of somebody else', async () => {
  const guest = await Guest.of(server)
  const { url } = await newFile(guest)
  const ann = await join(url, 'Ann')
  const bob = await join(url, 'Bob')
  await bob.until(() => bob.presence.getStates().has(ann.doc.clientID))
  for (let round = 0; round < 4; round += 1) {
    const forged = [...hostileFrames(seed + round, 400, [ann.doc.clientID])].filter(({ kind }) => kind === 'others')
    await attack(
      url,
      forged.slice(0, 15).map(({ bytes }) => bytes),
    )
  }
  const carl = await join(url, 'Carl')
  await carl.until(() => carl.presence.getStates().has(ann.doc.clientID))
  for (const who of [bob, carl])
    assert.deepEqual((who.presence.getStates().get(ann.doc.clientID) as { user: { name: string } }).user.name, 'Ann')
  await assertWell()
})

test('frames of 64 MB are refused by their head, and floods before anybody has said who they are come to nothing', async () => {
  const guest = await Guest.of(server)
  const { url } = await newFile(guest)
  const { pathname, search } = new URL(url)
  const restBytes = await residentBytes(server.pid)
  let isOver = false
  const typing = typeTogether((await newFile(guest)).url, () => isOver)

  const announced = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0])
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const whole = await upgrade(pathname + search)
    assert.match(whole.answer, /^HTTP\/1\.1 101/)
    whole.socket.write(Buffer.concat([announced, Buffer.alloc(megabyte)]))
    await gone(whole.socket)
    const pieces = await upgrade(pathname + search)
    for (let piece = 0; piece < 64 && !pieces.socket.destroyed; piece += 1) {
      const head = Buffer.from([piece === 0 ? 0x02 : 0x00, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0])
      await written(pieces.socket, Buffer.concat([head, Buffer.alloc(megabyte)]))
    }
    await gone(pieces.socket)
  }
  const flood = Buffer.concat(Array.from({ length: 2000 }, () => Buffer.from([0x82, 0x84, 0, 0, 0, 0, 0, 2, 1, 0])))
  for (const token of ['', 'x', 'atl_s_0000', `${guest.token}x`])
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const { socket, answer } = await upgrade(`${pathname}?token=${token}`, flood)
      assert.match(answer, /^HTTP\/1\.1 4\d\d /)
      for (let more = 0; more < 20 && !socket.destroyed; more += 1) await written(socket, flood)
      socket.destroy()
    }
  isOver = true
  const { words } = await typing
  assert.ok(words > 2)
  assert.ok((await residentBytes(server.pid)) - restBytes <= 150 * megabyte)
  await assertWell()
})

/** An upgrade as bytes, with more bytes right behind it. */
async function upgrade(path: string, behind = Buffer.alloc(0)): Promise<{ socket: Socket; answer: string }> {
  const socket = await openRaw(server.url)
  const head =
    `GET ${path} HTTP/1.1\r\nhost: ${new URL(server.url).host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
    'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
  socket.write(Buffer.concat([Buffer.from(head), behind]))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.resume()
  return { socket, answer: answer.toString('latin1') }
}

const gone = async (socket: Socket): Promise<void> => {
  if (!socket.destroyed) await once(socket, 'close')
}

/** Resolves when the socket takes more, or is gone. */
async function written(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.write(bytes) || socket.destroyed) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
