/** What the page of an embed asks for. No route here looks at a cookie: a click in a frame never acts for who is signed in. */
import { EmbedExecutionRequest, EmbedGuest, EmbedInput, embedTokenPrefix } from '@atelier/protocol/embeds'
import { Refusal } from '@atelier/protocol/errors'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { bearerOf } from '../accounts/tokens.ts'
import { abortedBy, streamEvents } from '../executions/routes.ts'
import { type App, problems } from '../http/app.ts'
import { forgetBody } from '../http/whole-bodies.ts'
import type { Embeds } from './embeds.ts'

const tags = ['embeds']
const config = { scope: 'run', ownBearers: embedTokenPrefix } as const
const IdParams = z.object({ id: z.uuid() })
const Nothing = z.void().describe('Done')
/** Files of embedBounds.bytes as JSON, in the worst writing. */
const requestBodyLimit = 3 * 1024 * 1024

export function registerEmbedRoutes(app: App, embeds: Embeds): void {
  const guestOf = (request: FastifyRequest): string | null => embeds.guestOf(bearerOf(request.headers.authorization))
  const ownerOf = (request: FastifyRequest): string => {
    const guestId = guestOf(request)
    if (guestId === null) throw new Refusal('not-found', 'There is no such execution, or it is no longer kept.')
    return guestId
  }

  app.post(
    '/api/v1/embeds/guests',
    {
      config,
      schema: {
        tags,
        summary: 'A new token for the reader of an embed',
        description: 'It is good for an hour, and for nothing but programs of the reader. The page comes with one.',
        response: { 201: EmbedGuest, ...problems(403) },
      },
    },
    async (_request, reply) => reply.code(201).send(embeds.newGuest()),
  )

  app.post(
    '/api/v1/embeds/executions',
    {
      config,
      bodyLimit: requestBodyLimit,
      schema: {
        tags,
        summary: 'Run the files of a reader',
        description: 'Answers with the stream of events. The program ends when the connection does.',
        body: EmbedExecutionRequest,
        response: {
          200: z.any().describe('text/event-stream of ExecutionEvent'),
          ...problems(400, 401, 403, 413, 415, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const guestId = guestOf(request)
      if (guestId === null)
        throw new Refusal('session-required', 'The token of this embed is too old. Get a new one: POST /api/v1/embeds/guests.')
      const { id, events } = await embeds.start(guestId, request.ip, request.body, abortedBy(reply))
      forgetBody(request)
      reply.raw.once('close', () => {
        if (!events.complete) embeds.cancel(guestId, id).catch(() => {})
      })
      return streamEvents(reply.header('location', `/api/v1/embeds/executions/${id}`), events, 0)
    },
  )

  app.post(
    '/api/v1/embeds/executions/:id/input',
    {
      config,
      schema: {
        tags,
        summary: 'Send input to the program of a reader',
        params: IdParams,
        body: EmbedInput,
        response: { 204: Nothing, ...problems(400, 404, 409) },
      },
    },
    async (request, reply) => {
      await embeds.write(ownerOf(request), request.params.id, request.body.data, request.body.end)
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/embeds/executions/:id/cancel',
    {
      config,
      schema: { tags, summary: 'Stop it now', params: IdParams, response: { 204: Nothing, ...problems(404, 409) } },
    },
    async (request, reply) => {
      await embeds.cancel(ownerOf(request), request.params.id)
      return reply.code(204).send()
    },
  )
}
