import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { createApp } from '../http/app.ts'
import { createOrigins } from '../http/origins.ts'
import { registerHealthRoutes } from './routes.ts'

const appWith = async (metricsToken: string | undefined, ok = true) => {
  const origins = createOrigins({ host: '0.0.0.0', publicUrl: undefined })
  const app = await createApp({ log: silentLog, origins, version: '0', trustProxy: false })
  const readiness = { check: async () => [{ name: 'database', ok, detail: '' }] }
  registerHealthRoutes(app, { readiness, metricsToken })
  return app
}

test('metrics are for this machine only, unless a token opens them', async () => {
  await using closed = await appWith(undefined)
  assert.equal((await closed.inject({ url: '/metrics', remoteAddress: '127.0.0.1' })).statusCode, 200)
  assert.equal((await closed.inject({ url: '/metrics', remoteAddress: '::1' })).statusCode, 200)
  assert.equal((await closed.inject({ url: '/metrics', remoteAddress: '192.0.2.7' })).statusCode, 404)

  await using open = await appWith('secret')
  const headers = { authorization: 'Bearer secret' }
  assert.equal((await open.inject({ url: '/metrics', remoteAddress: '192.0.2.7', headers })).statusCode, 200)
  assert.equal((await open.inject({ url: '/metrics', remoteAddress: '127.0.0.1' })).statusCode, 404)
  assert.equal(
    (await open.inject({ url: '/metrics', remoteAddress: '192.0.2.7', headers: { authorization: 'Bearer Secret' } })).statusCode,
    404,
  )
})

test('readiness says which part does not answer, with 503', async () => {
  await using broken = await appWith(undefined, false)
  const answer = await broken.inject('/readyz')
  assert.equal(answer.statusCode, 503)
  assert.deepEqual(answer.json<{ ok: boolean }>().ok, false)
  assert.equal((await broken.inject('/healthz')).statusCode, 200)
})
