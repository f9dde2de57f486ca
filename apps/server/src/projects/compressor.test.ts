import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { createCompressor } from './compressor.ts'

test('however many contents are under way, each comes out as a frame of its own', async () => {
  const compressor = createCompressor()
  const contents = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 50_000 }),
      fc.string().map((text) => Buffer.from(text.repeat(500))),
    ),
    { maxLength: 30 },
  )
  await fc.assert(
    fc.asyncProperty(contents, async (given) => {
      const plains = given.map((bytes) => Buffer.from(bytes))
      const frames = await Promise.all(plains.map((plain) => compressor.compress(plain)))
      for (const [index, frame] of frames.entries()) assert.deepEqual(zstdDecompressSync(frame), plains[index])
    }),
    { numRuns: 30 },
  )
  compressor.close()
})

test('a frame says nothing of the contents that were compressed before it', async () => {
  const [used, fresh] = [createCompressor(), createCompressor()]
  const plain = Buffer.from('the same text, again and again. '.repeat(100))
  const first = await used.compress(plain)
  for (let round = 0; round < 20; round++) await used.compress(randomBytes(20_000))
  assert.deepEqual(await used.compress(plain), first)
  assert.deepEqual(await fresh.compress(plain), first)
  used.close()
  fresh.close()
})
