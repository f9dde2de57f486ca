import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, togetherMs } from './rotation.ts'
import { familyOf, newFamily, newRefreshToken, newToken, shaOf } from './tokens.ts'

const [present, previous, older] = ['present', 'previous', 'older'].map(shaOf) as [Buffer, Buffer, Buffer]
const at = (ms: number): Date => new Date(ms)
const row = { refreshSha: present, previousSha: previous, rotatedAt: at(0), confirmed: true, expiresAt: at(1e9) }

test('a refresh token is used once; requests that were under way together are one use', () => {
  assert.equal(judge(row, present, 1), 'rotate')
  assert.equal(judge(row, present, 1e8), 'rotate')
  assert.equal(judge(row, previous, togetherMs - 1), 'accept')
  assert.equal(judge(row, previous, togetherMs), 'replayed')
  assert.equal(judge(row, older, 1), 'replayed')
  assert.equal(judge({ ...row, previousSha: null }, older, 1), 'replayed')
})

test('the token before is good again when the next one never reached the browser', () => {
  assert.equal(judge({ ...row, confirmed: false }, previous, togetherMs), 'rotate')
  assert.equal(judge({ ...row, confirmed: false }, older, togetherMs), 'replayed')
})

test('what has expired is neither rotated nor believed', () => {
  for (const sha of [present, previous, older]) assert.equal(judge({ ...row, expiresAt: at(5) }, sha, 5), 'expired')
})

test('a refresh token names its family, and what is no refresh token names none', () => {
  const family = newFamily()
  const token = newRefreshToken(family)
  assert.equal(familyOf(token), family)
  for (const wrong of [
    '',
    token.slice(1),
    `${token}x`,
    token.slice(0, -1),
    token.replace('atl_r_', 'atl_s_'),
    newToken('atl_r_'),
  ])
    assert.equal(familyOf(wrong), null, wrong)
})
