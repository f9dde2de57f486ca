import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CrdtReplica } from './replica.ts'
import { bringBack, unstored } from './unstored.ts'

/** Gives one replica all that another has, as a server would. */
function sync(from: CrdtReplica, to: CrdtReplica): void {
  let lacking: Uint8Array[] = []
  from.connect((kind, body) => (kind === 2 ? lacking.push(body) : 0))
  to.connect((kind, body) => (kind === 0 ? from.receive(0, body) : 0))
  for (const body of lacking) to.receive(2, body)
  to.receive(1, Uint8Array.of(0, 0))
  lacking = []
  from.disconnect()
  to.disconnect()
}

test('edits that were kept are in the document once, whether the server had them or not', () => {
  const server = new CrdtReplica()
  server.edit([{ at: 0, remove: 0, insert: 'hello world' }])
  const page = new CrdtReplica()
  sync(server, page)
  page.edit([{ at: 5, remove: 0, insert: ',' }])
  page.edit([{ at: 7, remove: 5, insert: 'you' }])
  const kept = unstored(page)

  const other = new CrdtReplica()
  sync(server, other)
  other.edit([{ at: 0, remove: 0, insert: 'oh ' }])
  bringBack(other, kept)
  assert.equal(other.text, 'oh hello, you')
  assert.equal(other.isSaved, false)
  bringBack(other, kept)
  assert.equal(other.text, 'oh hello, you')

  sync(page, server)
  const late = new CrdtReplica()
  sync(server, late)
  bringBack(late, kept)
  assert.equal(late.text, 'hello, you')
})
