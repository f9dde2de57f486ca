import { LanguageList } from '@atelier/protocol/languages'
import { ServerStatus } from '@atelier/protocol/server-status'
import type { App } from '../http/app.ts'
import type { Status } from './status.ts'

const tags = ['server']

export function registerStatusRoutes(app: App, status: Status): void {
  app.get(
    '/api/v1/server',
    { schema: { tags, summary: 'Version, isolation, limits, toolchain', response: { 200: ServerStatus } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return status.read()
    },
  )

  app.get(
    '/api/v1/languages',
    { schema: { tags, summary: 'Languages, and whether each can be run', response: { 200: LanguageList } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return { items: status.news().languages }
    },
  )
}
