import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { inlineContent, inlineLimits, plainBytesOf } from './content.ts'

test('whatever the bytes, a content that fits into a row gives them back and is named by their SHA-256', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.string({ maxLength: 3000 }).map((text) => Buffer.from(text.repeat(20))),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (given) => {
      const plain = Buffer.from(given)
      const content = await inlineContent(plain)
      assert.ok(content)
      assert.deepEqual(plainBytesOf(content), plain)
      assert.equal(content.sizeBytes, plain.length)
      assert.equal(content.sha.toString('hex'), createHash('sha256').update(plain).digest('hex'))
      assert.ok(content.stored.length <= Math.min(plain.length, inlineLimits.storedBytes))
    }),
  )
})

test('a content belongs into a blob when it does not fit into a row even compressed', async () => {
  assert.equal(await inlineContent(randomBytes(inlineLimits.storedBytes + 1)), null)
  assert.equal(await inlineContent(Buffer.alloc(inlineLimits.plainBytes + 1)), null)
  assert.ok(await inlineContent(randomBytes(inlineLimits.storedBytes)))
  assert.ok(await inlineContent(Buffer.alloc(inlineLimits.plainBytes)))
})
