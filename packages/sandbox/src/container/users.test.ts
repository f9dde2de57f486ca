import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertNoHostRoot, defaultFirstUser } from './users.ts'

const range = { first: 1000, count: 9 }

describe('the users of boxes', () => {
  it('are refused when the machine’s root is among them', () => {
    for (const map of ['0 0 1', '  0          0 4294967295', '0 1000 9\n9 0 1', '']) {
      assert.throws(() => assertNoHostRoot(map, null), /root/, map)
      assert.throws(() => assertNoHostRoot(map, range), /root/, map)
    }
  })

  it('are refused when they are not the ones that were meant', () => {
    assert.throws(() => assertNoHostRoot('0 1000 10', range))
    assert.throws(() => assertNoHostRoot('0 1001 9', range))
    assertNoHostRoot('         0       1000          9\n', range)
    assertNoHostRoot('0 1000 1', null)
  })

  it('lie where nobody else hands out ids', () => {
    assert.ok(defaultFirstUser > 1_879_048_191 && defaultFirstUser < 2_147_352_576)
  })
})
