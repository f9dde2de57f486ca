import { LanguageList } from '@atelier/protocol/languages'
import { ServerStatus } from '@atelier/protocol/server-status'
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import type { Status } from './status.ts'

const tags = ['server']

/** `limitsFor`: those of whoever asks; without it everybody has the server's. */
export function registerStatusRoutes(
  app: App,
  status: Status,
  limitsFor?: (request: FastifyRequest) => Promise<ServerStatus['limits']>,
): void {
  app.get(
    '/api/v1/server',
    { schema: { tags, summary: 'Version, isolation, limits, toolchain', response: { 200: ServerStatus } } },
    async (request) => {
      const read = status.read()
      return limitsFor === undefined ? read : { ...read, limits: await limitsFor(request) }
    },
  )

  app.get(
    '/api/v1/languages',
    { schema: { tags, summary: 'Languages, and whether each can be run', response: { 200: LanguageList } } },
    async () => {
      return { items: status.news().languages }
    },
  )
}
