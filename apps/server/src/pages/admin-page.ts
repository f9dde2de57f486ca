/** `/admin`: for administrators. For everybody else it is an address where nothing is. */
import { AdminUserChange, AdminUserQuery } from '@atelier/protocol/admin'
import { AuditQuery } from '@atelier/protocol/audit'
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Admin } from '../admin/admin.ts'
import { readAuditPage } from '../audit/read-audit.ts'
import type { App } from '../http/app.ts'
import { asRefusal } from '../http/problems.ts'
import { adminPage, adminPolicy } from './admin-html.ts'
import { sendPlain } from './send-plain.ts'

const schema = { hide: true }
const config = { scope: 'account' } as const
/** The API gives more. */
const linesShown = 50

/** Of the page's address only what is about the audit log, without empty fields of its form. */
function auditFields(query: unknown): Record<string, unknown> {
  const entries = Object.entries(query !== null && typeof query === 'object' ? query : {})
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (name.startsWith('audit.') && value !== '' ? [[name.slice('audit.'.length), value]] : [])),
  )
}

const isTrue = (text: string | null): boolean | undefined => (text === null ? undefined : text === 'true')

export function registerAdminPage(app: App, admin: Admin): void {
  const adminOf = async (request: FastifyRequest): Promise<string> => {
    const userId = await admin.adminOf(request)
    if (userId !== null) return userId
    throw new Refusal(
      'not-found',
      `There is nothing at ${request.method} ${request.url.slice(0, 200)}. The API is described at /docs.`,
    )
  }
  const onRequest = async (request: FastifyRequest): Promise<void> => void (await adminOf(request))

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    problem: string | null,
    newPassword?: string,
  ) {
    const query = AdminUserQuery.safeParse(request.query)
    const asked = query.success ? query.data : {}
    const lines = AuditQuery.safeParse(auditFields(request.query))
    const { limit, cursor, format: _, ...filter } = lines.success ? lines.data : AuditQuery.parse({})
    const [you, users, executions, audit] = await Promise.all([
      ...[adminOf(request), admin.listUsers(asked), admin.listExecutions()],
      readAuditPage(admin.db, filter, { limit: Math.min(limit, linesShown), cursor }),
    ] as const)
    const view = {
      ...{ you, users, search: asked.search ?? '', areOlder: asked.before !== undefined, executions, server: admin.readServer() },
      audit: { ...audit, filter, areOlder: cursor !== undefined },
      problem: problem ?? (lines.success ? null : 'The audit log was not searched: a field is not of the right form.'),
    }
    const shown = newPassword === undefined ? view : { ...view, newPassword }
    return sendPlain(reply, status, adminPage(shown), adminPolicy)
  }

  app.get('/admin', { schema, config, onRequest }, (request, reply) => show(request, reply, 200, null))

  app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    )
    const params = z.object({ id: z.uuid() })
    scope.post<{ Params: { id: string }; Body: unknown }>(
      '/admin/users/:id',
      { schema: { ...schema, params }, config, onRequest, bodyLimit: 1024 },
      async (request, reply) => {
        const fields = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
        const tier = fields.get('tier')
        const wanted = {
          ...{ disabled: isTrue(fields.get('disabled')), admin: isTrue(fields.get('admin')) },
          ...(tier === null ? {} : { tier: tier === '' ? null : tier }),
        }
        try {
          const id = request.params.id.toLowerCase()
          if (fields.get('password') === 'true')
            return show(request, reply, 200, null, await admin.replacePassword(await adminOf(request), id))
          const change = AdminUserChange.safeParse(wanted)
          if (!change.success) throw new Refusal('invalid-request', 'Nothing was to be changed. Use the buttons of the page.')
          await admin.changeUser(await adminOf(request), id, change.data)
          return reply.header('cache-control', 'no-store').redirect('/admin#users', 303)
        } catch (error) {
          const refusal = asRefusal(error)
          if (refusal.code === 'internal') throw error
          return show(request, reply, 400, refusal.message)
        }
      },
    )
    scope.post<{ Params: { id: string } }>(
      '/admin/executions/:id/stop',
      { schema: { ...schema, params }, config, onRequest, bodyLimit: 1024 },
      async (request, reply) => {
        try {
          await admin.stopExecution(await adminOf(request), request.params.id.toLowerCase())
          return reply.header('cache-control', 'no-store').redirect('/admin#executions', 303)
        } catch (error) {
          const refusal = asRefusal(error)
          if (refusal.code === 'internal') throw error
          return show(request, reply, 400, refusal.message)
        }
      },
    )
  })
}
