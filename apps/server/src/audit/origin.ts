/**
 * Where the request that is being worked on came from. It travels with the asynchronous work rather than through every face, because all
 * that anybody does with it is to write it down.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'

export type Origin = {
  /** null: it is not known, or what a proxy said is no address. */
  readonly address: string | null
  readonly requestId: string | null
  /** The API token that was used, as its session key. */
  readonly via: string | null
}

const carried = new AsyncLocalStorage<FastifyRequest>()
const nowhere: Origin = { address: null, requestId: null, via: null }

export function presentOrigin(): Origin {
  const request = carried.getStore()
  if (request === undefined) return nowhere
  return { address: addressOf(request.ip), requestId: request.id, via: request.cameVia ?? null }
}

/** What writes lines while `work` goes on, writes that they come from this request. */
export const comingFrom = <Result>(request: FastifyRequest, work: () => Result): Result => carried.run(request, work)

/**
 * To be called before the routes that it shall hold for are registered. After the body has come: it does in events of its connection,
 * which know nothing of the request.
 */
export function carryOrigins(app: App): void {
  app.decorateRequest('cameVia', null)
  app.addHook('preValidation', (request, _reply, done) => {
    if (mayLeaveLine(request)) carried.run(request, done)
    else done()
  })
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Carrying costs some microseconds, so what the server does most of the day goes without: reading, and saves, which histories keep. */
const mayLeaveLine = ({ method, routeOptions: { url = '' } }: FastifyRequest): boolean =>
  !url.startsWith('/api/') || !(reading.has(method) || (method === 'PUT' && url === '/api/v1/projects/:id/files/*'))

/** Notes with which API token a request came. */
export function noteVia(request: FastifyRequest, via: string): void {
  request.cameVia = via
}

declare module 'fastify' {
  interface FastifyRequest {
    cameVia: string | null
  }
}

/** Whoever stands in front of a proxy may have written anything into the header that it passes on. */
export function addressOf(text: string | undefined): string | null {
  const [plain = ''] = (text ?? '').split('%', 1)
  return isIP(plain) === 0 ? null : plain
}
