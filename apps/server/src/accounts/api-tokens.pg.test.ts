import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountLimits, apiTokenPrefix, type TokenScope, tokenScopes } from '@atelier/protocol/accounts'
import { openAccounts } from './fixtures/open-accounts.ts'
import { scopeOf } from './scopes.ts'

const code = (answer: { json(): { code: string } }): string => answer.json().code
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function openWithToken(scopes: readonly TokenScope[], more: object = {}) {
  const t = await openAccounts()
  const { browser, userId } = await t.member('grace')
  const made = await browser.ask('POST', '/api/v1/tokens', { name: 'ci', scopes, ...more })
  assert.equal(made.statusCode, 201, made.body)
  const script = (method: string, url: string, payload?: unknown, token: string = made.json().token) =>
    t.browser().ask(method, url, payload, bearer(token))
  return {
    ...t,
    owner: browser,
    userId,
    script,
    made: made.json() as { id: string; token: string },
    [Symbol.asyncDispose]: t[Symbol.asyncDispose],
  }
}

test('an API token acts for its account, is shown once and stored nowhere, and says when it was used', async () => {
  await using t = await openWithToken(['read', 'write'], { expiresInDays: 30 })
  assert.match(t.made.token, /^atl_t_[A-Za-z0-9_-]{43}$/)
  const listed = async () => (await t.owner.ask('GET', '/api/v1/tokens')).json().items
  assert.deepEqual(
    (await listed()).map(({ name, scopes, lastUsedAt, token }: Record<string, unknown>) => [name, scopes, lastUsedAt, token]),
    [['ci', ['read', 'write'], null, undefined]],
  )
  assert.equal((await t.script('GET', '/api/v1/session')).json().user.id, t.userId)
  assert.notEqual((await listed())[0].lastUsedAt, null)
  const { rows } = await t.db.query({ name: 'all', text: 'SELECT t::text AS token FROM api_tokens t' })
  const secret = t.made.token.slice(apiTokenPrefix.length)
  assert.ok(!JSON.stringify(rows).includes(secret) && !JSON.stringify(rows).includes(Buffer.from(secret).toString('hex')))
})

test('a token that is revoked, has expired, has another prefix or is not complete is refused, and makes nobody a guest', async () => {
  await using t = await openWithToken(['read', 'write', 'run'])
  const { token, id } = t.made
  for (const wrong of [`${token}x`, token.slice(0, -1), `${apiTokenPrefix}${'A'.repeat(43)}`, apiTokenPrefix]) {
    const answer = await t.script('PATCH', '/api/v1/session', { name: 'Eve' }, wrong)
    assert.deepEqual([answer.statusCode, code(answer), answer.cookies], [401, 'session-required', []], wrong)
  }
  const asSession = token.replace(apiTokenPrefix, 'atl_s_')
  for (const other of [asSession, token.replace(apiTokenPrefix, 'atl_a_')])
    assert.equal(code(await t.script('GET', '/api/v1/session', undefined, other)), 'session-required')
  assert.equal((await t.owner.ask('DELETE', `/api/v1/tokens/${id}`)).statusCode, 204)
  assert.equal(code(await t.script('GET', '/api/v1/session')), 'session-required', 'at once')
  const again = (await t.owner.ask('POST', '/api/v1/tokens', { name: 'old', scopes: ['read'], expiresInDays: 1 })).json()
  await t.db.query({ name: 'expire', text: 'UPDATE api_tokens SET expires_at = now()' })
  assert.equal(code(await t.script('GET', '/api/v1/session', undefined, again.token)), 'session-required')
  assert.deepEqual((await t.owner.ask('GET', '/api/v1/tokens')).json().items, [])
})

test('an Authorization header that is nobody’s is refused at every address, and makes no guest', async () => {
  await using t = await openAccounts()
  const { browser, userId } = await t.member('grace')
  const dead = (await browser.ask('POST', '/api/v1/tokens', { name: 'x', scopes: [...tokenScopes] })).json()
  await browser.ask('DELETE', `/api/v1/tokens/${dead.id}`)
  const { token: expired } = (await t.browser().ask('POST', '/api/v1/sessions')).json()
  await t.db.query({ name: 'expire', text: `UPDATE sessions SET expires_at = now() - interval '1 hour'` })
  t.accounts.tellEnd({ userId, except: null })
  const users = async () => (await t.db.query({ name: 'users', text: 'SELECT id FROM users ORDER BY id' })).rows
  const before = await users()
  const { paths } = (await t.browser().ask('GET', '/openapi.json')).json() as { paths: Record<string, Record<string, unknown>> }
  const addresses = Object.entries(paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => [method, path]))
  assert.ok(addresses.length >= 13)
  const bearers = ['x', dead.token, `atl_s_${'A'.repeat(43)}`, 'atl_e_AAAA', 'a b', '']
  const headers = [...bearers.map((each) => `Bearer ${each}`), 'Basic YTpi', expired]
  for (const authorization of headers)
    for (const [method = '', path = ''] of [...addresses, ['get', '/'], ['get', '/nothing/here']]) {
      const url = path.replaceAll(/\{[^}]+\}/g, '01a1f7b5-7b01-7702-ae37-f1373e914301')
      const answer = await browser.copy().ask(method.toUpperCase(), url, undefined, { authorization })
      const told = [answer.statusCode, code(answer), answer.cookies.length]
      assert.deepEqual(told, [401, 'session-required', 0], `${method} ${path} ${authorization}`)
    }
  assert.deepEqual(await users(), before)
})

test('somebody else’s tokens can be neither seen nor revoked, and guests have none', async () => {
  await using t = await openWithToken(['read'])
  const eve = await t.member('eve')
  assert.deepEqual((await eve.browser.ask('GET', '/api/v1/tokens')).json().items, [])
  assert.equal(code(await eve.browser.ask('DELETE', `/api/v1/tokens/${t.made.id}`)), 'not-found')
  const guest = t.browser()
  await guest.ask('POST', '/api/v1/sessions')
  for (const who of [guest, t.browser()]) {
    assert.equal(code(await who.ask('POST', '/api/v1/tokens', { name: 'x', scopes: ['read'] })), 'session-required')
    assert.equal(code(await who.ask('DELETE', `/api/v1/tokens/${t.made.id}`)), 'session-required')
  }
  assert.equal((await t.script('GET', '/api/v1/session')).statusCode, 200)
})

test('every address needs exactly one scope, says which, and refuses a token that has all the others only', async () => {
  await using t = await openAccounts()
  const { browser } = await t.member('grace')
  const tokenWithout = new Map<string, string>()
  for (const scope of [...tokenScopes, 'account']) {
    const scopes = tokenScopes.filter((each) => each !== scope)
    const made = await browser.ask('POST', '/api/v1/tokens', { name: `not ${scope}`, scopes })
    tokenWithout.set(scope, made.json().token)
  }
  const { paths } = (await t.browser().ask('GET', '/openapi.json')).json() as {
    paths: Record<string, Record<string, { security: readonly Record<string, string[]>[] }>>
  }
  let tried = 0
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { security }] of Object.entries(operations)) {
      const described = security.flatMap((each) => each.token ?? [])
      const scope = described[0] ?? 'account'
      assert.ok(described.length <= 1, `${method} ${path}`)
      const url = path.replaceAll(/\{[^}]+\}/g, '01a1f7b5-7b01-7702-ae37-f1373e914301')
      const token = tokenWithout.get(scope)
      assert.ok(token !== undefined, `${method} ${path} needs ${scope}`)
      const answer = await t.browser().ask(method.toUpperCase(), url, undefined, bearer(token))
      assert.deepEqual([answer.statusCode, code(answer)], [403, 'forbidden'], `${method} ${path}`)
      tried++
    }
  assert.ok(tried >= 13)
})

test('what an address needs follows from what it does, where it does not say so itself', () => {
  const needed = (method: string, url: string) => scopeOf({ method, url })
  assert.equal(needed('GET', '/api/v1/projects'), 'read')
  assert.equal(needed('PUT', '/api/v1/projects/:id/files/*'), 'write')
  assert.equal(needed('POST', '/api/v1/executions'), 'run')
  assert.equal(needed('POST', '/api/v1/executions/:id/stdin'), 'run')
  assert.equal(needed('POST', '/api/v1/executionsx'), 'write')
  assert.equal(needed('GET', '/api/v1/executions/:id'), 'read')
  assert.equal(needed('GET', '/api/v1/admin/users'), 'admin')
  assert.equal(needed('DELETE', '/a/route/of/tomorrow'), 'write')
})

test('no token may change what concerns the account itself, whatever its scopes', async () => {
  await using t = await openWithToken([...tokenScopes])
  for (const [method, url] of [
    ...[
      ['GET', '/api/v1/tokens'],
      ['POST', '/api/v1/tokens'],
      ['GET', '/api/v1/session/sign-ins'],
    ],
    ...[
      ['DELETE', '/api/v1/session/sign-ins'],
      ['PUT', '/api/v1/account/password'],
      ['POST', '/api/v1/session/sign-out'],
    ],
  ] as [string, string][])
    assert.equal(code(await t.script(method, url)), 'forbidden', url)
})

test('an account has a bounded number of tokens, and nonsense makes none', async () => {
  await using t = await openAccounts()
  const { browser, userId } = await t.member('grace')
  const make = (body: unknown) => browser.ask('POST', '/api/v1/tokens', body)
  for (const body of [
    ...[
      {},
      { name: '', scopes: ['read'] },
      { name: 'x', scopes: [] },
      { name: 'x', scopes: ['root'] },
      { name: 'x', scopes: ['read', 'read'] },
    ],
    ...[
      { name: 'x', scopes: ['read'], expiresInDays: 0 },
      { name: 'x', scopes: ['read'], expiresInDays: 1e9 },
      { name: 'x', scopes: 'read' },
    ],
  ])
    assert.equal(code(await make(body)), 'invalid-request', JSON.stringify(body))
  await t.db.query({
    name: 'many',
    text: `INSERT INTO api_tokens (id, user_id, name, token_sha, scopes)
           SELECT gen_random_uuid(), $1, 'x', sha256(n::text::bytea), '{read}' FROM generate_series(1, $2) AS n`,
    values: [userId, accountLimits.tokens - 1],
  })
  assert.equal((await make({ name: 'last', scopes: ['read'] })).statusCode, 201)
  assert.equal(code(await make({ name: 'one more', scopes: ['read'] })), 'too-large')
})
