/**
 * What a request needs that comes with an API token. Every route has exactly one scope: its own, or what follows from its address and
 * method, so that none is without. It stands in the OpenAPI description, and is held before any handler runs.
 */
import { follow } from '@atelier/base/at-once'
import { type TokenScope, tokenScopes } from '@atelier/protocol/accounts'
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyRequest, RouteOptions } from 'fastify'
import { noteVia } from '../audit/origin.ts'
import type { App } from '../http/app.ts'
import { promptHook } from '../http/prompt-hook.ts'
import type { Accounts, Visitor } from './accounts.ts'
import { nobodysToken } from './guest-accounts.ts'
import { bearerOf } from './tokens.ts'

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
  app.decorateRequest('cameAs')
  app.addHook('onRoute', (route: RouteOptions) => {
    const methods = [route.method].flat()
    const scope = scopeOf({ url: route.url, method: methods[0] ?? 'GET', scope: route.config?.scope })
    route.config = { ...route.config, scope }
    // Refusals of requests without a session stay with the routes: most of them let guests in.
    const security = scope === 'account' ? [{ session: [] }] : [{ session: [] }, { token: [scope] }]
    if (route.schema !== undefined) route.schema = { ...route.schema, security }
  })

  app.addHook(
    'onRequest',
    promptHook((request, reply) => {
      if (request.url.startsWith('/assets/')) return
      return follow(accounts.arrive(request, reply), () => {
        if (request.headers.authorization === undefined) return
        return follow(accounts.visitor(request), (visitor) => {
          if (visitor?.by === 'api-token') holdScope(request, visitor)
        })
      })
    }),
  )
}

type TokenVisitor = Extract<Visitor, { by: 'api-token' }>

function holdScope(request: FastifyRequest, { key, scopes }: TokenVisitor): void {
  noteVia(request, key)
  const { scope } = request.routeOptions.config
  if (scope === undefined) return
  if (scope === 'account')
    throw new Refusal('forbidden', 'No API token may do that, only a browser that is signed in. Open the page of the account.')
  if (!scopes.includes(scope))
    throw new Refusal('forbidden', `This API token may ${listed(scopes)}, and this needs "${scope}". Make a token that has it.`)
}

/**
 * To be called after whatever counts requests: guesses count too. A header that is nobody's is never taken for a stranger: whoever sends one
 * means somebody, and a new guest would get what is theirs.
 */
export function refuseNobodysTokens(app: App, accounts: Pick<Accounts, 'visitor'>): void {
  app.addHook(
    'onRequest',
    promptHook((request) => {
      const { authorization } = request.headers
      if (authorization === undefined || request.url.startsWith('/assets/')) return
      const { ownBearers } = request.routeOptions.config
      if (ownBearers !== undefined && (bearerOf(authorization) ?? '').startsWith(ownBearers)) return
      return follow(accounts.visitor(request), (visitor) => {
        if (visitor === null) throw nobodysToken()
      })
    }),
  )
}

const listed = (scopes: readonly TokenScope[]): string =>
  tokenScopes
    .filter((scope) => scopes.includes(scope))
    .map((scope) => `"${scope}"`)
    .join(', ')
