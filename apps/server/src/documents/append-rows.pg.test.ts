import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { appendRecords, type NewRecord } from './append-rows.ts'
import { openRooms } from './fixtures/open-rooms.ts'

test('records of an earlier epoch, or of no document, are not stored, alone and among others; a repeated one is stored once', async () => {
  await using t = await openRooms()
  const { id, token, userId } = await t.project('a.txt', '')
  const tab = await t.tab(token)
  await tab.open(id, 'a.txt').opened()
  const { rows } = await t.db.query<{ id: string; epoch: number }>({ name: 'found', text: 'SELECT id, epoch FROM documents' })
  const [document] = rows
  assert.ok(document !== undefined)
  const record = (seq: number, changed: Partial<NewRecord> = {}): NewRecord => ({
    ...{ documentId: document.id, epoch: document.epoch, seq, bytes: Uint8Array.of(seq), authors: [] },
    ...changed,
  })
  const append = async (...records: NewRecord[]): Promise<string[]> => [...(await appendRecords(t.db, records))]

  for (const more of [[], [record(9, { documentId: randomUUID() })]]) {
    const seq = 1 + more.length
    assert.deepEqual(await append(record(7, { epoch: document.epoch - 1 }), ...more), [])
    assert.deepEqual(await append(record(7, { epoch: document.epoch + 1 }), ...more), [])
    assert.deepEqual(await append(record(7, { documentId: randomUUID() }), ...more), [])
    assert.deepEqual(await append(record(seq), ...more), [document.id])
    assert.deepEqual(await append(record(seq, { bytes: Uint8Array.of(99) }), ...more), [document.id])
  }
  assert.deepEqual(await append(record(3, { authors: [{ author: 'a', userId }] })), [document.id])
  const stored = await t.db.query<{ seq: number; bytes: Buffer }>({
    name: 'stored',
    text: 'SELECT seq::integer, bytes FROM document_operations ORDER BY seq',
  })
  assert.deepEqual(
    stored.rows.map(({ seq, bytes }) => [seq, ...bytes]),
    [1, 2, 3].map((seq) => [seq, seq]),
  )
  const authors = await t.db.query<{ author: string }>({ name: 'authors', text: 'SELECT author FROM document_authors' })
  assert.deepEqual(
    authors.rows.map(({ author }) => author),
    ['a'],
  )
})
