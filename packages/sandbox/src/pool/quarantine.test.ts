import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import type { Sandbox } from '../sandbox.ts'
import { Quarantine } from './quarantine.ts'

function stubborn(attempts: number, fails: () => Promise<void>): Sandbox {
  let left = attempts
  return {
    isolation: 'container',
    id: 'stubborn',
    died: new Promise(() => {}),
    start: () => {
      throw new Error('not in this test')
    },
    destroy: () => {
      left -= 1
      return left >= 0 ? fails() : Promise.resolve()
    },
  }
}

for (const [how, fails] of [
  ['refuses', () => Promise.reject(new Error('no'))],
  ['never answers', () => new Promise<void>(() => {})],
] as const)
  test(`a sandbox that ${how} is held, and tried again until it is gone`, async () => {
    const quarantine = new Quarantine(silentLog, { patienceMs: 5, retryMs: { first: 1, most: 4 } })
    await quarantine.destroy(stubborn(4, fails))
    assert.equal(quarantine.size, 1)
    while (quarantine.size > 0) await new Promise((resolve) => setImmediate(resolve))
    quarantine.close()
  })
