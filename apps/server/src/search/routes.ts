/** Search is answered line by line, while it looks: whoever reads sees the first matches at once, and may go away at any time. */
import { Readable } from 'node:stream'
import { Replaced, ReplaceRequest, ReplaceUndo, ReplaceUndone, type SearchEvent, SearchRequest } from '@atelier/protocol/search'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import { ProjectParams, userOf } from '../projects/project-requests.ts'
import type { Replacer } from './replace.ts'
import type { Search } from './search.ts'

const tags = ['files']
/** Ten thousand files with long names, and some of their matches each. */
const replaceBodyLimit = 4 * 1024 * 1024
const replaceValues = 60_000
const Lines = {
  description: 'Lines of JSON, each a `SearchEvent`; the last one is `end` or `failed`',
  content: { 'application/x-ndjson': { schema: z.any() } },
}

export function registerSearchRoutes(
  app: App,
  { search, replacer, accounts }: { search: Search; replacer: Replacer; accounts: Accounts },
): void {
  app.post(
    '/api/v1/projects/:id/search',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Search the files of a project',
        description: 'Everybody who may read the project may search it. Closing the connection stops the search.',
        params: ProjectParams,
        body: SearchRequest,
        response: { 200: Lines, ...problems(400, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const userId = await userOf(accounts, request)
      const gone = whenGone(reply)
      const events = await search.search(request.params.id, userId, request.body, gone)
      const lines = Readable.from(linesOf(events), { objectMode: false, highWaterMark: 64 * 1024 })
      return reply.header('content-type', 'application/x-ndjson; charset=utf-8').send(lines)
    },
  )

  app.post(
    '/api/v1/projects/:id/replacements',
    {
      bodyLimit: replaceBodyLimit,
      config: { jsonValues: replaceValues },
      schema: {
        tags,
        summary: 'Replace what a search found',
        description:
          'Names the files with the versions in which the matches were found; one that has changed since is left as it is, and told. What would exceed a limit is refused before anything is written.',
        params: ProjectParams,
        body: ReplaceRequest,
        response: { 200: Replaced, ...problems(400, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const userId = await userOf(accounts, request)
      return replacer.replace(request.params.id, userId, request.body, whenGone(reply))
    },
  )

  app.post(
    '/api/v1/projects/:id/replacements/undo',
    {
      bodyLimit: replaceBodyLimit,
      config: { jsonValues: replaceValues },
      schema: {
        tags,
        summary: 'Take a replacement back',
        description: 'Restores exactly those files that nobody has changed since, and tells which were.',
        params: ProjectParams,
        body: ReplaceUndo,
        response: { 200: ReplaceUndone, ...problems(400, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => replacer.undo(request.params.id, await userOf(accounts, request), request.body.files),
  )
}

async function* linesOf(events: AsyncGenerator<SearchEvent>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`
}

/** Aborted when the connection closes before the answer is complete. */
function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the client has gone'))
  })
  return gone.signal
}
