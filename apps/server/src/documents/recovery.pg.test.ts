import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import { openRooms } from './fixtures/open-rooms.ts'

const never = { restMs: 3_600_000, everyMs: 3_600_000 }

test('what a server that was killed had stored and not yet filed is in the files before the next one answers', async () => {
  await using database = await testDatabase()
  await using killed = await openRooms({ database, pace: never, serverKey: 1 })
  const { id, token, userId } = await killed.project('a.txt', 'one\n')
  const tab = await killed.tab(token)
  const page = await tab.open(id, 'a.txt').opened()
  page.type(4, 'two\n')
  await page.until('it is stored', ({ replica }) => replica.isSaved)
  assert.equal((await killed.files.readFile(id, userId, 'a.txt')).content.toString(), 'one\n')
  await using next = await openRooms({ database, folder: killed.folder, serverKey: 2 })
  assert.equal(await next.documents.recover(), 1)
  assert.equal((await next.files.readFile(id, userId, 'a.txt')).content.toString(), 'one\ntwo\n')
  assert.equal(await next.documents.recover(), 0)
})

test('documents that were wholly filed are given back without being opened; a server never takes its own for abandoned', async () => {
  await using database = await testDatabase()
  await using killed = await openRooms({ database, serverKey: 1 })
  const { id, token, userId } = await killed.project('a.txt', 'one\n')
  const page = await (await killed.tab(token)).open(id, 'a.txt').opened()
  page.type(4, 'two\n')
  await page.until('it is filed', (each) => each.message('filed')?.version === 2)
  assert.equal(await killed.documents.recover(), 0)
  page.type(8, 'three\n')
  await page.until('it is stored', ({ replica }) => replica.isSaved)
  await killed.projects.readFile(id, userId, 'a.txt')
  await using next = await openRooms({ database, folder: killed.folder, serverKey: 2 })
  assert.equal(await next.documents.recover(), 0)
  const { rows } = await database.query({ name: 'owned', text: 'SELECT 1 FROM documents WHERE owner IS NOT NULL' })
  assert.equal(rows.length, 0)
  page.type(0, 'late\n')
  await page.until('the old room closes', (each) => each.message('closed')?.reason === 'again')
})

test('a document whose records cannot be read is refused; nothing is written over it, and its file stays readable', async () => {
  await using database = await testDatabase()
  await using first = await openRooms({ database, pace: never, serverKey: 1 })
  const { id, token, userId } = await first.project('a.txt', 'one\n')
  const tab = await first.tab(token)
  const page = await tab.open(id, 'a.txt').opened()
  page.type(4, 'two\n')
  await page.until('it is stored', ({ replica }) => replica.isSaved)
  page.type(4, 'three\n')
  await page.until('it is stored', ({ replica }) => replica.isSaved)
  const rows = () => database.query({ name: 'all', text: 'SELECT seq, bytes FROM document_operations ORDER BY seq' })
  await database.query({ name: 'damage', text: `UPDATE document_operations SET bytes = '\\xffff' WHERE seq = 2` })
  const before = (await rows()).rows
  await using next = await openRooms({ database, folder: first.folder, serverKey: 2 })
  await next.documents.recover()
  const other = await next.tab(token)
  const refused = await other.open(id, 'a.txt').opened()
  assert.equal(refused.errors[0]?.code, 'internal')
  assert.match(refused.errors[0]?.detail ?? '', /cannot be read/)
  assert.deepEqual((await rows()).rows, before)
  assert.equal((await next.projects.readFile(id, userId, 'a.txt')).content.toString(), 'one\n')
})

test('a record that is missing in the middle is damage too', async () => {
  await using database = await testDatabase()
  await using first = await openRooms({ database, pace: never, serverKey: 1 })
  const { id, token } = await first.project('a.txt', '')
  const tab = await first.tab(token)
  const page = await tab.open(id, 'a.txt').opened()
  for (const n of [0, 1, 2]) {
    page.type(n, 'x')
    await page.until('it is stored', ({ replica }) => replica.isSaved)
  }
  await database.query({ name: 'lose', text: 'DELETE FROM document_operations WHERE seq = 2' })
  await using next = await openRooms({ database, folder: first.folder, serverKey: 2 })
  const other = await next.tab(token)
  assert.equal((await other.open(id, 'a.txt').opened()).errors[0]?.code, 'internal')
})
