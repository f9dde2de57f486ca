/** One request in absolute form (`GET http://host/path`), sent on over a connection of its own and never one that was used before. */
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Allowance } from './allowance.ts'

export type ForwardOptions = {
  readonly url: URL
  readonly upstream: Socket
  readonly allowance: Allowance
  readonly maxHeaderBytes: number
  readonly onSent: (bytes: number) => void
  readonly onReceived: (bytes: number) => void
  readonly onEnd: () => void
}

/** Of one connection, so not to be passed on (RFC 9110, section 7.6.1), and what speaks to proxies. */
const hopByHop = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authenticate', 'proxy-authorization', 'expect', 'host'],
]

export function forward(incoming: IncomingMessage, answer: ServerResponse, options: ForwardOptions): void {
  const { url, upstream, allowance, onSent, onReceived, onEnd } = options
  const headers = endToEnd(incoming)
  onSent(url.href.length + sizeOf(headers))
  // Framed anew: a body without a frame of its own would be the next request to whoever reads it.
  if (incoming.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked')
  let outgoing: ClientRequest
  try {
    outgoing = request({
      ...{ method: incoming.method, path: url.pathname + url.search, setHost: false },
      // The host that was judged, whatever the program's own Host header says.
      headers: [...headers, 'Host', url.host, 'Connection', 'close'],
      // Without an agent: an agent would make a connection of its own, to a host of its own.
      createConnection: () => upstream,
      maxHeaderSize: options.maxHeaderBytes,
    })
  } catch {
    upstream.destroy()
    refuse(answer, 400, 'a header of the request is not allowed')
    onEnd()
    return
  }
  const fail = (): void => {
    upstream.destroy()
    if (answer.headersSent) answer.destroy()
    else refuse(answer, 502, 'the host gave no usable answer')
  }
  outgoing.on('response', (response) => {
    const responseHeaders = endToEnd(response)
    onReceived(sizeOf(responseHeaders))
    answer.writeHead(response.statusCode ?? 502, [...responseHeaders, 'Connection', 'close'])
    pipeline(response, allowance.meter(onReceived), answer, () => upstream.destroy())
  })
  // A connection that becomes something else is no longer one request: CONNECT is for that.
  outgoing.on('upgrade', fail)
  outgoing.on('error', fail)
  upstream.on('close', onEnd)
  answer.on('close', () => upstream.destroy())
  pipeline(incoming, allowance.meter(onSent), outgoing, (error) => {
    if (error) fail()
  })
}

export function refuse(answer: ServerResponse, status: number, reason: string): void {
  answer.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
  answer.end(`Atelier's proxy: ${reason}.\n`)
}

/** Name, value, name, value … without what belongs to the connection. */
function endToEnd({ rawHeaders, headers }: IncomingMessage): string[] {
  const named = (headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const kept: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (!hopByHop.includes(name) && (!named.includes(name) || name === 'content-length'))
      kept.push(name, rawHeaders[at + 1] ?? '')
  }
  return kept
}

const sizeOf = (headers: readonly string[]): number => headers.reduce((sum, text) => sum + text.length + 2, 0)
