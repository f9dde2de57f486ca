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
