import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayText, momentText, textOfBytes } from './version-text.ts'

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer

test('bytes that are not text in UTF-8 are shown as none', () => {
  assert.equal(textOfBytes(bytes(0x68, 0xc3, 0xa9)), 'hé')
  assert.equal(textOfBytes(bytes(0xff, 0xfe)), null)
  assert.equal(textOfBytes(bytes(0x61, 0)), null)
  assert.equal(textOfBytes(bytes()), '')
})

test('a moment of another day, or year, says so', () => {
  const now = new Date(2026, 10, 20, 12).getTime()
  const at = (...when: [number, number, number, number]) => new Date(...when).toISOString()
  assert.equal(momentText(at(2026, 10, 20, 9), now), '09:00:00')
  assert.equal(momentText(at(2026, 10, 19, 9), now), '19 Nov, 09:00:00')
  assert.equal(momentText(at(2025, 10, 19, 9), now), '19 Nov 2025, 09:00:00')
  assert.equal(dayText(at(2026, 10, 20, 1), now), 'Today')
  assert.equal(dayText(at(2026, 10, 19, 23), now), 'Yesterday')
  assert.match(dayText(at(2026, 10, 16, 9), now), /^Monday,? 16 November 2026$/)
})
