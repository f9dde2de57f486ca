/** Real servers on loopback, which tests allow as an address where they need to; the rest of the policy is as it is in life. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Log } from '@atelier/base/log'
import { silentLog } from '@atelier/base/log'
import { isPublicAddress } from './addresses.ts'
import { type EgressProxy, openProxy, type ProxyOptions } from './proxy.ts'

const folder = mkdtempSync(join(tmpdir(), 'atelier-proxy-test-'))
let count = 0

describe('the proxy of an execution', { timeout: 30_000 }, () => {
  /** Answers with what it was sent. */
  const web = createHttpServer((incoming, answer) => {
    if (incoming.url === '/long') return void answer.end(Buffer.alloc(300_000, 'x'))
    let body = ''
    incoming.setEncoding('latin1').on('data', (text) => {
      body += text
    })
    incoming.on('end', () => answer.end(JSON.stringify({ url: incoming.url, headers: incoming.headers, body })))
  })
  const echo = createServer((socket) => void socket.pipe(socket).on('error', () => {}))
  let webPort = 0
  let echoPort = 0

  before(async () => {
    webPort = await listen(web)
    echoPort = await listen(echo)
  })
  after(() => {
    web.close()
    web.closeAllConnections()
    echo.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function withProxy<T>(options: Partial<ProxyOptions>, use: (proxy: EgressProxy) => Promise<T>): Promise<T> {
    count += 1
    const proxy = await openProxy({
      ...{ socket: join(folder, String(count)), execution: 'e1', log: silentLog, bytes: 1e9, bitsPerSecond: 1e10 },
      ...{ hosts: ['allowed.test', '*.below.test'], ports: [webPort, echoPort], resolve: async () => ['127.0.0.1'] },
      ...{ isAllowedAddress: (address: string) => address === '127.0.0.1' },
      ...options,
    })
    try {
      return await use(proxy)
    } finally {
      proxy.close()
    }
  }

  it('passes requests on to hosts that are allowed, and their answers back', async () => {
    const answer = await withProxy({}, (proxy) => get(proxy, `http://allowed.test:${webPort}/a?b=c`, { 'X-Mine': '1' }))
    const seen = JSON.parse(answer.body)
    assert.deepEqual([answer.status, seen.url, seen.headers['x-mine']], [200, '/a?b=c', '1'])
    assert.equal(seen.headers.host, `allowed.test:${webPort}`)
  })

  it('opens tunnels to hosts that are allowed', async () => {
    await withProxy({}, async (proxy) => {
      const { socket, status } = await tunnel(proxy, `a.below.test:${echoPort}`)
      assert.equal(status, 200)
      socket.write('hello')
      assert.equal(String((await once(socket, 'data'))[0]), 'hello')
      socket.destroy()
    })
  })

  it('refuses other hosts, other ports and bare addresses, and says why', async () => {
    await withProxy({}, async (proxy) => {
      for (const [target, reason] of [
        [`other.test:${echoPort}`, /not among the hosts/],
        [`below.test:${echoPort}`, /not among the hosts/],
        [`allowed.test.evil.test:${echoPort}`, /not among the hosts/],
        ['allowed.test:22', /port 22/],
        [`127.0.0.1:${echoPort}`, /with a name/],
        [`[::1]:${echoPort}`, /with a name/],
        [`allowed.test%00:${echoPort}`, /with a name/],
      ] as const) {
        const { status, text } = await tunnel(proxy, target)
        assert.equal(status, 403, target)
        assert.match(text, reason)
      }
      for (const url of [`http://0x7f.1:${webPort}/`, `http://2130706433:${webPort}/`, `http://[::1]:${webPort}/`])
        assert.equal((await get(proxy, url)).status, 403, url)
    })
  })

  it('refuses a name when any of its addresses is not on the public internet', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['93.184.215.14', '10.0.0.1'],
      ['169.254.169.254'],
      ['::ffff:10.0.0.1'],
      ['fd00::1'],
    ]) {
      await withProxy({ resolve: async () => addresses, isAllowedAddress: isPublicAddress }, async (proxy) => {
        const { status, text } = await tunnel(proxy, `allowed.test:${echoPort}`)
        assert.equal(status, 403)
        assert.match(text, /not on the public internet/)
      })
    }
  })

  it('asks for a name once and connects to the address that was checked, whatever the resolver would say next', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    let asked = 0
    const resolve = async () => answers[asked++] ?? ['127.0.0.2']
    const other = createServer((socket) => socket.end('rebound'))
    other.listen(echoPort, '127.0.0.2')
    await once(other, 'listening')
    await withProxy({ resolve }, async (proxy) => {
      const { socket } = await tunnel(proxy, `allowed.test:${echoPort}`)
      socket.write('first')
      assert.equal(String((await once(socket, 'data'))[0]), 'first')
      socket.destroy()
      assert.equal(asked, 1)
      assert.equal((await tunnel(proxy, `allowed.test:${echoPort}`)).status, 403, 'the second answer is another address')
    })
    other.close()
  })

  it('answers what is no proxy request with a refusal, and what is no HTTP with the end of the connection', async () => {
    await withProxy({}, async (proxy) => {
      assert.match(await raw(proxy, 'GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n'), /^HTTP\/1.1 400 /)
      assert.match(await raw(proxy, `GET http://u:p@allowed.test:${webPort}/ HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1.1 400 /)
      assert.match(await raw(proxy, 'GET ftp://allowed.test/ HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1.1 400 /)
      assert.match(await raw(proxy, 'CONNECT /etc HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1.1 400 /)
      assert.equal(await raw(proxy, '\x16\x03\x01 nonsense\r\n\r\n'), '')
    })
  })

  it('lets nobody smuggle a second request inside the first', async () => {
    await withProxy({}, async (proxy) => {
      const line = `http://allowed.test:${webPort}/one HTTP/1.1\r\nHost: evil.test\r\n`
      const both = `POST ${line}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /two HTTP/1.1\r\n\r\n`
      assert.equal(await raw(proxy, both), '')
      // A body in chunks on a GET reaches the host as chunks again.
      const chunks = await raw(proxy, `GET ${line}Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n`)
      assert.match(chunks, /"body":"GET \/"/)
      const two = await raw(proxy, `GET ${line}\r\nGET http://allowed.test:${webPort}/two HTTP/1.1\r\nHost: x\r\n\r\n`)
      assert.equal(two.match(/HTTP\/1\.1 200/g)?.length, 1, 'one request to a connection')
      const hop = await raw(
        proxy,
        `GET ${line}Connection: x-hop\r\nX-Hop: 1\r\nProxy-Authorization: secret\r\nUpgrade: h2c\r\n\r\n`,
      )
      assert.doesNotMatch(hop, /x-hop|secret|h2c|evil\.test/)
    })
  })

  it('ends a connection whose header is too large, or does not come', async () => {
    await withProxy({ bounds: { headersMs: 300, headerBytes: 4096 } }, async (proxy) => {
      const large = `GET http://allowed.test:${webPort}/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`
      assert.doesNotMatch(await raw(proxy, large), /200/)
      assert.doesNotMatch(await raw(proxy, 'GET http://allowed.test/ HTTP/1.1\r\nX-Slow: '), /200/)
    })
  })

  it('ends a tunnel in which nothing happens', async () => {
    await withProxy({ bounds: { idleMs: 200 } }, async (proxy) => {
      const { socket } = await tunnel(proxy, `allowed.test:${echoPort}`)
      await once(socket, 'close')
    })
  })

  it('ends what is open when the bytes of the execution are used up, and refuses what comes after', async () => {
    await withProxy({ bytes: 100_000 }, async (proxy) => {
      await assert.rejects(get(proxy, `http://allowed.test:${webPort}/long`))
      const { status, text } = await tunnel(proxy, `allowed.test:${echoPort}`)
      assert.equal(status, 403)
      assert.match(text, /used up/)
    })
  })

  it('bounds the number of connections of an execution', async () => {
    await withProxy({ bounds: { connections: 2 } }, async (proxy) => {
      for (const status of [200, 200, 403]) {
        const one = await tunnel(proxy, `allowed.test:${echoPort}`)
        assert.equal(one.status, status)
        one.socket.destroy()
      }
    })
  })

  it('writes every connection to the log: whose, where to, how much, and the verdict', async () => {
    const entries: object[] = []
    const log: Log = { ...silentLog, info: (message: string, fields?: object) => void entries.push({ message, ...fields }) }
    await withProxy({ log }, async (proxy) => {
      await get(proxy, `http://allowed.test:${webPort}/`)
      await tunnel(proxy, 'other.test:443')
      while (entries.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    })
    const [refused, done] = entries.toSorted((a, b) =>
      String(Reflect.get(b, 'verdict')).localeCompare(String(Reflect.get(a, 'verdict'))),
    )
    const { ms, sentBytes, receivedBytes, ...rest } = done as Record<string, unknown>
    assert.deepEqual(rest, {
      ...{ message: 'egress', execution: 'e1', host: 'allowed.test', port: webPort, address: '127.0.0.1', verdict: 'allowed' },
    })
    assert.ok(Number(sentBytes) > 0 && Number(receivedBytes) > 0 && Number(ms) >= 0)
    assert.match(String(Reflect.get(refused ?? {}, 'verdict')), /port 443/)
  })

  it('leaves nothing behind when the execution is over', async () => {
    const { socket, path } = await withProxy({}, async (proxy) => ({
      ...(await tunnel(proxy, `allowed.test:${echoPort}`)),
      path: proxy.socket,
    }))
    if (!socket.closed) await once(socket, 'close')
    assert.equal(existsSync(path), false)
  })
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function get(proxy: EgressProxy, url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: proxy.socket, path: url, headers: { Host: 'evil.test', ...headers }, agent: false },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
        answer.on('error', reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Writes and reads to the end. */
async function raw(proxy: EgressProxy, text: string): Promise<string> {
  const socket = connect(proxy.socket)
  let answer = ''
  socket.setEncoding('latin1').on('data', (piece) => {
    answer += piece
  })
  socket.on('error', () => {})
  socket.write(text, 'latin1')
  await once(socket, 'close')
  // A refusal of the parser itself is a bare status.
  return answer
}

async function tunnel(proxy: EgressProxy, target: string) {
  const socket = connect(proxy.socket)
  socket.on('error', () => {})
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
  const [first] = await once(socket, 'data')
  const text = String(first)
  return { socket, text, status: Number(text.split(' ')[1]) }
}
