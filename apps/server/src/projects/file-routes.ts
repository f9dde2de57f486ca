/**
 * Files as raw bytes. What users upload is never shown by a browser on our origin: it comes as a download, of no known
 * type, in a sandbox without scripts. It is not cached either: a file that was deleted and made anew counts its versions from 1 again.
 */
import { Readable as Stream } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import { etagOf, FileEntry, fileLimits } from '@atelier/protocol/files'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type App, problems } from '../http/app.ts'
import { drain } from '../http/drain.ts'
import { asDownload } from '../http/raw-file.ts'
import { addressOf } from './entry-routes.ts'
import { preconditionOf } from './precondition.ts'
import { Nothing, ProjectParams, type RouteOptions, readerOf, userOf } from './project-requests.ts'
import { fileTooLarge, noSuchFile } from './refusals.ts'
import { pathOfUrl } from './request-path.ts'

const tags = ['files']
const address = '/api/v1/projects/:id/files/*'
const FileParams = ProjectParams.extend({ '*': z.string().describe('Path of the file, each name percent-encoded') })
const ReadHeaders = z.object({
  'if-none-match': z.string().optional().describe('An ETag: 304 if the file is still at that version'),
})
const DeleteHeaders = z.object({ 'if-match': z.string().optional().describe('An ETag: 412 if the file is not at that version') })
const WriteHeaders = DeleteHeaders.extend({
  'if-match': z
    .string()
    .optional()
    .describe('An ETag: 412 if the file is not at that version; "0": only if there is no such file'),
  'if-none-match': z.string().optional().describe('`*`: only if there is no such file'),
})
const Bytes = z.any().describe('The bytes')
const BytesAnswer = {
  description: 'The bytes',
  content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
}

export function registerFileRoutes(app: App, { projects, accounts }: RouteOptions): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>()
    // Any content type, or none, or one that is nonsense: the body is handed on as the stream that it is.
    scope.addHook('onRequest', (request, _reply, done) => {
      request.raw.headers['content-type'] = 'application/octet-stream'
      done()
    })
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

    scope.head(
      address,
      {
        schema: {
          tags,
          summary: 'Size and version of a file',
          params: FileParams,
          headers: ReadHeaders,
          response: { 200: Nothing, 304: Nothing, ...problems(400, 404, 503) },
        },
      },
      async (request, reply) => {
        const entry = await projects.readEntry(request.params.id, await readerOf(accounts, request), pathOfUrl(request.url))
        if (entry.kind === 'folder') throw noSuchFile(entry.path)
        describe(reply, entry)
        if (isNamedIn(request.headers['if-none-match'], entry)) return reply.code(304).send()
        return reply.header('content-length', entry.sizeBytes).send()
      },
    )

    scope.get(
      address,
      {
        exposeHeadRoute: false,
        schema: {
          tags,
          summary: 'Read a file',
          params: FileParams,
          headers: ReadHeaders,
          response: { 200: BytesAnswer, 304: Nothing, ...problems(400, 404, 503) },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const path = pathOfUrl(request.url)
        const userId = await readerOf(accounts, request)
        const known = request.headers['if-none-match']
        if (known !== undefined) {
          const entry = await projects.readEntry(id, userId, path)
          if (entry.kind === 'file' && isNamedIn(known, entry)) return describe(reply, entry).code(304).send()
        }
        const { entry, content } = await projects.openFile(id, userId, path)
        return describe(reply, entry).header('content-length', entry.sizeBytes).send(content)
      },
    )

    scope.put(
      address,
      {
        config: { takesStream: true },
        schema: {
          tags,
          summary: 'Save a file',
          description:
            'The body is the content, of any type. Without a precondition the last one to save wins. Folders on the way are made.',
          params: FileParams,
          headers: WriteHeaders,
          consumes: ['application/octet-stream'],
          body: Bytes,
          response: { 200: FileEntry, 201: FileEntry, ...problems(400, 403, 404, 409, 412, 413, 415, 503) },
        },
      },
      async (request, reply) => {
        const body = request.body instanceof Stream ? request.body : null
        try {
          const { id } = request.params
          const path = pathOfUrl(request.url)
          const precondition = preconditionOf(request.headers['if-match'], request.headers['if-none-match'])
          checkBody(request)
          const userId = await userOf(accounts, request)
          const { entry, isNew } = await projects.saveFile(id, userId, path, body ?? Buffer.alloc(0), precondition)
          if (isNew) reply.code(201).header('location', addressOf(id, path))
          return reply.header('etag', etagOf(entry.version)).send(entry)
        } catch (error) {
          if (body !== null) await drain(body)
          throw error
        }
      },
    )

    scope.delete(
      address,
      {
        schema: {
          tags,
          summary: 'Delete a file, or a folder with all that is in it',
          params: FileParams,
          headers: DeleteHeaders,
          response: { 204: Nothing, ...problems(400, 403, 404, 412, 503) },
        },
      },
      async (request, reply) => {
        const path = pathOfUrl(request.url)
        const precondition = preconditionOf(request.headers['if-match'], undefined)
        await projects.deletePath(request.params.id, await userOf(accounts, request), path, precondition)
        return reply.code(204).send()
      },
    )
  })
}

const describe = (reply: FastifyReply, entry: FileEntry): FastifyReply =>
  asDownload(reply, entry.path).header('etag', etagOf(entry.version))

const isNamedIn = (ifNoneMatch: string | undefined, entry: FileEntry): boolean =>
  ifNoneMatch?.split(',').some((each) => ['*', etagOf(entry.version)].includes(each.trim().replace(/^W\//, ''))) ?? false

/** What can be known before the body has come. */
function checkBody({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw new Refusal('unsupported-media-type', `Files are stored as they come: send the plain bytes instead of "${encoding}".`)
  if (headers['content-range'] !== undefined)
    throw new Refusal('invalid-request', 'A file is saved as a whole. Leave Content-Range out and send all of it.')
  if (Number(headers['content-length'] ?? 0) > fileLimits.fileBytes) throw fileTooLarge()
}
