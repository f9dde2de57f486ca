/** A program that asks for a network through the API: what the server allows, what it refuses, and what its proxy then lets through. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { Guest, textOf } from './guest.ts'
import { startServer } from './server-under-test.ts'

let calls = 0
const local = createServer((_incoming, answer) => {
  calls += 1
  answer.end('a server of this machine')
})
local.listen(0, '127.0.0.1')
await once(local, 'listening')
const { port } = local.address() as AddressInfo
after(() => local.close())

/** Names that the machine itself knows: whatever they lead to is this machine, and nothing outside is asked. */
const server = await startServer({ environment: { ATELIER_EGRESS_HOSTS: 'localhost', ATELIER_EGRESS_PORTS: String(port) } })
after(() => server[Symbol.asyncDispose]())
const guest = await Guest.of(server)
const path = '/api/v1/executions'

const program = `
import os, urllib.error, urllib.request
for url in ("http://localhost:${port}/", "http://127.0.0.1:${port}/", "http://example.org:${port}/"):
    try: print(urllib.request.urlopen(url, timeout=10).read().decode())
    except urllib.error.HTTPError as error: print(error.code, error.read().decode().strip())
    except OSError as error: print(type(error).__name__)
`
/** Loopback through the proxy too: it is the proxy's answer that is looked at. */
const environment = { NO_PROXY: '', no_proxy: '' }

test('a program without a network reaches nothing', async () => {
  assert.equal(textOf(await guest.finish((await guest.start(program)).id)), 'URLError\nURLError\nURLError\n')
})

test('a program with a network reaches only hosts of the list, and this machine not even when it is on it', async () => {
  const { id } = await guest.start(program, { network: true, environment })
  const [first = '', second = '', third = ''] = textOf(await guest.finish(id)).split('\n')
  assert.match(first, /^403 Atelier's proxy: localhost has an address that is not on the public internet/)
  assert.match(second, /^403 Atelier's proxy: only hosts with a name/)
  assert.match(third, /^403 Atelier's proxy: example\.org is not among the hosts/)
  assert.equal(calls, 0)
})

test('hosts that the server does not allow are refused before anything runs', async () => {
  const files = [{ path: 'main.py', content: 'print(1)' }]
  for (const network of [{ hosts: ['example.org'] }, { hosts: ['*'] }, { hosts: ['http://localhost'] }])
    assert.equal(await guest.refusal(path, { json: { files, network } }), '403 network-refused', JSON.stringify(network))
  for (const network of ['yes', { hosts: [] }, { hosts: 'localhost' }, { host: 'localhost' }])
    assert.equal(await guest.refusal(path, { json: { files, network } }), '400 invalid-request', JSON.stringify(network))
})
