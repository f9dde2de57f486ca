/** The audit log of the whole server, for administrators: as pages, or as a file. */
import { AuditPage, AuditQuery } from '@atelier/protocol/audit'
import type { Database } from '@atelier/storage/db/database'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { auditAsCsv, auditAsJsonLines, readAuditPage } from '../audit/read-audit.ts'
import { type App, problems } from '../http/app.ts'
import { asDownload } from '../http/raw-file.ts'

const AuditAnswer = {
  description: 'A page of lines; with `format=ndjson` or `csv` all of them',
  content: {
    'application/json': { schema: AuditPage },
    'application/x-ndjson': { schema: z.string() },
    'text/csv': { schema: z.string() },
  },
}

/** `onRequest` lets administrators in only. */
export function registerAuditRoutes(app: App, db: Database, onRequest: (request: FastifyRequest) => Promise<void>): void {
  app.get(
    '/api/v1/admin/audit',
    {
      onRequest,
      schema: {
        tags: ['admin'],
        summary: 'Who did what, the newest first',
        querystring: AuditQuery,
        response: { 200: AuditAnswer, ...problems(400, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, format, ...filter } = request.query
      if (format === 'json') return reply.type('application/json').send(await readAuditPage(db, filter, { limit, cursor }))
      const day = new Date().toISOString().slice(0, 10)
      if (format === 'csv')
        return asDownload(reply, `audit-${day}.csv`).type('text/csv; charset=utf-8').send(auditAsCsv(db, filter))
      return asDownload(reply, `audit-${day}.ndjson`).type('application/x-ndjson').send(auditAsJsonLines(db, filter))
    },
  )
}
