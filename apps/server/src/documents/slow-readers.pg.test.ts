import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRooms } from './fixtures/open-rooms.ts'

test('who does not read is sent no more than a few megabytes, has to begin anew, and slows down nobody else', async () => {
  await using t = await openRooms()
  const { id, token } = await t.project('a.txt', '')
  const [one, two, slow] = await Promise.all([t.tab(token), t.tab(token), t.tab(token)])
  const [page, other, stuck] = await Promise.all([one, two, slow].map((tab) => tab.open(id, 'a.txt').opened()))
  assert.ok(page !== undefined && other !== undefined && stuck !== undefined)
  slow.socket.pause()
  const piece = 'x'.repeat(100_000)
  for (let n = 1; n <= 250; n++) {
    // Put in and taken out again: the text stays short, what is sent does not.
    page.replica.edit([{ at: 0, remove: 0, insert: piece }])
    page.replica.edit([{ at: 0, remove: page.replica.length, insert: `${n};` }])
    await other.until('the others have it', ({ text }) => text === `${n};`)
  }
  assert.equal(t.documents.counts.members, 2)
  slow.socket.resume()
  await stuck.until('it is told to begin anew', (each) => each.message('closed')?.reason === 'again')
  const again = await slow.open(id, 'a.txt').opened()
  await again.until('it has what the others have', ({ text }) => text === other.text)
})
