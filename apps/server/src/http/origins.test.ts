import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@atelier/protocol/errors'
import { createOrigins, type Origins } from './origins.ts'

const local = createOrigins({ host: '127.0.0.1', publicUrl: undefined })
const open = createOrigins({ host: '0.0.0.0', publicUrl: undefined })
const proxied = createOrigins({ host: '127.0.0.1', publicUrl: 'https://code.example.org' })

type Asked = Parameters<Origins['check']>[0]
const passes = (origins: Origins, asked: Partial<Asked>): boolean => {
  try {
    origins.check({ method: 'POST', host: 'localhost:3000', origin: undefined, isUpgrade: false, ...asked })
    return true
  } catch (error) {
    assert.ok(error instanceof Refusal && error.code === 'origin-refused')
    return false
  }
}

test('our own page may do everything, under each of its names', () => {
  for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'LOCALHOST:3000'])
    for (const isUpgrade of [false, true]) assert.equal(passes(local, { host, origin: `http://${host}`, isUpgrade }), true)
})

test('scripts send no Origin and may do everything', () => {
  assert.equal(passes(local, {}), true)
  assert.equal(passes(local, { isUpgrade: true, method: 'GET' }), true)
})

test('a page of another site may change nothing and open no socket', () => {
  for (const origin of [
    'http://evil.example',
    'http://localhost:3001',
    'http://localhost',
    'null',
    '',
    'http://localhost:3000.evil.example',
    'javascript:0',
    'x',
  ])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get'])
      assert.equal(passes(local, { origin, method }), false, `${method} from ${origin}`)
  assert.equal(passes(local, { origin: 'http://evil.example', method: 'GET', isUpgrade: true }), false)
  assert.equal(passes(local, { origin: 'null', method: 'GET', isUpgrade: true }), false)
})

test('a page of another site may link to us', () => {
  assert.equal(passes(local, { origin: 'http://evil.example', method: 'GET' }), true)
})

test('a name that was pointed at this machine is refused when we listen on loopback only (DNS rebinding)', () => {
  for (const host of [
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example:3000',
    '192.168.1.2:3000',
    '',
    'localhost:3000@evil.example',
    '127.0.0.1.evil.example',
  ])
    for (const method of ['GET', 'POST']) assert.equal(passes(local, { host, origin: `http://${host}`, method }), false, host)
})

test('a server that listens for others is reached under any name, but only from its own pages', () => {
  assert.equal(passes(open, { host: '192.168.1.2:3000', origin: 'http://192.168.1.2:3000' }), true)
  assert.equal(passes(open, { host: '192.168.1.2:3000', origin: 'http://192.168.1.3:3000' }), false)
})

test('behind a proxy the public address is ours too', () => {
  assert.equal(passes(proxied, { host: 'code.example.org', origin: 'https://code.example.org' }), true)
  assert.equal(passes(proxied, { host: 'localhost:3000', origin: 'https://code.example.org' }), true)
  assert.equal(passes(proxied, { host: 'other.example.org', origin: 'https://other.example.org' }), false)
})
