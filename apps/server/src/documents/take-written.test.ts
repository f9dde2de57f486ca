import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import type { Documents } from './documents.ts'
import { takeWritten } from './take-written.ts'

/** A document that says no to whatever is written; those who were sent away from it. */
function refusing(refusal: Refusal) {
  const closed: string[] = []
  const room = { isClosed: false, alone: () => Promise.reject(refusal) }
  const documents = {
    findOpen: async () => ({ room }),
    closeOne: async (_project: string, path: string) => void closed.push(path),
  }
  const storage = {} as Parameters<typeof takeWritten>[1]
  return { closed, take: () => takeWritten(documents as unknown as Documents, storage, 'p', ['a.txt'], 'u') }
}

test('a written file that is no text any more closes its document; one that cannot be taken in just now leaves it open', async () => {
  const noText = refusing(new Refusal('unsupported-media-type', 'It is no text.'))
  await noText.take()
  assert.deepEqual(noText.closed, ['a.txt'])
  const busy = refusing(new Refusal('storage-unavailable', 'Not now.'))
  await assert.rejects(busy.take(), { code: 'storage-unavailable' })
  assert.deepEqual(busy.closed, [])
})
