/** The Fastify application: validation, OpenAPI, problem details, request ids, origin checks. Features register their routes on it. */
import { randomUUID } from 'node:crypto'
import type { Log } from '@atelier/base/log'
import { Problem, Refusal } from '@atelier/protocol/errors'
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { Counter, Histogram } from 'prom-client'
import { registry } from '../observe/metrics.ts'
import { knownMethods } from './known-methods.ts'
import { collectBehindLargeBodies } from './large-body-garbage.ts'
import type { Origins } from './origins.ts'
import { asRefusal, problemContentType, problemOf } from './problems.ts'
import { receiveJson } from './whole-bodies.ts'
import { boundYoungMemory } from './young-memory.ts'

const requestSeconds = new Histogram({
  name: 'atelier_http_request_seconds',
  help: 'Time from request to answer, by route',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers: [registry],
})
const refusals = new Counter({
  name: 'atelier_refusals_total',
  help: 'Refused requests, by code',
  labelNames: ['code'],
  registers: [registry],
})

/** The page of the API runs its own scripts only, asks us only, and nobody may put it into a frame. */
const documentationPolicy = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self'"],
  ...["connect-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"],
].join('; ')

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Forms of pages of other sites may be sent here: nothing is changed, and no cookie is looked at. */
    takesForeignForms?: boolean
    /** Bearer tokens that begin so are this route's own affair, and no session's. '': whatever stands in the header. */
    ownBearers?: string
  }
}

/** Largest body, bytes, where a route does not say otherwise. */
const usualBodyLimit = 1024 * 1024

/** The one proxy in front. What stands further left in X-Forwarded-For, anybody may have written. */
const isNearest = (_address: string, hop: number): boolean => hop === 0

export type AppOptions = { readonly log: Log; readonly origins: Origins; readonly version: string; readonly trustProxy: boolean }

export async function createApp(options: AppOptions) {
  const app = Fastify({
    bodyLimit: usualBodyLimit,
    trustProxy: options.trustProxy ? isNearest : false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 4096, caseSensitive: true, ignoreTrailingSlash: false },
    frameworkErrors: (error, request, reply) => answer(error, request, reply, options.log),
    forceCloseConnections: true,
    requestTimeout: 120_000,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  receiveJson(app)
  collectBehindLargeBodies(app)
  boundYoungMemory(app)
  const methodsOf = knownMethods(app)

  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff').header('referrer-policy', 'same-origin')
    // What the API answers is true for one person at one moment; a route that knows better says so.
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
    const { host, origin } = request.headers
    const isForeign = origin !== undefined && request.routeOptions.config.takesForeignForms !== true
    options.origins.check({ method: request.method, host, origin: isForeign ? origin : undefined, isUpgrade: false })
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    requestSeconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    done()
  })
  app.setErrorHandler((error, request, reply) => answer(error, request, reply, options.log))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = methodsOf(path)
    if (methods.length > 0 && !methods.includes(request.method)) {
      reply.header('allow', methods.join(', '))
      const sentence = `${path.slice(0, 200)} takes ${methods.join(', ')}. The API is described at /docs.`
      return answer(new Refusal('method-not-allowed', sentence), request, reply, options.log)
    }
    const refusal = new Refusal(
      'not-found',
      `There is nothing at ${request.method} ${request.url.slice(0, 200)}. The API is described at /docs.`,
    )
    return answer(refusal, request, reply, options.log)
  })

  await app.register(cookie)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Atelier',
        version: options.version,
        description: 'Projects, files and executions. Errors are RFC 9457 problem details with a stable `code`.',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'atelier_session' },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { deepLinking: true }, staticCSP: documentationPolicy })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  return app
}

export type App = Awaited<ReturnType<typeof createApp>>

/** The problem answers that a route may give, for its `response` schema. */
export const problems = <S extends number>(...statuses: S[]): Record<S, typeof Problem> =>
  Object.fromEntries(statuses.map((status) => [status, Problem])) as Record<S, typeof Problem>

function answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const refusal = asRefusal(thrown)
  const problem = problemOf(refusal, request.id)
  refusals.inc({ code: refusal.code })
  if (problem.status >= 500 && refusal.extras.cause !== undefined)
    log.error('request failed', {
      request: request.id,
      method: request.method,
      route: request.routeOptions?.url,
      error: refusal.extras.cause,
    })
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
  if (problem.status === 413) reply.header('connection', 'close')
  // The serializer is by-passed: a problem is sent as it is, whatever the route's schema says.
  return reply
    .code(problem.status)
    .header('content-type', problemContentType)
    .header('cache-control', 'no-store')
    .serializer((payload: unknown) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
    .send(problem)
}
