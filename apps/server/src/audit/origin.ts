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

type Carried = { readonly request: FastifyRequest; via: string | null }

const carried = new AsyncLocalStorage<Carried>()
const nowhere: Origin = { address: null, requestId: null, via: null }

export function presentOrigin(): Origin {
  const present = carried.getStore()
  if (present === undefined) return nowhere
  return { address: addressOf(present.request.ip), requestId: present.request.id, via: present.via }
}

/** To be called before the routes that it shall hold for are registered. */
export function carryOrigins(app: App): void {
  app.decorateRequest('carriedOrigin', null)
  app.addHook('onRequest', (request, _reply, done) => {
    const origin: Carried = { request, via: null }
    request.carriedOrigin = origin
    carried.run(origin, done)
  })
  // A body arrives in events of its connection, which know nothing of the request.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.carriedOrigin === null) done()
    else carried.run(request.carriedOrigin, done)
  })
}

/** Notes with which API token the present request came. */
export function noteVia(request: FastifyRequest, via: string): void {
  if (request.carriedOrigin) request.carriedOrigin.via = via
}

declare module 'fastify' {
  interface FastifyRequest {
    carriedOrigin: Carried | null
  }
}

/** Whoever stands in front of a proxy may have written anything into the header that it passes on. */
export function addressOf(text: string | undefined): string | null {
  const [plain = ''] = (text ?? '').split('%', 1)
  return isIP(plain) === 0 ? null : plain
}
