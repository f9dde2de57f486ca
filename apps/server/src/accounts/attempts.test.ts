import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptLimits, createAttempts, neighbourhoodOf, TooManyAttempts } from './attempts.ts'
import { deviceOf } from './devices.ts'

const isRefused = (error: unknown): boolean => error instanceof TooManyAttempts && (error.extras.retryAfterSeconds ?? 0) > 0

test('one address may not try many names, and many addresses not one name', async () => {
  const attempts = createAttempts()
  for (let n = 0; n < attemptLimits.address; n++) await attempts.signIn('192.0.2.1', `name ${n}`)
  await assert.rejects(attempts.signIn('192.0.2.1', 'another'), isRefused)
  await attempts.signIn('192.0.2.2', 'another')
  for (let n = 0; n < attemptLimits.name; n++) await attempts.signIn(`198.51.100.${n}`, 'one')
  await assert.rejects(attempts.signIn('198.51.100.200', 'one'), isRefused)
})

test('whoever has a network of IPv6 addresses is one neighbour', () => {
  assert.equal(neighbourhoodOf('2001:db8:1:2:3:4:5:6'), neighbourhoodOf('2001:0db8:1:2::9'))
  assert.notEqual(neighbourhoodOf('2001:db8:1:2::1'), neighbourhoodOf('2001:db8:1:3::1'))
  assert.equal(neighbourhoodOf('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(neighbourhoodOf('::1'), '0:0:0:0')
})

test('a browser is shown as what it calls itself', () => {
  const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  assert.equal(deviceOf(chrome), 'Chrome on Windows')
  assert.equal(deviceOf(`${chrome} Edg/140.0.0.0`), 'Edge on Windows')
  assert.equal(
    deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1'),
    'Safari on iPhone',
  )
  for (const odd of [undefined, '', 'x'.repeat(100_000), '<script>']) assert.equal(deviceOf(odd), 'A program')
})
