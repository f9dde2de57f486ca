import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { createPasswords } from './passwords.ts'

test('a password is right for its own hash only, and every hash has a salt of its own', async () => {
  const passwords = createPasswords()
  const [one, other] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(one, other)
  assert.equal(await passwords.isRight('correct horse', one), true)
  assert.equal(await passwords.isRight('correct horse', other), true)
  assert.equal(await passwords.isRight('Correct horse', one), false)
})

test('where there is no hash as much is computed as for a wrong password', async () => {
  const asked: unknown[] = []
  const passwords = createPasswords(async ({ message: _, nonce, ...cost }) => {
    asked.push({ ...cost, salt: Buffer.from(nonce as Buffer).length })
    return Buffer.alloc(cost.tagLength)
  })
  const hash = await passwords.hash('correct horse')
  asked.length = 0
  await passwords.isRight('wrong', hash)
  assert.equal(await passwords.isRight('wrong', null), false)
  assert.deepEqual(asked[1], asked[0])
})

test('a hash made with another cost is still understood', async () => {
  const passwords = createPasswords()
  const made = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$'
  const { argon2Sync } = await import('node:crypto')
  const parameters = {
    message: 'old one',
    nonce: Buffer.from('somesalt12345678'),
    parallelism: 1,
    memory: 64,
    passes: 1,
    tagLength: 32,
  }
  const hash = made + argon2Sync('argon2id', parameters).toString('base64').replace(/=+$/, '')
  assert.deepEqual([await passwords.isRight('old one', hash), await passwords.isRight('other', hash)], [true, false])
})

test('two hashes at most are computed at once, a bounded number waits, and more are refused', async () => {
  let running = 0
  let most = 0
  const finish: (() => void)[] = []
  const passwords = createPasswords(async () => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => finish.push(resolve))
    running--
    return Buffer.alloc(32)
  })
  const all = Array.from({ length: 100 }, () => passwords.hash('correct horse'))
  const settled = Promise.allSettled(all)
  const refused = all.slice(42)
  for (const each of refused)
    await assert.rejects(each, (error) => error instanceof Refusal && error.code === 'too-many-requests')
  while (finish.length > 0) {
    finish.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal((await settled).filter(({ status }) => status === 'fulfilled').length, 42)
  assert.equal(most, 2)
})
