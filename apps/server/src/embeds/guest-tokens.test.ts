import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGuestTokens, guestLifeMs } from './guest-tokens.ts'

test('the token of a reader is good for an hour, for the process that made it', () => {
  let nowMs = 1_700_000_000_000
  const tokens = createGuestTokens(() => nowMs)
  const { token, expiresAt } = tokens.issue()
  const guest = tokens.guestOf(token)
  assert.match(guest ?? '', /^[0-9a-f-]{36}$/)
  assert.notEqual(tokens.guestOf(tokens.issue().token), guest)
  assert.equal(createGuestTokens(() => nowMs).guestOf(token), null)
  nowMs += guestLifeMs - 1
  assert.equal(tokens.guestOf(token), guest)
  assert.equal(new Date(expiresAt).getTime(), nowMs + 1)
  nowMs += 1
  assert.equal(tokens.guestOf(token), null)
})

test('a token with one bit changed, cut off or longer is none', () => {
  const tokens = createGuestTokens(Date.now)
  const { token } = tokens.issue()
  const bytes = Buffer.from(token.slice(6), 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(tokens.guestOf(`atl_e_${changed.toString('base64url')}`), null)
  }
  for (const odd of [undefined, '', 'atl_e_', token.slice(0, -4), `${token}AAAA`, token.replace('atl_e_', 'atl_s_')])
    assert.equal(tokens.guestOf(odd), null)
})
