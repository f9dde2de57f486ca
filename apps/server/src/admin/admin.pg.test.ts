import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import type { AdminServer } from '@atelier/protocol/admin'
import { goodPassword, openAccounts } from '../accounts/fixtures/open-accounts.ts'
import { createPasswords } from '../accounts/passwords.ts'
import { readTiers } from '../quotas/quota-tiers.ts'
import { createQuotas } from '../quotas/quotas.ts'
import { createAdmin } from './admin.ts'
import { registerAdminRoutes } from './routes.ts'

const server = { status: {}, pools: [], languages: [], settings: [], tiersBeyond: [] } as unknown as AdminServer
const open = () =>
  openAccounts({
    register: ({ app, db, accounts }) =>
      registerAdminRoutes(
        app,
        createAdmin({
          ...{ db, accounts, passwords: createPasswords(), log: silentLog, readServer: () => server },
          ...{ quotas: createQuotas({ db, tiers: readTiers('{"class":{"like":"free"}}') }), stopExecution: () => false },
        }),
      ),
  })

async function openWithAdmin() {
  const t = await open()
  const boss = await t.member('boss')
  await t.db.query({ name: 'make', text: 'UPDATE users SET admin = true WHERE id = $1', values: [boss.userId] })
  return { ...t, boss: boss.browser, bossId: boss.userId, [Symbol.asyncDispose]: t[Symbol.asyncDispose] }
}

const cookieOf = ({ jar }: { readonly jar: ReadonlyMap<string, string> }): string =>
  [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
const code = (answer: { json(): { code: string } }): string => answer.json().code

test('for whoever is no administrator every address of administrators is one where nothing is', async () => {
  await using t = await openWithAdmin()
  const { browser, userId } = await t.member('eve')
  const guest = t.browser()
  await guest.ask('POST', '/api/v1/sessions')
  for (const [method, path, body] of [
    ['GET', '/api/v1/admin/users'],
    ['GET', '/api/v1/admin/users?before=nonsense'],
    ['PATCH', `/api/v1/admin/users/${userId}`, { admin: true }],
    ['PATCH', `/api/v1/admin/users/${userId}`, { nonsense: true }],
    ['POST', `/api/v1/admin/users/${userId}/password`],
    ['GET', '/api/v1/admin/executions'],
    ['GET', '/api/v1/admin/server'],
  ] as const)
    for (const who of [browser, guest, t.browser()]) {
      const answer = await who.ask(method, path, body)
      const nothing = await who.ask(method, path.replace('admin', 'admim'), body)
      const { instance: _, detail, ...rest } = answer.json()
      const { instance: __, detail: other, ...expected } = nothing.json()
      assert.deepEqual([rest, detail], [expected, other.replace('admim', 'admin')], `${method} ${path}`)
    }
  assert.equal((await t.boss.ask('GET', '/api/v1/admin/users')).statusCode, 200)
})

test('an administrator finds users by a part of their names, page by page', async () => {
  await using t = await openWithAdmin()
  await t.member('grace.hopper')
  const guest = t.browser()
  const { user } = (await guest.ask('POST', '/api/v1/sessions')).json()
  const found = async (query: string) => {
    const { items } = (await t.boss.ask('GET', `/api/v1/admin/users?${query}`)).json()
    return items.map((each: { login: string | null; kind: string }) => each.login ?? each.kind)
  }
  assert.deepEqual(await found(''), ['guest', 'grace.hopper', 'boss'])
  assert.deepEqual(await found('search=HOPPER'), ['grace.hopper'])
  assert.deepEqual(await found('kind=account'), ['grace.hopper', 'boss'])
  assert.deepEqual(await found(`before=${user.id}`), ['grace.hopper', 'boss'])
  assert.deepEqual(await found('search=%25'), [], 'what means something in SQL is text')
  assert.equal(code(await t.boss.ask('GET', `/api/v1/admin/users?search=${'x'.repeat(101)}`)), 'invalid-request')
})

test('who is disabled is signed out everywhere at once, and comes in again when enabled', async () => {
  await using t = await openWithAdmin()
  const { browser, userId } = await t.member('eve')
  const { token } = (await browser.ask('POST', '/api/v1/tokens', { name: 'x', scopes: ['read'] })).json()
  const script = () => t.browser().ask('GET', '/api/v1/session', undefined, { authorization: `Bearer ${token}` })
  assert.equal((await script()).statusCode, 200)
  const change = (disabled: boolean) => t.boss.ask('PATCH', `/api/v1/admin/users/${userId}`, { disabled })
  assert.notEqual((await change(true)).json().disabledAt, null)
  assert.equal(await browser.who(), null)
  assert.equal(code(await script()), 'session-required')
  const signIn = () => t.browser().ask('POST', '/api/v1/session/sign-in', { login: 'eve', password: goodPassword })
  assert.equal(code(await signIn()), 'forbidden')
  assert.equal((await change(false)).json().disabledAt, null)
  assert.equal((await signIn()).statusCode, 200)
})

test('a guest who is disabled is nobody until enabled again, with the same session', async () => {
  await using t = await openWithAdmin()
  const guest = t.browser()
  const { user } = (await guest.ask('POST', '/api/v1/sessions')).json()
  await t.boss.ask('PATCH', `/api/v1/admin/users/${user.id}`, { disabled: true })
  assert.equal(await guest.who(), null)
  await t.boss.ask('PATCH', `/api/v1/admin/users/${user.id}`, { disabled: false })
  assert.equal((await guest.who())?.id, user.id)
})

test('who forgot the password gets a new one from an administrator, and is signed out elsewhere', async () => {
  await using t = await openWithAdmin()
  const { browser, userId } = await t.member('grace')
  const made = await t.boss.ask('POST', `/api/v1/admin/users/${userId}/password`)
  const { password } = made.json()
  assert.match(password, /^[A-Za-z0-9_-]{16}$/)
  assert.equal(made.headers['cache-control'], 'no-store')
  assert.equal(await browser.who(), null)
  const signIn = (secret: string) => t.browser().ask('POST', '/api/v1/session/sign-in', { login: 'grace', password: secret })
  assert.deepEqual([code(await signIn(goodPassword)), (await signIn(password)).statusCode], ['sign-in-failed', 200])
  const { user } = (await t.browser().ask('POST', '/api/v1/sessions')).json()
  assert.equal(code(await t.boss.ask('POST', `/api/v1/admin/users/${user.id}/password`)), 'forbidden')
})

test('there is always an administrator, and a guest never is one', async () => {
  await using t = await openWithAdmin()
  const eve = await t.member('eve')
  const change = (id: string, body: object, by = t.boss) => by.ask('PATCH', `/api/v1/admin/users/${id}`, body)
  for (const body of [{ admin: false }, { disabled: true }]) assert.equal(code(await change(t.bossId, body)), 'forbidden')
  assert.equal((await change(eve.userId, { admin: true })).json().admin, true)
  assert.equal((await eve.browser.ask('GET', '/api/v1/admin/users')).statusCode, 200)
  assert.equal((await change(t.bossId, { admin: false }, eve.browser)).json().admin, false)
  assert.equal(code(await t.boss.ask('GET', '/api/v1/admin/users')), 'not-found', 'at once')
  const { user } = (await t.browser().ask('POST', '/api/v1/sessions')).json()
  assert.equal(code(await change(user.id, { admin: true }, eve.browser)), 'forbidden')
  assert.equal(code(await change('01a1f7b5-7b01-7702-ae37-f1373e914301', { admin: true }, eve.browser)), 'not-found')
  for (const body of ['{', 'null', '[]', '"x"'])
    assert.equal(
      (
        await t.app.inject({
          ...{ method: 'PATCH', url: `/api/v1/admin/users/${eve.userId}`, payload: body },
          headers: { cookie: cookieOf(eve.browser), 'content-type': 'application/json' },
        })
      ).statusCode,
      400,
      body,
    )
  for (const body of [{}, { admin: 'yes' }, { quota: 7 }])
    assert.equal(code(await change(eve.userId, body, eve.browser)), 'invalid-request')
})

test('an administrator’s API token needs the scope "admin", and that scope makes nobody an administrator', async () => {
  await using t = await openWithAdmin()
  const eve = await t.member('eve')
  const ask = async (owner: typeof t.boss, scopes: readonly string[]) => {
    const { token } = (await owner.ask('POST', '/api/v1/tokens', { name: 'x', scopes })).json()
    return (await t.browser().ask('GET', '/api/v1/admin/users', undefined, { authorization: `Bearer ${token}` })).statusCode
  }
  assert.deepEqual(
    [await ask(t.boss, ['admin']), await ask(t.boss, ['read', 'write', 'run']), await ask(eve.browser, ['admin'])],
    [200, 403, 404],
  )
})

test('an administrator puts a user into a tier, which counts at once, and takes them out of it again', async () => {
  await using t = await openWithAdmin()
  const { userId } = await t.member('eve')
  const change = (tier: unknown, id = userId) => t.boss.ask('PATCH', `/api/v1/admin/users/${id}`, { tier })
  const tiersOf = (answer: { json(): { tier: string; givenTier: string | null } }) => {
    const { tier, givenTier } = answer.json()
    return [tier, givenTier]
  }
  assert.deepEqual(tiersOf(await change('class')), ['class', 'class'])
  assert.deepEqual(tiersOf(await change(null)), ['free', null])
  assert.equal(code(await change('nonsense')), 'invalid-request')
  assert.match((await change('nonsense')).json().detail, /There is stranger, guest, free, premium, class\./)
  assert.deepEqual(tiersOf(await change('class', t.bossId)), ['class', 'class'], 'oneself too')
  const { items } = (await t.boss.ask('GET', '/api/v1/admin/users?search=eve')).json()
  assert.deepEqual([items[0].tier, items[0].usedBytes, items[0].executionsLastHour], ['free', 0, 0])
})

test('what administrators do is in the audit log, and nobody else sees it', async () => {
  await using t = await openWithAdmin()
  const eve = await t.member('eve')
  const changed = await t.boss.ask('PATCH', `/api/v1/admin/users/${eve.userId}`, { tier: 'class', disabled: true })
  const read = async (query: string) => (await t.boss.ask('GET', `/api/v1/admin/audit?${query}`)).json()
  const { items } = await read(`request=${changed.headers['x-request-id']}`)
  assert.equal(items.length, 1)
  const [line] = items
  assert.deepEqual(
    [line.action, line.userId, line.object, line.address, line.details],
    ['admin.change-user', t.bossId, eve.userId, '203.0.113.1', { tier: 'class', disabled: true }],
  )
  assert.equal((await read('address=203.0.113.0/24&action=admin')).items.length, 1)
  assert.equal((await read('address=198.51.100.7')).items.length, 0)
  for (const query of ['user=x', 'action=Nonsense', 'address=nonsense', 'limit=0', 'format=xml', 'cursor=x', 'since=yesterday'])
    assert.equal((await t.boss.ask('GET', `/api/v1/admin/audit?${query}`)).statusCode, 400, query)
  assert.equal(code(await t.browser().ask('GET', '/api/v1/admin/audit')), 'not-found')
  const csv = await t.boss.ask('GET', '/api/v1/admin/audit?format=csv&action=admin')
  assert.match(String(csv.headers['content-type']), /^text\/csv/)
  assert.match(String(csv.headers['content-disposition']), /attachment.*audit-.*\.csv/)
  assert.equal(csv.body.trimEnd().split('\r\n').length, 2)
})

test('a sign-in that fails is in the audit log, and what was typed is not', async () => {
  await using t = await openWithAdmin()
  await t.member('eve')
  await t.browser('198.51.100.7').ask('POST', '/api/v1/session/sign-in', { login: 'eve', password: 'Hunter-2-Hunter' })
  await t.browser('198.51.100.7').ask('POST', '/api/v1/session/sign-in', { login: 'my-secret-typed', password: 'x'.repeat(12) })
  const answer = await t.boss.ask('GET', '/api/v1/admin/audit?result=refused')
  const lines: { action: string; userName: string | null; address: string }[] = answer.json().items
  assert.deepEqual(
    lines.map(({ action, userName, address }) => [action, userName === null, address]),
    [
      ['session.sign-in', true, '198.51.100.7'],
      ['session.sign-in', false, '198.51.100.7'],
    ],
  )
  const everything = (await t.boss.ask('GET', '/api/v1/admin/audit?format=ndjson')).body
  assert.doesNotMatch(everything, /Hunter|my-secret|correct horse|atl_[a-z]_[A-Za-z0-9]/)
})
