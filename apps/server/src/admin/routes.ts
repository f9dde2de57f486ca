import {
  AdminExecutionList,
  AdminNewPassword,
  AdminServer,
  AdminUser,
  AdminUserChange,
  AdminUserList,
  AdminUserQuery,
} from '@atelier/protocol/admin'
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type App, problems } from '../http/app.ts'
import type { Admin } from './admin.ts'
import { registerAuditRoutes } from './audit-routes.ts'

const tags = ['admin']

export function registerAdminRoutes(app: App, admin: Admin): void {
  const adminOf = async (request: FastifyRequest): Promise<string> => {
    const userId = await admin.adminOf(request)
    // The words that an address has where there is nothing.
    if (userId === null)
      throw new Refusal(
        'not-found',
        `There is nothing at ${request.method} ${request.url.slice(0, 200)}. The API is described at /docs.`,
      )
    return userId
  }
  /** Before anything of the request is parsed: what is wrong with it would tell that there is something. */
  const onRequest = async (request: FastifyRequest): Promise<void> => void (await adminOf(request))

  app.get(
    '/api/v1/admin/users',
    {
      onRequest,
      schema: {
        tags,
        summary: 'Users, the newest first',
        querystring: AdminUserQuery,
        response: { 200: AdminUserList, ...problems(400, 403, 404, 503) },
      },
    },
    async (request) => admin.listUsers(request.query),
  )

  app.patch(
    '/api/v1/admin/users/:id',
    {
      onRequest,
      schema: {
        tags,
        summary: 'Disable a user, make one an administrator, or put one into a tier',
        description: 'Who is disabled is signed out at once, sockets included, and cannot sign in; their projects stay.',
        params: z.object({ id: z.uuid() }),
        body: AdminUserChange,
        response: { 200: AdminUser, ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async (request) => admin.changeUser(await adminOf(request), request.params.id.toLowerCase(), request.body),
  )

  app.post(
    '/api/v1/admin/users/:id/password',
    {
      onRequest,
      schema: {
        tags,
        summary: 'A new password for somebody who forgot theirs',
        description: 'It is shown this once. All browsers of the user are signed out; API tokens stay.',
        params: z.object({ id: z.uuid() }),
        response: { 200: AdminNewPassword, ...problems(403, 404, 429, 503) },
      },
    },
    async (request) => {
      const password = await admin.replacePassword(await adminOf(request), request.params.id.toLowerCase())
      return { password }
    },
  )

  app.get(
    '/api/v1/admin/executions',
    {
      onRequest,
      schema: {
        tags,
        summary: 'What runs now',
        response: { 200: AdminExecutionList, ...problems(403, 404, 503) },
      },
    },
    async () => ({ items: await admin.listExecutions() }),
  )

  app.post(
    '/api/v1/admin/executions/:id/stop',
    {
      onRequest,
      schema: {
        tags,
        summary: 'Stop an execution, whoever’s it is',
        params: z.object({ id: z.uuid() }),
        response: { 204: z.void().describe('Done'), ...problems(403, 404, 503) },
      },
    },
    async (request, reply) => {
      await admin.stopExecution(await adminOf(request), request.params.id.toLowerCase())
      return reply.code(204).send()
    },
  )

  registerAuditRoutes(app, admin.db, onRequest)

  app.get(
    '/api/v1/admin/server',
    {
      onRequest,
      schema: {
        tags,
        summary: 'Isolation, pools, languages, tiers and settings as they are in force',
        response: { 200: AdminServer, ...problems(403, 404, 503) },
      },
    },
    async () => admin.readServer(),
  )
}
