import { Refusal } from '@atelier/protocol/errors'
import {
  Execution,
  type ExecutionEvent,
  ExecutionOutput,
  ExecutionRequest,
  executionBounds,
  SignalRequest,
  TerminalSize,
} from '@atelier/protocol/executions'
import { PageQuery, pageOf } from '@atelier/protocol/pages'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { idempotencyKeyOf } from '../accounts/idempotency.ts'
import { type App, problems } from '../http/app.ts'
import { asDownload } from '../http/raw-file.ts'
import { forgetBody, receiveBytes } from '../http/whole-bodies.ts'
import { carryEvents } from './channel.ts'
import type { EventSource } from './event-log.ts'
import type { Executions } from './executions.ts'

const tags = ['executions']
const IdParams = z.object({ id: z.uuid() })
const Since = z.coerce.number().int().min(0).default(0)
const Nothing = z.void().describe('Done')
/** `?waitMs=` of the output: how long an answer may be held until something new comes. */
const longestWaitMs = 25_000
/** Inline files as base64, and the rest of the request. */
const requestBodyLimit = 24 * 1024 * 1024

export function registerExecutionRoutes(
  app: App,
  { executions, accounts }: { executions: Executions; accounts: Accounts },
): void {
  const knownUser = async (request: FastifyRequest): Promise<string> => {
    const userId = await accounts.knownUser(request)
    if (userId === null) throw new Refusal('not-found', 'There is no such execution, or it is no longer kept.')
    return userId
  }

  app.post(
    '/api/v1/executions',
    {
      bodyLimit: requestBodyLimit,
      schema: {
        tags,
        summary: 'Run a program',
        description:
          'Answers 202 when the program has a sandbox; waits for one up to the queue limit. With `Accept: text/event-stream` the answer is the stream of its events, as at /events. With an `Idempotency-Key` header a repeated request runs once.',
        body: ExecutionRequest,
        response: { 202: Execution, ...problems(400, 403, 404, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const idempotencyKey = idempotencyKeyOf(request)
      const userId = await accounts.actingUser(request, reply)
      const locationOf = (id: string): string => `/api/v1/executions/${id}`
      if (request.headers.accept?.includes('text/event-stream')) {
        const { id, events } = await executions.startAndFollow(userId, request.body, idempotencyKey, abortedBy(reply))
        forgetBody(request)
        return streamEvents(reply.header('location', locationOf(id)), events, 0)
      }
      const execution = await executions.start(userId, request.body, idempotencyKey, abortedBy(reply))
      forgetBody(request)
      return reply.code(202).header('location', locationOf(execution.id)).send(execution)
    },
  )

  app.get(
    '/api/v1/executions',
    {
      schema: {
        tags,
        summary: 'Your executions, newest first',
        querystring: PageQuery,
        response: { 200: pageOf(Execution), ...problems(400) },
      },
    },
    async (request, reply) => {
      const userId = await accounts.knownUser(request)
      const { limit, cursor } = request.query
      const before = cursor === undefined ? null : z.uuid().safeParse(cursor)
      if (before !== null && !before.success)
        throw new Refusal('invalid-request', 'The cursor is not one of ours. Use "nextCursor" of the page before.')
      const items = userId === null ? [] : await executions.list(userId, limit, before?.data ?? null)
      const nextCursor = items.length === limit ? (items.at(-1)?.id ?? null) : null
      if (nextCursor !== null) reply.header('link', `</api/v1/executions?limit=${limit}&cursor=${nextCursor}>; rel="next"`)
      return { items, nextCursor }
    },
  )

  app.get(
    '/api/v1/executions/:id',
    { schema: { tags, summary: 'How an execution stands', params: IdParams, response: { 200: Execution, ...problems(404) } } },
    async (request) => executions.read(await knownUser(request), request.params.id),
  )

  app.get(
    '/api/v1/executions/:id/output',
    {
      schema: {
        tags,
        summary: 'The output so far, or since an event',
        params: IdParams,
        querystring: z.object({
          since: Since.describe('Number of the last event you have'),
          waitMs: z.coerce
            .number()
            .int()
            .min(0)
            .max(longestWaitMs)
            .default(0)
            .describe('Hold the answer this long until there is something new'),
        }),
        response: { 200: ExecutionOutput, ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const userId = await knownUser(request)
      const { since, waitMs } = request.query
      const source = await executions.follow(userId, request.params.id)
      if (waitMs > 0 && source.read(since).length === 0) await somethingNew(source, waitMs, abortedBy(reply))
      const events = source.read(since).map((numbered): ExecutionEvent => numbered.event)
      const { state, result } = await executions.read(userId, request.params.id)
      return { state, events, nextSince: events.at(-1)?.seq ?? since, result }
    },
  )

  app.get(
    '/api/v1/executions/:id/events',
    {
      schema: {
        tags,
        summary: 'The events as they come (server-sent events)',
        description: 'Each has its number as `id`; a client that reconnects with Last-Event-ID, or `?since=`, goes on after it.',
        params: IdParams,
        querystring: z.object({ since: Since }),
        response: { 200: z.any().describe('text/event-stream of ExecutionEvent'), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const lastEventId = request.headers['last-event-id']
      const since = typeof lastEventId === 'string' && /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : request.query.since
      return streamEvents(reply, await executions.follow(await knownUser(request), request.params.id), since)
    },
  )

  app.get<{ Params: { id: string; '*': string } }>(
    '/api/v1/executions/:id/artefacts/*',
    {
      schema: {
        tags,
        summary: 'A file that the program made, as raw bytes',
        params: z.object({ id: z.uuid(), '*': z.string() }),
        response: { 200: z.any().describe('The bytes'), ...problems(404) },
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params
      const content = await executions.readArtefact(await knownUser(request), id, path)
      return asDownload(reply, path).send(Buffer.from(content.buffer, content.byteOffset, content.byteLength))
    },
  )

  app.register(async (scope) => {
    receiveBytes(scope)
    scope.post<{ Params: { id: string }; Querystring: { end?: string }; Body: Buffer | undefined }>(
      '/api/v1/executions/:id/stdin',
      {
        bodyLimit: executionBounds.stdinBytes,
        schema: {
          tags,
          summary: 'Send input: the raw bytes of the body',
          params: IdParams,
          querystring: z.object({ end: z.enum(['true', 'false']).optional().describe('true: this was the last input') }),
          response: { 204: Nothing, ...problems(404, 409, 413) },
        },
      },
      async (request, reply) => {
        const userId = await knownUser(request)
        if (request.body !== undefined && request.body.length > 0) await executions.write(userId, request.params.id, request.body)
        if (request.query.end === 'true') await executions.command(userId, request.params.id, { type: 'end-of-input' })
        return reply.code(204).send()
      },
    )
  })

  app.post(
    '/api/v1/executions/:id/signal',
    {
      schema: {
        tags,
        summary: 'Send a signal',
        params: IdParams,
        body: SignalRequest,
        response: { 204: Nothing, ...problems(400, 404, 409) },
      },
    },
    async (request, reply) => {
      await executions.command(await knownUser(request), request.params.id, { type: 'signal', signal: request.body.signal })
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/executions/:id/resize',
    {
      schema: {
        tags,
        summary: 'Give its terminal another size',
        params: IdParams,
        body: TerminalSize,
        response: { 204: Nothing, ...problems(400, 404, 409) },
      },
    },
    async (request, reply) => {
      await executions.command(await knownUser(request), request.params.id, { type: 'resize', ...request.body })
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/executions/:id/cancel',
    { schema: { tags, summary: 'Stop it now', params: IdParams, response: { 204: Nothing, ...problems(404, 409) } } },
    async (request, reply) => {
      await executions.command(await knownUser(request), request.params.id, { type: 'cancel' })
      return reply.code(204).send()
    },
  )
}

/** Aborts when the client goes away before it has its answer. */
export function abortedBy(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort(new Refusal('invalid-request', 'The client went away.'))
  })
  return controller.signal
}

function somethingNew(source: EventSource, waitMs: number, signal: AbortSignal): Promise<void> {
  if (source.complete) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      stop()
      clearTimeout(timer)
      resolve()
    }
    const stop = source.onChange(done)
    const timer = setTimeout(done, waitMs)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Answers with the events as they come (server-sent events). */
export function streamEvents(reply: FastifyReply, source: EventSource, since: number): FastifyReply {
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value)
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  // What is there already leaves together with the headers: a packet less to be woken by, on both sides.
  reply.raw.cork()
  reply.raw.flushHeaders()
  const stop = carryEvents(source, since, {
    send: ({ seq, event, json }) => reply.raw.write(`id: ${seq}\nevent: ${event.type}\ndata: ${json}\n\n`),
    whenRoom: (callback) => reply.raw.once('drain', callback),
    end: () => reply.raw.end(),
  })
  reply.raw.uncork()
  reply.raw.once('close', stop)
  return reply
}
