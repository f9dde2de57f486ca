import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAccounts } from '../accounts/fixtures/open-accounts.ts'
import { type Counters, memoryCounters } from './counters.ts'
import { readTiers } from './quota-tiers.ts'
import { createQuotas, type Quotas } from './quotas.ts'
import { limitRates } from './request-rates.ts'
import { registerQuotaRoutes } from './routes.ts'

const few = '{"stranger":{"readsPerMinute":3,"writesPerMinute":2},"guest":{"readsPerMinute":4},"premium":{"readsPerMinute":null}}'

async function open(tiers = few, counters: Counters = memoryCounters()) {
  const parts: { quotas?: Quotas } = {}
  const t = await openAccounts({
    prepare: ({ app, db, accounts }) => {
      parts.quotas = createQuotas({ db, tiers: readTiers(tiers) })
      limitRates(app, { accounts, quotas: parts.quotas, counters })
    },
    register: ({ app, accounts }) => parts.quotas && registerQuotaRoutes(app, { accounts, quotas: parts.quotas }),
  })
  return { ...t, quotas: parts.quotas, [Symbol.asyncDispose]: t[Symbol.asyncDispose] }
}

test('every answer of the API says what is left, and what is too much is told when it may go on', async () => {
  await using t = await open()
  const stranger = t.browser('203.0.113.9')
  const first = await stranger.ask('GET', '/api/v1/session')
  assert.equal(first.headers['ratelimit-policy'], '"reads";q=3;w=60')
  assert.match(String(first.headers.ratelimit), /^"reads";r=2;t=\d+$/)
  await stranger.ask('GET', '/api/v1/session')
  assert.match(String((await stranger.ask('GET', '/api/v1/nothing')).headers.ratelimit), /^"reads";r=0/, 'where nothing is too')
  const refused = await stranger.ask('GET', '/api/v1/session')
  assert.equal(refused.statusCode, 429)
  assert.equal(refused.headers['content-type'], 'application/problem+json')
  const { code, detail, retryAfterSeconds } = refused.json()
  assert.equal(code, 'too-many-requests')
  assert.match(detail, /^Your address sent more than 3 requests within a minute.*tier "stranger".*Go on in \d+ seconds?\.$/)
  assert.equal(refused.headers['retry-after'], String(retryAfterSeconds))
  assert.match(String(refused.headers.ratelimit), /^"reads";r=0;t=\d+$/)
})

test('who reads too much may still change something, and another address may do all', async () => {
  await using t = await open()
  const stranger = t.browser('203.0.113.9')
  for (let n = 0; n < 4; n++) await stranger.ask('GET', '/api/v1/session')
  assert.equal((await t.browser('203.0.113.9').ask('POST', '/api/v1/sessions')).statusCode, 201)
  assert.equal((await t.browser('203.0.113.8').ask('GET', '/api/v1/session')).statusCode, 200)
})

test('tokens that are nobody’s are counted with the strangers of their address, so that guessing them is bounded', async () => {
  await using t = await open()
  const stranger = t.browser('203.0.113.9')
  const guess = async (n: number) => {
    const authorization = `Bearer atl_t_${String(n).padEnd(43, 'A')}`
    return (await stranger.ask('GET', '/api/v1/session', undefined, { authorization })).statusCode
  }
  assert.deepEqual([await guess(1), await guess(2), await guess(3), await guess(4)], [401, 401, 401, 429])
})

test('a class behind one address is counted one by one, as soon as each has a session', async () => {
  await using t = await open('{"guest":{"readsPerMinute":4}}')
  const pupils = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const pupil = t.browser('203.0.113.9')
      await pupil.ask('POST', '/api/v1/sessions')
      return pupil
    }),
  )
  for (const pupil of pupils)
    for (let n = 0; n < 4; n++) assert.equal((await pupil.ask('GET', '/api/v1/session')).statusCode, 200)
  assert.equal((await pupils[0]?.ask('GET', '/api/v1/session'))?.statusCode, 429)
})

test('somebody with a network of IPv6 addresses is one stranger, and what is no address is one too', async () => {
  await using t = await open()
  const ask = async (address: string) => (await t.browser(address).ask('GET', '/api/v1/session')).statusCode
  const answers: number[] = []
  for (const end of ['1', '2', 'ffff', 'a:b:c']) answers.push(await ask(`2001:db8:1:2::${end}`))
  assert.deepEqual(answers, [200, 200, 200, 429])
  assert.equal(await ask('2001:db8:1:3::1'), 200)
  const nonsense: number[] = []
  for (const forged of ['x'.repeat(4000), '"><script>', '999.1.1.1', '-']) nonsense.push(await ask(forged))
  assert.deepEqual(nonsense, [200, 200, 200, 429])
})

test('a tier counts as soon as an administrator gives it, and one without a limit has no fields', async () => {
  await using t = await open()
  const { browser, userId } = await t.member('ada')
  assert.equal((await browser.ask('GET', '/api/v1/quota')).json().tier, 'free')
  await t.db.query({ name: 'give', text: `UPDATE users SET tier = 'premium' WHERE id = $1`, values: [userId] })
  t.quotas?.forget(userId)
  const answer = await browser.ask('GET', '/api/v1/quota')
  assert.deepEqual([answer.json().tier, answer.headers.ratelimit], ['premium', undefined])
  await t.db.query({ name: 'give-gone', text: `UPDATE users SET tier = 'gone' WHERE id = $1`, values: [userId] })
  t.quotas?.forget(userId)
  assert.equal((await browser.ask('GET', '/api/v1/quota')).json().tier, 'free', 'a tier that is not among the settings')
})
