import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { PlaybackPage } from '@atelier/protocol/playback'
import { openPlayback } from '@atelier/text/playback/playback'
import { openRooms, type Rooms } from './fixtures/open-rooms.ts'
import { foldHistories } from './housekeeping.ts'

async function historyOf({ app }: Rooms, projectId: string, token: string) {
  const pages: PlaybackPage[] = []
  for (let query = ''; ; ) {
    const url = `/api/v1/projects/${projectId}/playback/a.txt${query}`
    const page = PlaybackPage.parse((await app.inject({ url, headers: { authorization: `Bearer ${token}` } })).json())
    pages.push(page)
    if (page.next === null) break
    query = `?after=${page.next}`
  }
  const [first] = pages
  assert.ok(first?.snapshot)
  const records = pages.flatMap((page) =>
    page.records.map(({ at, bytes }) => ({ atMs: Date.parse(at), bytes: Buffer.from(bytes, 'base64') })),
  )
  return { first, pages, playback: openPlayback(first.engine, Buffer.from(first.snapshot, 'base64'), records) }
}

async function typeHundred(t: Rooms, projectId: string, token: string): Promise<void> {
  const page = await (await t.tab(token)).open(projectId, 'a.txt').opened()
  for (let n = 0; n < 100; n++) {
    page.type(page.replica.length, String(n % 10))
    await page.until('it is stored', ({ replica }) => replica.isSaved)
  }
}

test('the life of a document can be played from its first text, change by change, with who typed it', async () => {
  await using t = await openRooms({ pace: { restMs: 5, everyMs: 10 } })
  const { id, token, userId } = await t.project('a.txt', 'begin:')
  await typeHundred(t, id, token)
  const { first, playback } = await historyOf(t, id, token)
  assert.equal(playback.text, 'begin:')
  playback.seek(playback.steps)
  assert.equal(playback.text, `begin:${'0123456789'.repeat(10)}`)
  playback.seek(0)
  assert.equal(playback.text, 'begin:')
  assert.deepEqual(new Set(first.authors.map((author) => author.userId)), new Set([userId]))
})

test('a history that is too long begins later, and still plays to the same end', async () => {
  await using t = await openRooms({ pace: { restMs: 5, everyMs: 10 } })
  const { id, token, userId } = await t.project('a.txt', 'begin:')
  await typeHundred(t, id, token)
  await t.documents.closeOne(id, 'a.txt', 'test')
  assert.equal(await foldHistories(t.db, silentLog, { days: 90, bytes: 1000 }), 1)
  const { playback } = await historyOf(t, id, token)
  assert.notEqual(playback.text, 'begin:')
  assert.ok(playback.steps > 0 && playback.steps < 100)
  playback.seek(playback.steps)
  assert.equal(playback.text, `begin:${'0123456789'.repeat(10)}`)
  const again = await (await t.tab(token)).open(id, 'a.txt').opened()
  assert.equal(again.text, playback.text)
  assert.equal((await t.projects.readFile(id, userId, 'a.txt')).content.toString(), playback.text)
})

test('what was never edited together, or belongs to others, has no history', async () => {
  await using t = await openRooms()
  const { id, token } = await t.project('a.txt', 'begin:')
  const ask = async (path: string, as: string) =>
    (await t.app.inject({ url: `/api/v1/projects/${id}/playback/${path}`, headers: { authorization: `Bearer ${as}` } }))
      .statusCode
  assert.equal(await ask('a.txt', token), 404)
  await (await t.tab(token)).open(id, 'a.txt').opened()
  assert.equal(await ask('a.txt', token), 200)
  assert.equal(await ask('a.txt', (await t.accounts.createGuest()).token), 404)
  assert.equal(await ask('..%2fa.txt', token), 400)
})
