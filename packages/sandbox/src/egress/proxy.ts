/**
 * The HTTP proxy of one execution, on a unix socket of its own: `CONNECT host:port` for TLS, absolute form for plain HTTP.
 *
 *     program ──▶ 127.0.0.1:3128 in the box ──relay──▶ unix socket ──▶ verdict ──▶ pinned address
 *
 * Node's strict parser reads what the program says; nothing of it reaches a host unparsed, except inside a CONNECT to a host
 * that is allowed. Every connection has a bound in time, all together have one in number, bytes and bytes per second.
 */
import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '@atelier/base/log'
import { Allowance } from './allowance.ts'
import { forward, refuse } from './forward.ts'
import { judgeTarget, type Target, type VerdictOptions } from './verdict.ts'

export type ProxyOptions = VerdictOptions & {
  readonly socket: string
  /** Whose it is, for the log. */
  readonly execution: string
  readonly log: Log
  readonly bytes: number
  readonly bitsPerSecond: number
  readonly bounds?: Partial<ProxyBounds>
}

export type ProxyBounds = {
  readonly connections: number
  readonly connectionsAtOnce: number
  readonly headerBytes: number
  readonly headersMs: number
  readonly connectMs: number
  readonly idleMs: number
}

const usualBounds: ProxyBounds = {
  ...{ connections: 1000, connectionsAtOnce: 32, headerBytes: 16 * 1024 },
  ...{ headersMs: 10_000, connectMs: 10_000, idleMs: 30_000 },
}

export type EgressProxy = { readonly socket: string; readonly usedBytes: number; close(): void }

/** What is written to the log when a connection is over. */
type Entry = Target & { verdict: string; address: string | null; sentBytes: number; receivedBytes: number; startedAt: number }

export async function openProxy(options: ProxyOptions): Promise<EgressProxy> {
  const proxy = new OpenProxy(options)
  await proxy.listen()
  return proxy
}

class OpenProxy implements EgressProxy {
  readonly #options: ProxyOptions
  readonly #bounds: ProxyBounds
  readonly #allowance: Allowance
  readonly #server: ReturnType<typeof createServer>
  readonly #sockets = new Set<Duplex>()
  #connections = 0

  constructor(options: ProxyOptions) {
    this.#options = options
    const bounds = { ...usualBounds, ...options.bounds }
    this.#bounds = bounds
    const { bytes, bitsPerSecond } = options
    this.#allowance = new Allowance({ bytes, bitsPerSecond, now: () => performance.now() })
    this.#server = createServer({
      ...{ maxHeaderSize: bounds.headerBytes, headersTimeout: bounds.headersMs, requestTimeout: 0, insecureHTTPParser: false },
      ...{ connectionsCheckingInterval: Math.min(1000, bounds.headersMs), keepAliveTimeout: 1000 },
    })
    this.#server.maxConnections = bounds.connectionsAtOnce
    this.#server.timeout = bounds.idleMs
    this.#server.on('connection', (socket) => this.#own(socket))
    this.#server.on('request', (incoming, answer) => void this.#forward(incoming, answer))
    this.#server.on(
      'connect',
      (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void this.#tunnel(incoming, socket, head),
    )
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  get socket(): string {
    return this.#options.socket
  }

  get usedBytes(): number {
    return this.#allowance.usedBytes
  }

  async listen(): Promise<void> {
    this.#server.listen(this.socket)
    await once(this.#server, 'listening')
    // Its folder is closed to everybody else; the user that the relay has must get through.
    chmodSync(this.socket, 0o666)
  }

  close(): void {
    this.#server.close()
    this.#allowance.close()
    for (const socket of this.#sockets) socket.destroy()
    rmSync(this.socket, { force: true })
  }

  #own(socket: Duplex): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
  }

  async #forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = plainUrl(incoming.url ?? '')
    incoming.on('error', () => {})
    if (url === null) return refuse(answer, 400, 'a request names its host in full: GET http://host/path, or CONNECT host:443')
    const target = { host: url.hostname, port: Number(url.port || 80) }
    const entry = this.#entry(target)
    const upstream = await this.#reach(entry)
    if (upstream === null) return refuse(answer, entry.verdict.startsWith('unreachable') ? 502 : 403, entry.verdict)
    if (answer.destroyed) {
      upstream.destroy()
      return this.#note(entry)
    }
    forward(incoming, answer, {
      ...{ url, upstream, allowance: this.#allowance, maxHeaderBytes: this.#bounds.headerBytes },
      onSent: (bytes) => {
        entry.sentBytes += bytes
      },
      onReceived: (bytes) => {
        entry.receivedBytes += bytes
      },
      onEnd: () => this.#note(entry),
    })
  }

  async #tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const match = /^([^\s:@/?#[\]]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(incoming.url ?? '')
    const say = (status: string, reason: string) =>
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nAtelier's proxy: ${reason}.\n`,
      )
    if (match === null) return void say('400 Bad Request', 'CONNECT names a host and a port')
    const entry = this.#entry({ host: match[1] ?? '', port: Number(match[2]) })
    const upstream = await this.#reach(entry)
    if (upstream === null)
      return void say(entry.verdict.startsWith('unreachable') ? '502 Bad Gateway' : '403 Forbidden', entry.verdict)
    upstream.on('close', () => {
      socket.destroy()
      this.#note(entry)
    })
    socket.on('close', () => upstream.destroy())
    if (socket.destroyed) return void upstream.destroy()
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.byteLength > 0) socket.unshift(head)
    const out = this.#allowance.meter((bytes) => {
      entry.sentBytes += bytes
    })
    const back = this.#allowance.meter((bytes) => {
      entry.receivedBytes += bytes
    })
    pipeline(socket, out, upstream, () => {})
    pipeline(upstream, back, socket, () => {})
  }

  /** A connection to the target, or null with the reason in the entry's verdict. */
  async #reach(entry: Entry): Promise<Socket | null> {
    const refused = (reason: string): null => {
      entry.verdict = reason
      this.#note(entry)
      return null
    }
    this.#connections += 1
    if (this.#connections > this.#bounds.connections) return refused(`more than ${this.#bounds.connections} connections`)
    if (this.#allowance.isUsedUp) return refused('the bytes that this execution may exchange are used up')
    const unanswered = wait(this.#bounds.connectMs, { allowed: false, status: 502, reason: 'no answer in time' } as const, {
      ref: false,
    })
    const verdict = await Promise.race([judgeTarget(entry, this.#options), unanswered])
    if (!verdict.allowed) return refused(verdict.status === 502 ? `unreachable: ${verdict.reason}` : verdict.reason)
    for (const address of verdict.addresses) {
      const upstream = await this.#dial(address, entry.port)
      if (upstream === null) continue
      entry.address = address
      return upstream
    }
    return refused('unreachable: the host does not answer')
  }

  /** To an address, never to a name: nothing is looked up a second time. */
  async #dial(address: string, port: number): Promise<Socket | null> {
    const upstream = connect({ host: address, port })
    this.#own(upstream)
    const timer = setTimeout(() => upstream.destroy(new Error('no answer in time')), this.#bounds.connectMs)
    try {
      await once(upstream, 'connect')
    } catch {
      upstream.destroy()
      return null
    } finally {
      clearTimeout(timer)
    }
    upstream.setTimeout(this.#bounds.idleMs, () => upstream.destroy())
    return upstream
  }

  #entry(target: Target): Entry {
    return { ...target, verdict: 'allowed', address: null, sentBytes: 0, receivedBytes: 0, startedAt: performance.now() }
  }

  #note({ host, port, address, verdict, sentBytes, receivedBytes, startedAt }: Entry): void {
    const ms = Math.round(performance.now() - startedAt)
    const { execution, log } = this.#options
    log.info('egress', { execution, host: host.slice(0, 253), port, address, verdict, sentBytes, receivedBytes, ms })
  }
}

/** `http://host[:port]/path`, without credentials; null for anything else. */
function plainUrl(text: string): URL | null {
  if (!text.toLowerCase().startsWith('http://') || !URL.canParse(text)) return null
  const url = new URL(text)
  return url.username === '' && url.password === '' && url.hostname !== '' ? url : null
}
