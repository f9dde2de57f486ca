/** Health, readiness and metrics: what a supervisor and Prometheus ask. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { collectDefaultMetrics } from 'prom-client'
import type { App } from '../http/app.ts'
import { registry } from '../observe/metrics.ts'

collectDefaultMetrics({ register: registry })

export type Readiness = {
  /** One line per part that others need: its name and whether it answers. */
  check(): Promise<{ name: string; ok: boolean; detail: string }[]>
}

export type HealthOptions = {
  readonly readiness: Readiness
  /** Whoever shows it may read the metrics from anywhere; without one, only this machine may. */
  readonly metricsToken: string | undefined
}

export function registerHealthRoutes(app: App, { readiness, metricsToken }: HealthOptions): void {
  // A supervisor that sends a header of its own is answered, also while the database is away.
  const config = { ownBearers: '' }
  app.get('/healthz', { config, schema: { tags: ['operate'], summary: 'Whether the process is alive' } }, async () => ({
    ok: true,
  }))

  app.get(
    '/readyz',
    { config, schema: { tags: ['operate'], summary: 'Whether the server can do its work' } },
    async (_request, reply) => {
      const parts = await readiness.check()
      const ok = parts.every((part) => part.ok)
      return reply
        .code(ok ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ ok, parts })
    },
  )

  app.get(
    '/metrics',
    {
      config,
      schema: {
        tags: ['operate'],
        summary: 'Prometheus metrics',
        description:
          'For this machine, or for whoever shows ATELIER_METRICS_TOKEN as a bearer token; nobody else sees that it is there.',
      },
    },
    async (request, reply) => {
      if (!mayRead(request, metricsToken)) return reply.callNotFound()
      return reply.header('content-type', registry.contentType).send(await registry.metrics())
    },
  )
}

function mayRead(request: FastifyRequest, token: string | undefined): boolean {
  if (token === undefined) return loopback.check(request.ip, request.ip.includes(':') ? 'ipv6' : 'ipv4')
  const shown = createHash('sha256')
    .update(request.headers.authorization ?? '')
    .digest()
  return timingSafeEqual(shown, createHash('sha256').update(`Bearer ${token}`).digest())
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
