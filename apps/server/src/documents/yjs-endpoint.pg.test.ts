import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import { sharedTextName } from '@atelier/text/crdt/shared-text'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { openRooms, type RoomsOptions } from './fixtures/open-rooms.ts'
import { Signals } from './fixtures/signals.ts'

/** An unmodified y-websocket client, as a page of somebody else would have it. */
function yjsClient(port: number, projectId: string, path: string, token: string) {
  const doc = new Y.Doc()
  const signals = new Signals()
  const provider = new WebsocketProvider(`ws://127.0.0.1:${port}/api/v1/projects/${projectId}/yjs`, path, doc, {
    WebSocketPolyfill: WebSocket as never,
    params: { token },
    disableBc: true,
    maxBackoffTime: 200,
  })
  let closed: number | null = null
  doc.on('update', () => signals.fire())
  provider.on('sync', () => signals.fire())
  provider.on('closed', ({ code }: { code: number }) => {
    closed = code
    signals.fire()
  })
  provider.awareness.on('change', () => signals.fire())
  const text = doc.getText(sharedTextName)
  return {
    ...{ doc, provider, text, signals },
    until: (what: string, holds: () => boolean) => signals.until(what, holds),
    synced: () => signals.until('the client is synced', () => provider.synced),
    get closeCode() {
      return closed
    },
    [Symbol.dispose]() {
      provider.destroy()
      doc.destroy()
    },
  }
}

test('an unmodified y-websocket client and our page edit one document together', async () => {
  await using t = await openRooms()
  const { id, token, userId } = await t.project('src/main.py', 'print(1)\n')
  using one = yjsClient(t.port, id, 'src/main.py', token)
  using two = yjsClient(t.port, id, encodeURIComponent('src/main.py'), token)
  await Promise.all([one.synced(), two.synced()])
  assert.equal(one.text.toString(), 'print(1)\n')
  const tab = await t.tab(token)
  const page = await tab.open(id, 'src/main.py').opened()
  one.text.insert(0, '# one\n')
  await two.until('the change of one is here', () => two.text.toString().startsWith('# one\n'))
  await page.until('the change of one is here', ({ text }) => text.startsWith('# one\n'))
  two.text.delete(0, 2)
  page.type(0, '# page\n')
  const all = '# page\none\nprint(1)\n'
  await one.until('all changes are here', () => one.text.toString() === all)
  await two.until('all changes are here', () => two.text.toString() === all)
  await page.until('all changes are here', ({ text }) => text === all)
  assert.equal((await t.projects.readFile(id, userId, 'src/main.py')).content.toString(), all)
})

test('a y-websocket client that was away finds its edits and those of the others merged, also after a restart of the server', async () => {
  await using database = await testDatabase()
  const options: RoomsOptions = { database, pace: { restMs: 60_000, everyMs: 60_000 } }
  const first = await openRooms(options)
  const { id, token } = await first.project('a.txt', 'middle\n')
  using one = yjsClient(first.port, id, 'a.txt', token)
  using two = yjsClient(first.port, id, 'a.txt', token)
  await Promise.all([one.synced(), two.synced()])
  one.text.insert(0, 'top\n')
  await two.until('the change is here', () => two.text.toString() === 'top\nmiddle\n')
  two.provider.disconnect()
  await first.close()
  two.text.insert(two.text.length, 'bottom\n')
  one.text.insert(0, 'first\n')
  await using second = await openRooms({ ...options, folder: first.folder })
  for (const client of [one, two]) {
    client.provider.disconnect()
    client.provider.serverUrl = `ws://127.0.0.1:${second.port}/api/v1/projects/${id}/yjs`
    client.provider.connect()
  }
  const all = 'first\ntop\nmiddle\nbottom\n'
  await one.until('everything is merged', () => one.text.toString() === all)
  await two.until('everything is merged', () => two.text.toString() === all)
})

test('who may only read sees everything, is told once that it may not write, and is closed when it goes on', async () => {
  await using t = await openRooms()
  const { id, token, userId } = await t.project('a.txt', 'text\n')
  const viewer = await t.accounts.createGuest()
  await t.db.query({
    name: 'let in',
    text: `INSERT INTO project_members (project, user_id, role) VALUES ($1, $2, 'viewer')`,
    values: [id, viewer.user.id],
  })
  using looking = yjsClient(t.port, id, 'a.txt', viewer.token)
  using owner = yjsClient(t.port, id, 'a.txt', token)
  await Promise.all([looking.synced(), owner.synced()])
  owner.text.insert(0, 'more ')
  await looking.until('the change is here', () => looking.text.toString() === 'more text\n')
  const warned: unknown[] = []
  const warn = console.warn
  console.warn = (...what) => warned.push(what)
  try {
    for (let n = 0; n < 10; n++) looking.text.insert(0, 'x')
    await looking.until('the connection is closed', () => looking.closeCode !== null)
  } finally {
    console.warn = warn
  }
  assert.equal(looking.closeCode, 4403)
  assert.equal(warned.length, 1)
  assert.equal((await t.projects.readFile(id, userId, 'a.txt')).content.toString(), 'more text\n')
})

test('cursors of y-websocket clients reach the others and go with their connection', async () => {
  await using t = await openRooms()
  const { id, token } = await t.project('a.txt', 'text\n')
  using one = yjsClient(t.port, id, 'a.txt', token)
  using two = yjsClient(t.port, id, 'a.txt', token)
  await Promise.all([one.synced(), two.synced()])
  one.provider.awareness.setLocalStateField('user', { name: 'Ada', color: '#f00' })
  const stateOfOne = () => two.provider.awareness.getStates().get(one.doc.clientID)
  await two.until('the cursor is here', () => nameOf(stateOfOne()) === 'Ada')
  one.provider.disconnect()
  await two.until('the cursor is gone', () => stateOfOne() === undefined)
})

test('a server without the Yjs engine refuses y-websocket clients with the reason', async () => {
  for (const [engine, status] of [
    ['ot', 409],
    [null, 404],
  ] as const) {
    await using t = await openRooms({ engine })
    const { id, token } = await t.project('a.txt', 'text\n')
    assert.equal(await statusOf(`ws://127.0.0.1:${t.port}/api/v1/projects/${id}/yjs/a.txt?token=${token}`, {}), status)
  }
})

test('another site’s page may connect with a token in the address, and not with a cookie', async () => {
  await using t = await openRooms()
  const { id, token } = await t.project('a.txt', 'text\n')
  const address = `ws://127.0.0.1:${t.port}/api/v1/projects/${id}/yjs/a.txt`
  const origin = 'https://elsewhere.example'
  assert.equal(await statusOf(`${address}?token=${token}`, { origin }), 101)
  assert.equal(await statusOf(address, { origin, cookie: `atelier_session=${token}` }), 403)
  assert.equal(await statusOf(address, { origin, authorization: `Bearer ${token}` }), 403)
  assert.equal(await statusOf(address, { cookie: `atelier_session=${token}` }), 101)
  assert.equal(await statusOf(`${address}?token=${token.slice(0, -1)}`, {}), 401)
  assert.equal(await statusOf(address.replace('a.txt', 'b.txt'), { authorization: `Bearer ${token}` }), 404)
})

const nameOf = (state: unknown): unknown => (state as { user?: { name?: unknown } } | undefined)?.user?.name

function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers })
    socket.once('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.once('unexpected-response', (_request, response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    socket.on('error', () => {})
  })
}
