import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import { openRooms } from './fixtures/open-rooms.ts'

test('whoever sees a change, and whoever is told "stored", can rely on the database having it', async () => {
  await using t = await openRooms()
  const { id, token } = await t.project('a.txt', '')
  const [first, second] = [await t.tab(token), await t.tab(token)]
  const [one, two] = await Promise.all([first.open(id, 'a.txt').opened(), second.open(id, 'a.txt').opened()])
  const stored = async (): Promise<number> => {
    const { rows } = await t.db.query<{ count: number }>({ name: 'count', text: 'SELECT count(*) FROM document_operations' })
    return rows[0]?.count ?? 0
  }
  const seen: Promise<number>[] = []
  two.onChange = () => void seen.push(stored())
  for (let n = 0; n < 50; n++) {
    one.type(n, 'x')
    await two.until('the key has come', ({ text }) => text.length > n)
  }
  for (const [n, count] of (await Promise.all(seen)).entries()) assert.ok(count > n, `change ${n} was seen with ${count} stored`)
  await one.until('everything is stored', ({ replica }) => replica.isSaved)
  assert.ok(one.stored >= 50)
})

test('an owner that another server has taken the document from stores nothing more, and its members open it anew there', async () => {
  await using database = await testDatabase()
  await using old = await openRooms({ database, serverKey: 1 })
  await using next = await openRooms({ database, serverKey: 2, folder: old.folder })
  const { id, token, userId } = await old.project('a.txt', 'one\n')
  const tab = await old.tab(token)
  const document = await tab.open(id, 'a.txt').opened()
  document.type(4, 'two\n')
  await document.until('it is stored', ({ replica }) => replica.isSaved)

  // The old server gives no sign of life (nobody holds its lock), so the next one may take over.
  const other = await next.tab(token)
  const taken = await other.open(id, 'a.txt').opened()
  assert.equal(taken.text, 'one\ntwo\n')
  document.type(8, 'late\n')
  await document.until('the old room closes', (each) => each.message('closed')?.reason === 'again')
  assert.equal(document.replica.isSaved, false)

  taken.type(8, 'three\n')
  await taken.until('it is stored', ({ replica }) => replica.isSaved)
  const moved = await other.open(id, 'a.txt', document.replica).opened()
  await moved.until('what was not stored is sent again', ({ replica }) => replica.isSaved)
  const { content } = await next.projects.readFile(id, userId, 'a.txt')
  const lines = content.toString().split('\n').sort()
  assert.deepEqual(lines, ['', 'late', 'one', 'three', 'two'])
  const { rows } = await database.query({
    name: 'doubles',
    text: 'SELECT document, seq FROM document_operations GROUP BY document, seq HAVING count(*) > 1',
  })
  assert.equal(rows.length, 0)
})

test('a document that a living server has open is not taken from it', async () => {
  await using database = await testDatabase()
  await using old = await openRooms({ database, serverKey: 4711 })
  await using next = await openRooms({ database, serverKey: 2, folder: old.folder })
  const { id, token } = await old.project('a.txt', 'one\n')
  await database.transaction(async (queries) => {
    await queries.query({ name: 'live', text: 'SELECT pg_advisory_xact_lock(4711)' })
    const tab = await old.tab(token)
    await tab.open(id, 'a.txt').opened()
    const other = await next.tab(token)
    const refused = await other.open(id, 'a.txt').opened()
    assert.equal(refused.errors[0]?.code, 'storage-unavailable')
  })
})
