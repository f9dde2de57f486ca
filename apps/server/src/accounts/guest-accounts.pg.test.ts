import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import type { Database } from '@atelier/storage/db/database'
import { testDatabase } from '@atelier/storage/db/test-database'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { createApp } from '../http/app.ts'
import { createOrigins } from '../http/origins.ts'
import { createGuestAccounts } from './guest-accounts.ts'
import { registerAccountRoutes } from './routes.ts'

const dayMs = 24 * 3600 * 1000
const accountsOf = (db: Database, now: () => number = Date.now) => createGuestAccounts(db, { now, secureCookies: false })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('a new guest is known by the token, as a bearer and as a cookie', async () => {
  await using db = await testDatabase()
  const accounts = accountsOf(db)
  const { token, user } = await accounts.createGuest()
  assert.match(token, /^atl_s_[A-Za-z0-9_-]{43}$/)
  assert.equal(await accounts.userOfHeaders(bearer(token)), user.id)
  assert.equal(await accounts.userOfHeaders({ cookie: `a=b; atelier_session=${token}; c` }), user.id)
  assert.equal(await accounts.userOfHeaders({ authorization: `bearer ${token}` }), user.id)
  assert.deepEqual(await accounts.describe(user.id), user)
  assert.equal(await accountsOf(db).userOfHeaders(bearer(token)), user.id, 'on another server too')
})

test('what is no token of ours is nobody', async () => {
  await using db = await testDatabase()
  const accounts = accountsOf(db)
  const { token } = await accounts.createGuest()
  for (const wrong of [
    token.slice(0, -1),
    `${token}x`,
    token.replace('atl_s_', 'atl_x_'),
    token.slice(6),
    '',
    `${'atl_s_'}${'A'.repeat(43)}`,
    "' OR 1=1 --",
  ])
    assert.equal(await accounts.userOfHeaders(bearer(wrong)), null)
  for (const headers of [
    {},
    { cookie: '' },
    { cookie: 'atelier_session' },
    { cookie: `xatelier_session=${token}` },
    { authorization: `Basic ${token}` },
    { authorization: token },
  ])
    assert.equal(await accounts.userOfHeaders(headers), null)
})

test('a wrong bearer is nobody, even beside a good cookie', async () => {
  await using db = await testDatabase()
  const accounts = accountsOf(db)
  const { token } = await accounts.createGuest()
  assert.equal(await accounts.userOfHeaders({ ...bearer('atl_s_wrong'), cookie: `atelier_session=${token}` }), null)
})

test('the token itself is stored nowhere', async () => {
  await using db = await testDatabase()
  const { token } = await accountsOf(db).createGuest()
  const { rows } = await db.query({ name: 'all', text: 'SELECT s::text AS session, u::text AS "user" FROM sessions s, users u' })
  assert.equal(rows.length, 1)
  const secret = token.slice('atl_s_'.length)
  assert.ok(!JSON.stringify(rows).includes(secret) && !JSON.stringify(rows).includes(Buffer.from(secret).toString('hex')))
})

test('a session ends when it has not been used for half a year; using it prolongs it', async () => {
  await using db = await testDatabase()
  const { token, user } = await accountsOf(db).createGuest()
  const expire = (inDays: number) =>
    db.query({ name: 'expire', text: 'UPDATE sessions SET expires_at = now() + make_interval(days => $1)', values: [inDays] })
  await expire(100)
  assert.equal(await accountsOf(db).userOfHeaders(bearer(token)), user.id)
  const { rows } = await db.query<{ expires_at: Date }>({ name: 'expiry', text: 'SELECT expires_at FROM sessions' })
  assert.ok((rows[0]?.expires_at.getTime() ?? 0) > Date.now() + 179 * dayMs)
  await expire(-1)
  assert.equal(await accountsOf(db).userOfHeaders(bearer(token)), null)
})

test('a session that ran out is not believed because it was believed a moment ago', async () => {
  await using db = await testDatabase()
  let now = Date.now()
  const accounts = accountsOf(db, () => now)
  const { token, user } = await accounts.createGuest()
  assert.equal(await accounts.userOfHeaders(bearer(token)), user.id)
  await db.query({ name: 'expire', text: "UPDATE sessions SET expires_at = now() - interval '1 day'" })
  now += 181 * dayMs
  assert.equal(await accounts.userOfHeaders(bearer(token)), null)
})

test('the first request that creates something gets a session in a cookie that scripts cannot read; the next ones none', async () => {
  await using db = await testDatabase()
  const accounts = accountsOf(db)
  const app = Fastify()
  await app.register(cookie)
  app.post('/', async (request: FastifyRequest, reply: FastifyReply) => accounts.actingUser(request, reply))
  const first = await app.inject({ method: 'POST', url: '/' })
  const set = String(first.headers['set-cookie'])
  assert.match(set, /^atelier_session=atl_s_[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
  const again = await app.inject({ method: 'POST', url: '/', headers: { cookie: set.split(';')[0] ?? '' } })
  assert.deepEqual([again.body, again.headers['set-cookie']], [first.body, undefined])
  await app.close()
})

test('behind an address with https the cookie travels over https only, whichever way the session was opened', async () => {
  await using db = await testDatabase()
  const accounts = createGuestAccounts(db, { now: Date.now, secureCookies: true })
  const app = await createApp({
    ...{ log: silentLog, version: '0', trustProxy: false },
    origins: createOrigins({ host: '127.0.0.1', publicUrl: 'https://code.example.org' }),
  })
  registerAccountRoutes(app, accounts)
  app.post('/', async (request: FastifyRequest, reply: FastifyReply) => accounts.actingUser(request, reply))
  for (const url of ['/', '/api/v1/sessions']) {
    const { headers } = await app.inject({ method: 'POST', url })
    assert.match(String(headers['set-cookie']), /; HttpOnly; Secure; SameSite=Lax$/, url)
  }
  await app.close()
})

const namedApp = async (db: Database) => {
  const accounts = accountsOf(db)
  const origins = createOrigins({ host: '127.0.0.1', publicUrl: undefined })
  const app = await createApp({ log: silentLog, version: '0', trustProxy: false, origins })
  registerAccountRoutes(app, accounts)
  const { token, user } = await accounts.createGuest()
  const rename = (name: unknown, headers = bearer(token)) =>
    app.inject({ method: 'PATCH', url: '/api/v1/session', headers, payload: { name } })
  return { app, accounts, user, rename }
}

test('a guest has a friendly name from the beginning, and may choose another one', async () => {
  await using db = await testDatabase()
  const { app, accounts, user, rename } = await namedApp(db)
  assert.match(user.name, /^[A-Z][a-z]+ [A-Z][a-z]+$/)
  const heard: string[] = []
  const stop = accounts.onRename((userId, name) => heard.push(`${userId} ${name}`))
  const given = [
    'Ada',
    '  Grace Hopper  ',
    '李小龍',
    '👩‍👩‍👧‍👦 family',
    '<b>bold</b>',
    "Robert'); DROP TABLE users;--",
    'x'.repeat(40),
  ]
  for (const name of given) {
    const answer = await rename(name)
    assert.deepEqual([answer.statusCode, answer.json().user.name], [200, name.trim()], name)
    assert.equal((await accounts.describe(user.id))?.name, name.trim())
  }
  stop()
  await rename('unheard')
  assert.deepEqual(
    heard,
    given.map((name) => `${user.id} ${name.trim()}`),
  )
  assert.equal((await rename('e\u0301')).json().user.name, '\u00e9', 'in one Unicode form')
  await app.close()
})

test('a name that is empty, too long, of several lines, or hides something is refused', async () => {
  await using db = await testDatabase()
  const { app, accounts, user, rename } = await namedApp(db)
  const hostile = [
    '',
    '   ',
    'x'.repeat(41),
    'two\nlines',
    'nul\u0000',
    '\u202Egnp.exe',
    'zero\u200Bwidth',
    '\uD800',
    '\u3164',
    '\u2028',
  ]
  for (const name of [...hostile, 7, null, ['Ada'], { name: 'Ada' }, undefined])
    assert.equal((await rename(name)).json().code, 'invalid-request', JSON.stringify(name))
  assert.equal((await accounts.describe(user.id))?.name, user.name)
  for (const headers of [bearer('atl_s_none'), { authorization: '' }])
    assert.deepEqual(
      [(await rename('Ada', headers)).statusCode, (await rename('Ada', headers)).json().code],
      [401, 'session-required'],
    )
  await app.close()
})
