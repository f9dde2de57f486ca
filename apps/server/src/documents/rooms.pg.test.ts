import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { testDatabase } from '@atelier/storage/db/test-database'
import { CrdtReplica } from '@atelier/text/crdt/replica'
import type { EngineName } from '@atelier/text/engine'
import { OtReplica } from '@atelier/text/ot/replica'
import type { Replica } from '@atelier/text/replica'
import { openRooms, type Rooms } from './fixtures/open-rooms.ts'

const replicas: Readonly<Record<EngineName, () => Replica>> = {
  crdt: () => new CrdtReplica(),
  ot: () => new OtReplica({ author: randomUUID(), now: () => performance.now() }),
}

for (const engine of ['crdt', 'ot'] as const)
  test(`two tabs edit one document (${engine}), and the file has what both typed`, async () => {
    await using t = await openRooms({ engine })
    const replica = replicas[engine]
    const { id, token, userId } = await t.project('main.py', 'print(1)\n')
    const [first, second] = [await t.tab(token), await t.tab(token)]
    const [one, two] = [first.open(id, 'main.py', replica()), second.open(id, 'main.py', replica())]
    await Promise.all([one.opened(), two.opened()])
    assert.equal(one.text, 'print(1)\n')
    assert.equal(one.message('opened')?.access, 'write')
    one.type(0, '# one\n')
    await two.until('the change is here', ({ text }) => text === '# one\nprint(1)\n')
    two.type(0, '# two\n')
    await one.until('the change is here', ({ text }) => text.startsWith('# two\n'))
    await one.until('everything is stored', ({ replica }) => replica.isSaved)
    const { content, entry } = await t.projects.readFile(id, userId, 'main.py')
    assert.equal(content.toString(), '# two\n# one\nprint(1)\n')
    assert.equal(entry.version, 2)
  })

for (const engine of ['crdt', 'ot'] as const)
  test(`ten tabs that type at once (${engine}) end with the same text, and so does the file, also after a restart`, async () => {
    await using database = await testDatabase()
    await using t = await openRooms({ engine, database, pace: { restMs: 20, everyMs: 50 } })
    const { id, token, userId } = await t.project('a.txt', 'start\n')
    const tabs = await Promise.all(Array.from({ length: 10 }, () => t.tab(token)))
    const pages = await Promise.all(tabs.map((tab) => tab.open(id, 'a.txt', replicas[engine]()).opened()))
    for (let round = 0; round < 20; round++) {
      for (const [n, page] of pages.entries()) page.type((round * 7 + n) % (page.replica.length + 1), String(n))
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const page of pages) await page.until('everything is stored', ({ replica }) => replica.isSaved)
    for (const page of pages) await page.until('all keys are here', ({ replica }) => replica.length === 6 + 200)
    const [first = ''] = pages.map(({ text }) => text)
    for (const page of pages) assert.equal(page.text, first)
    assert.equal((await t.projects.readFile(id, userId, 'a.txt')).content.toString(), first)
    await t.close()
    await using again = await openRooms({ engine, database, folder: t.folder })
    const tab = await again.tab(token)
    assert.equal((await tab.open(id, 'a.txt', replicas[engine]()).opened()).text, first)
  })

test('who typed what is kept with the name of the person', async () => {
  await using t = await openRooms()
  const { id, token, userId } = await t.project('a.txt', '')
  const tab = await t.tab(token)
  const page = await tab.open(id, 'a.txt').opened()
  page.type(0, 'mine')
  await page.until('it is stored', ({ replica }) => replica.isSaved)
  const { rows } = await t.db.query({ name: 'authors', text: 'SELECT author, user_id, name FROM document_authors' })
  const author = page.replica instanceof CrdtReplica ? String(page.replica.doc.clientID) : ''
  const name = await nameOf(t, userId)
  assert.deepEqual(rows, [{ author, user_id: userId, name }])
})

test('a role that changes reaches those who have the document open: reading only, writing again, and out', async () => {
  await using t = await openRooms()
  const { id, token } = await t.project('a.txt', 'text\n')
  const guest = await t.accounts.createGuest()
  const values = [id, guest.user.id]
  const change = (name: string, text: string) => t.db.query({ name, text, values })
  await change('let in', `INSERT INTO project_members (project, user_id, role) VALUES ($1, $2, 'editor')`)
  const [mine, theirs] = [await t.tab(token), await t.tab(guest.token)]
  const [page, other] = await Promise.all([mine.open(id, 'a.txt').opened(), theirs.open(id, 'a.txt').opened()])
  await change('lower', `UPDATE project_members SET role = 'viewer' WHERE project = $1 AND user_id = $2`)
  await other.until('it may only read', (each) => each.message('access')?.access === 'read')
  other.type(0, 'refused ')
  await other.until('it is told why', ({ errors }) => errors.at(-1)?.code === 'forbidden')
  page.type(0, 'more ')
  await other.until('it still sees what others type', ({ text }) => text.includes('more '))
  await change('raise', `UPDATE project_members SET role = 'editor' WHERE project = $1 AND user_id = $2`)
  await other.until('it may write again', (each) => each.message('access')?.access === 'write')
  await page.until('what was refused has come', ({ text }) => text.includes('refused '))
  await change('out', 'DELETE FROM project_members WHERE project = $1 AND user_id = $2')
  await other.until('it is out', (each) => each.message('closed')?.reason === 'denied')
  const back = await theirs.open(id, 'a.txt').opened()
  assert.equal(back.errors[0]?.code, 'not-found')
})

async function nameOf({ db }: Rooms, userId: string): Promise<unknown> {
  const { rows } = await db.query<{ name: string }>({
    name: 'name',
    text: 'SELECT name FROM users WHERE id = $1',
    values: [userId],
  })
  return rows[0]?.name
}
