import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joined, presenceFrame, readFrame, readUnsigned, syncFrame, unsigned } from './frames.ts'

test('a message of a document comes back as it was sent', () => {
  const body = Uint8Array.from({ length: 300 }, (_, at) => at % 256)
  assert.deepEqual(readFrame(syncFrame(2, body)), { type: 'sync', kind: 2, body })
  assert.deepEqual(readFrame(syncFrame(0, new Uint8Array())), { type: 'sync', kind: 0, body: new Uint8Array() })
  assert.deepEqual(readFrame(presenceFrame(body)), { type: 'presence', update: body })
  assert.deepEqual(readFrame(joined([4], Uint8Array.from(unsigned(70_000)))), { type: 'stored', count: 70_000 })
})

test('large numbers keep their value, and a number that never ends is none', () => {
  for (const value of [0, 127, 128, 2 ** 31, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER])
    assert.equal(readUnsigned(Uint8Array.from(unsigned(value)), 0)?.value, value)
  assert.equal(readUnsigned(new Uint8Array(20).fill(255), 0), null)
  assert.equal(readUnsigned(new Uint8Array(2000).fill(128), 0), null)
})

test('a message that is cut short, of an unknown kind or longer than it says it is, is ignored', () => {
  const whole = syncFrame(2, new Uint8Array(40))
  for (let length = 0; length < whole.length; length += 1) assert.equal(readFrame(whole.subarray(0, length)), null)
  assert.equal(readFrame(Uint8Array.of(0, 7, 0)), null)
  assert.equal(readFrame(Uint8Array.of(99)), null)
  assert.equal(readFrame(joined([0, 2], Uint8Array.from(unsigned(2 ** 40)))), null)
})
