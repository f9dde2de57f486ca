/** Tokens for other git servers, for the person whose they are. They go in, and are never shown again. */
import { Refusal } from '@atelier/protocol/errors'
import { GitTokenList, GitTokenSetting } from '@atelier/protocol/git'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import { Nothing } from '../projects/project-requests.ts'
import { parseTokenHost, type RemotePolicy } from './remote-address.ts'
import type { Tokens } from './tokens.ts'

const tags = ['git']
const HostParams = z.object({ host: z.string().max(300).describe('Name of a git server, such as github.com') })
/** A leaked API token must not lead to tokens of other places. */
const config = { scope: 'account' } as const

export function registerGitTokenRoutes(
  app: App,
  { tokens, accounts, remotes }: { readonly tokens: Tokens; readonly accounts: Accounts; readonly remotes: RemotePolicy },
): void {
  const userOf = async (request: FastifyRequest): Promise<string> => {
    const userId = await accounts.knownUser(request)
    if (userId === null) throw new Refusal('session-required', 'Open a project first: without a session nobody has tokens.')
    return userId
  }

  app.get(
    '/api/v1/git/tokens',
    {
      config,
      schema: { tags, summary: 'Hosts that you have stored a token for', response: { 200: GitTokenList, ...problems(401, 503) } },
    },
    async (request) => ({ items: await tokens.list(await userOf(request)) }),
  )

  app.put(
    '/api/v1/git/tokens/:host',
    {
      config,
      schema: {
        tags,
        summary: 'Store a token for a git server',
        description: 'Encrypted; used for this host alone; replaces the one before.',
        params: HostParams,
        body: GitTokenSetting,
        response: { 204: Nothing, ...problems(400, 401, 403, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const host = parseTokenHost(request.params.host, remotes)
      await tokens.store(await userOf(request), host, request.body)
      return reply.code(204).send()
    },
  )

  app.delete(
    '/api/v1/git/tokens/:host',
    {
      config,
      schema: {
        tags,
        summary: 'Remove the token for a git server',
        params: HostParams,
        response: { 204: Nothing, ...problems(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      await tokens.remove(await userOf(request), request.params.host.toLowerCase())
      return reply.code(204).send()
    },
  )
}
