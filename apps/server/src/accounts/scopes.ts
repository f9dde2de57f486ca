/**
 * What a request needs that comes with an API token. Every route has exactly one scope: its own, or what follows from its address and
 * method, so that none is without. It stands in the OpenAPI description, and is held before any handler runs.
 */
import { type TokenScope, tokenScopes } from '@atelier/protocol/accounts'
import { Refusal } from '@atelier/protocol/errors'
import type { RouteOptions } from 'fastify'
import { noteVia } from '../audit/origin.ts'
import type { App } from '../http/app.ts'
import type { Accounts, Visitor } from './accounts.ts'

/** `account`: for signed-in browsers, never for a token; a token that leaked must not be able to make others or to change a password. */
export type RouteScope = TokenScope | 'account'

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: RouteScope
  }
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

export function scopeOf({ url, method, scope }: { url: string; method: string; scope?: RouteScope | undefined }): RouteScope {
  if (scope !== undefined) return scope
  if (url.startsWith('/api/v1/admin')) return 'admin'
  if (reading.has(method)) return 'read'
  return /^\/api\/v1\/executions(?=\/|$)/.test(url) ? 'run' : 'write'
}

/** A token with these opens sockets, which carry everything. */
export const socketScopes: readonly TokenScope[] = ['read', 'write', 'run']

export const mayOpenSockets = (visitor: Visitor): boolean =>
  visitor.by !== 'api-token' || socketScopes.every((scope) => visitor.scopes.includes(scope))

/** To be called before the routes that it shall hold for are registered. */
export function holdScopes(app: App, accounts: Accounts): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    const methods = [route.method].flat()
    const scope = scopeOf({ url: route.url, method: methods[0] ?? 'GET', scope: route.config?.scope })
    route.config = { ...route.config, scope }
    // Refusals of requests without a session stay with the routes: most of them let guests in.
    const security = scope === 'account' ? [{ session: [] }] : [{ session: [] }, { token: [scope] }]
    if (route.schema !== undefined) route.schema = { ...route.schema, security }
  })

  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/assets/')) return
    await accounts.arrive(request, reply)
    const visitor = await presentedToken(request)
    const scope = request.routeOptions.config.scope
    if (visitor !== null) noteVia(request, visitor.key)
    if (visitor === null || scope === undefined) return
    if (scope === 'account')
      throw new Refusal('forbidden', 'No API token may do that, only a browser that is signed in. Open the page of the account.')
    if (!visitor.scopes.includes(scope))
      throw new Refusal(
        'forbidden',
        `This API token may ${listed(visitor.scopes)}, and this needs "${scope}". Make a token that has it.`,
      )
  })

  async function presentedToken(request: Parameters<Accounts['visitor']>[0]) {
    if (request.headers.authorization === undefined) return null
    const visitor = await accounts.visitor(request)
    return visitor?.by === 'api-token' ? visitor : null
  }
}

const listed = (scopes: readonly TokenScope[]): string =>
  tokenScopes
    .filter((scope) => scopes.includes(scope))
    .map((scope) => `"${scope}"`)
    .join(', ')
