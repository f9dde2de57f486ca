import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRooms } from './fixtures/open-rooms.ts'

const tiers = '{"guest": {"storageBytes": 10000}}'
const soon = { pace: { restMs: 10, everyMs: 50 }, lookForRoomMs: 20 }
const why = /more than the 9 KB of the tier "guest".*What you have typed is kept.*Delete what is not needed/

test('whose storage is full types no further: what was typed is in the file, the reason is told, and it goes on when there is room', async () => {
  await using server = await openRooms({ tiers, ...soon })
  const { id, token, userId } = await server.project('main.txt', 'x'.repeat(4000))
  await server.files.saveFile(id, userId, 'large.bin', Buffer.alloc(5990))
  const tab = await server.tab(token)
  const document = await tab.open(id, 'main.txt').opened()
  assert.equal(document.message('opened')?.access, 'write')
  document.type(0, 'y'.repeat(11))
  await document.until('it is for reading', (each) => each.message('access')?.access === 'read')
  assert.match(document.message('access')?.reason ?? '', why)
  const read = async () => (await server.projects.readFile(id, userId, 'main.txt')).content.toString()
  assert.equal(await read(), 'y'.repeat(11) + 'x'.repeat(4000))

  // Who writes all the same is refused; what they wrote stays with them.
  document.type(0, 'late ')
  await document.until('it is refused', (each) => each.errors.some(({ code }) => code === 'forbidden'))
  assert.match(document.errors.at(-1)?.detail ?? '', why)
  assert.equal(document.replica.isSaved, false)
  assert.equal((await read()).length, 4011)
  const other = await tab.open(id, 'large.bin').opened()
  assert.ok(other.errors.length > 0, 'no text')
  await server.files.saveFile(id, userId, 'b.txt', Buffer.from(''))
  const another = await tab.open(id, 'b.txt').opened()
  await another.until('every text of that owner is', (each) => each.message('access')?.access === 'read')
  await assert.rejects(server.files.saveFile(id, userId, 'c.txt', Buffer.from('c')), /together may have 9 KB/)

  await server.projects.deletePath(id, userId, 'large.bin')
  await document.until('it is opened anew', (each) => each.message('closed')?.reason === 'again')
  document.replica.disconnect()
  const again = await tab.open(id, 'main.txt', document.replica).opened()
  await again.until('what was kept is stored', (each) => each.replica.isSaved)
  assert.equal(await read(), `late ${'y'.repeat(11)}${'x'.repeat(4000)}`)
})

test('a text whose owner has too much already is for reading when it is opened', async () => {
  await using generous = await openRooms()
  const { id, token } = await generous.project('main.txt', 'x'.repeat(10_001))
  await using server = await openRooms({ database: generous.db, folder: generous.folder, serverKey: 2, tiers, ...soon })
  const document = await (await server.tab(token)).open(id, 'main.txt').opened()
  await document.until('it is for reading', (each) => each.message('access')?.access === 'read')
  assert.match(document.message('access')?.reason ?? '', why)
})
