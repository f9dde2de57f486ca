import { ApiTokenCreated, ApiTokenCreation, ApiTokenList } from '@atelier/protocol/accounts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type App, problems } from '../http/app.ts'
import type { Accounts } from './accounts.ts'
import type { ApiTokens } from './api-tokens.ts'
import { signedInVisitor } from './login-routes.ts'
import type { Logins } from './logins.ts'

const tags = ['accounts']
const config = { scope: 'account' } as const

export type TokenRouteOptions = { readonly accounts: Accounts; readonly logins: Logins; readonly tokens: ApiTokens }

export function registerTokenRoutes(app: App, { accounts, logins, tokens }: TokenRouteOptions): void {
  const userOf = async (request: FastifyRequest): Promise<string> => (await signedInVisitor(accounts, logins, request)).userId

  app.get(
    '/api/v1/tokens',
    {
      config,
      schema: { tags, summary: 'Your API tokens', response: { 200: ApiTokenList, ...problems(401, 403, 503) } },
    },
    async (request) => ({ items: await tokens.list(await userOf(request)) }),
  )

  app.post(
    '/api/v1/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Make an API token',
        description:
          'The token is shown this once. `read`: everything that changes nothing; `write`: projects and files; `run`: executions; `git`: import, pull, push and export, with the tokens that you stored for other git servers; `admin`: what administrators may do, if you are one. Sockets need `read`, `write` and `run`.',
        body: ApiTokenCreation,
        response: { 201: ApiTokenCreated, ...problems(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const created = await tokens.create(await userOf(request), request.body)
      return reply.code(201).send(created)
    },
  )

  app.delete(
    '/api/v1/tokens/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Revoke an API token',
        params: z.object({ id: z.uuid() }),
        response: { 204: z.void().describe('Done'), ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      await tokens.revoke(await userOf(request), request.params.id.toLowerCase())
      return reply.code(204).send()
    },
  )
}
