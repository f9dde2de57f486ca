import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Body, BodyMemory, blockBytes } from './body-memory.ts'

test('whatever pieces a body comes in, its bytes come out, also from blocks that were used before', () => {
  const memory = new BodyMemory(8 * blockBytes)
  const piece = fc.record({
    size: fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 300_000 })),
    fill: fc.nat(255),
  })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const chunks = pieces.map(({ size, fill }) => Buffer.alloc(size, fill))
      const whole = Buffer.concat(chunks)
      const body = new Body(memory)
      for (const chunk of chunks) assert.equal(body.add(chunk), true)
      const bytes = body.finish()
      assert.equal(bytes.equals(whole), true)
      body.release()
      body.release()
      assert.equal(memory.usedBytes, 0)
    }),
    { numRuns: 50 },
  )
})

test('a small body takes nothing of the memory', () => {
  const memory = new BodyMemory(0)
  const body = new Body(memory)
  assert.equal(body.add(Buffer.alloc(64 * 1024)), true)
  assert.equal(memory.usedBytes, 0)
  assert.equal(body.add(Buffer.alloc(1)), false)
})

test('a body counts until it is released, even when it was read to its end', () => {
  const memory = new BodyMemory(2 * blockBytes)
  const [first, second] = [new Body(memory), new Body(memory)]
  assert.equal(first.add(Buffer.alloc(2 * blockBytes)), true)
  first.finish()
  assert.equal(second.wouldFit(100_000), false)
  assert.equal(second.add(Buffer.alloc(100_000)), false)
  second.release()
  first.release()
  const third = new Body(memory)
  assert.equal(third.add(Buffer.alloc(2 * blockBytes)), true)
  third.release()
  assert.equal(memory.usedBytes, 0)
})

test('what was finished is not changed by whoever uses the blocks next', () => {
  const memory = new BodyMemory(4 * blockBytes)
  const first = new Body(memory)
  first.add(Buffer.alloc(100_000, 1))
  const bytes = first.finish()
  const second = new Body(memory)
  second.add(Buffer.alloc(100_000, 2))
  assert.equal(bytes.equals(Buffer.alloc(100_000, 1)), true)
})
