/** The one place where HTTP connections become WebSockets: checks origin and session, then hands over by path. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '@atelier/base/log'
import { closeCodeOf, Refusal, statusOf } from '@atelier/protocol/errors'
import { socketFrameLimit } from '@atelier/protocol/sockets'
import { Gauge } from 'prom-client'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Accounts, SessionEnd, SetCookie, Visitor } from '../accounts/accounts.ts'
import { isEnded } from '../accounts/guest-accounts.ts'
import { mayOpenSockets } from '../accounts/scopes.ts'
import type { App } from '../http/app.ts'
import type { Origins } from '../http/origins.ts'
import { asRefusal, problemContentType, problemOf } from '../http/problems.ts'
import { registry } from '../observe/metrics.ts'
import { Rota } from './rota.ts'

const connections = new Gauge({ name: 'atelier_websocket_connections', help: 'Open WebSockets', registers: [registry] })

/** A socket that has not answered a ping for this long is gone. */
const pingEveryMs = 30_000
/** More unsent bytes than this and the connection is dropped: its reader does not read. */
export const unsentLimit = 8 * 1024 * 1024
/** How often sessions of open sockets are looked up: those that another server has ended, or that ran out, lose theirs. */
const lookUpEveryMs = 4_000
const goodbyeMs = 1_000
/** Tabs and scripts of one user that may be connected at once. */
const socketsPerUser = 100

export type SocketHandler = {
  /** The match of the path, or null when it is not this handler's. */
  matches(url: URL): string[] | null
  /** May refuse before the upgrade by throwing; otherwise owns the socket. */
  accept(request: { url: URL; parts: string[]; userId: string }): Promise<(socket: WebSocket, stream: Duplex) => void>
  /** The session's token from the address, for clients that can set no header; null: there is none. */
  tokenOf?(url: URL): string | null
}

export function serveSockets(
  app: App,
  { accounts, origins, handlers, log }: { accounts: Accounts; origins: Origins; handlers: readonly SocketHandler[]; log: Log },
): { close(): void } {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: socketFrameLimit,
    perMessageDeflate: false,
    clientTracking: false,
  })

  const socketsOf = new Map<string, number>()
  const count = (userId: string, change: 1 | -1): void => {
    const open = (socketsOf.get(userId) ?? 0) + change
    if (open === 0) socketsOf.delete(userId)
    else socketsOf.set(userId, open)
    connections.inc(change)
  }

  /** Who is at the other end of each open socket. */
  const visitors = new Map<WebSocket, Visitor>()
  const closeEnded = (isOver: (visitor: Visitor) => boolean): void => {
    for (const [socket, visitor] of visitors) {
      if (!isOver(visitor)) continue
      socket.close(closeCodeOf('session-required'), 'the session has ended')
      // Whoever does not answer the goodbye would be heard for half a minute more.
      setTimeout(() => socket.terminate(), goodbyeMs).unref()
    }
  }
  const stopFollowing = accounts.onEnd((end: SessionEnd) => closeEnded((visitor) => isEnded(visitor, end)))
  const lookUp = async (): Promise<void> => {
    const asked = new Set([...visitors.values()].map(({ key }) => key))
    if (asked.size === 0) return
    const living = await accounts.livingAmong([...asked])
    closeEnded(({ key }) => asked.has(key) && !living.has(key))
  }
  const lookingUp = setInterval(() => {
    lookUp().catch((error: unknown) => log.debug('sessions of sockets not looked up', { error }))
  }, lookUpEveryMs).unref()

  type Prepared = { visitor: Visitor; setCookies: readonly SetCookie[]; own: (socket: WebSocket, stream: Duplex) => void }
  const prepared = new WeakMap<IncomingMessage, Prepared>()
  server.on('headers', (headers, request: IncomingMessage) => {
    for (const { name, value, options } of prepared.get(request)?.setCookies ?? [])
      headers.push(`Set-Cookie: ${app.serializeCookie(name, value, options)}`)
  })

  async function prepare(request: IncomingMessage): Promise<Prepared> {
    const url = urlOf(request)
    const { host, origin, cookie, authorization } = request.headers
    for (const handler of handlers) {
      const parts = handler.matches(url)
      if (parts === null) continue
      const token = handler.tokenOf?.(url) ?? null
      // A browser adds cookies by itself, whoever's page it is; a token in the address was put there by somebody who has it.
      origins.check({ method: 'GET', host, origin: token === null ? origin : undefined, isUpgrade: true })
      const found = await accounts.visitorOfHeaders(
        token === null ? { cookie, authorization } : { authorization: `Bearer ${token}` },
      )
      if (found === null) throw new Refusal('session-required', 'Open a session first: load the page, or POST /api/v1/sessions.')
      const { visitor, setCookies } = found
      const { userId } = visitor
      if (!mayOpenSockets(visitor))
        throw new Refusal('forbidden', 'A socket carries everything: it needs an API token with "read", "write" and "run".')
      if ((socketsOf.get(userId) ?? 0) >= socketsPerUser)
        throw new Refusal('too-many-requests', `You have ${socketsPerUser} connections open. Close some tabs or scripts first.`)
      return { visitor, setCookies, own: await handler.accept({ url, parts, userId }) }
    }
    origins.check({ method: 'GET', host, origin, isUpgrade: true })
    throw new Refusal('not-found', 'There is no WebSocket at this address.')
  }

  // Apart from the upgrade itself, whose request would be kept alive for as long as the socket.
  function begin(socket: WebSocket, stream: Duplex, { visitor, own }: Prepared): void {
    stream.off('error', destroyThis)
    count(visitor.userId, 1)
    visitors.set(socket, visitor)
    pings.add(socket)
    socket.on('pong', answered).on('error', broke).on('close', closed)
    own(socket, stream)
  }

  // The same functions for all sockets: thousands of them do nothing most of the time.
  const silent = new Set<WebSocket>()
  const pings = new Rota<WebSocket>(pingEveryMs, (socket) => {
    if (silent.has(socket) || socket.bufferedAmount > unsentLimit) return socket.terminate()
    silent.add(socket)
    socket.ping()
  })
  function answered(this: WebSocket): void {
    silent.delete(this)
  }
  const broke = (error: Error): void => log.debug('socket broke', { error })
  function closed(this: WebSocket): void {
    const visitor = visitors.get(this)
    if (visitor === undefined) return
    visitors.delete(this)
    silent.delete(this)
    pings.delete(this)
    count(visitor.userId, -1)
  }

  app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', destroyThis)
    prepare(request).then(
      (ready) => {
        prepared.set(request, ready)
        server.handleUpgrade(request, stream, head, (socket) => begin(socket, stream, ready))
      },
      (error: unknown) => {
        const refusal = asRefusal(error)
        if (refusal.code === 'internal') log.error('upgrade failed', { error })
        const body = JSON.stringify(problemOf(refusal))
        // A half-closed connection would otherwise stay until the other side is kind enough to go.
        stream.once('finish', () => stream.destroy())
        stream.end(
          `HTTP/1.1 ${statusOf(refusal.code)} Refused\r\ncontent-type: ${problemContentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
        )
      },
    )
  })

  return {
    close() {
      stopFollowing()
      clearInterval(lookingUp)
      for (const socket of visitors.keys()) socket.close(1012, 'the server is shutting down')
      setTimeout(() => {
        for (const socket of visitors.keys()) socket.terminate()
      }, 500).unref()
      server.close()
    },
  }
}

function destroyThis(this: Duplex): void {
  this.destroy()
}

function urlOf(request: IncomingMessage): URL {
  const address = `http://server${request.url ?? '/'}`
  if (!URL.canParse(address)) throw new Refusal('not-found', 'There is no WebSocket at this address.')
  return new URL(address)
}
