import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { createApp } from './app.ts'
import { createOrigins } from './origins.ts'

test('the page of the API runs no script but its own, and nobody may put it into a frame', async () => {
  const origins = createOrigins({ host: '127.0.0.1', publicUrl: undefined })
  const app = await createApp({ log: silentLog, origins, version: '0', trustProxy: false })
  const { statusCode, headers } = await app.inject({ url: '/docs/' })
  assert.equal(statusCode, 200)
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /default-src 'none'; script-src 'self';/)
  assert.match(policy, /frame-ancestors 'none'/)
  await app.close()
})

test('what the API answers is kept by no cache, except where a route says how it may be', async () => {
  const origins = createOrigins({ host: '127.0.0.1', publicUrl: undefined })
  const app = await createApp({ log: silentLog, origins, version: '0', trustProxy: false })
  app.get('/api/v1/things', async () => ({ items: [] }))
  app.get('/api/v1/pictures', async (_request, reply) => reply.header('cache-control', 'private, max-age=60').send('a picture'))
  app.get('/page', async () => 'a page')
  const kept = async (url: string) => (await app.inject({ url })).headers['cache-control']
  assert.equal(await kept('/api/v1/things'), 'no-store')
  assert.equal(await kept('/api/v1/pictures'), 'private, max-age=60')
  assert.equal(await kept('/page'), undefined)
  await app.close()
})
