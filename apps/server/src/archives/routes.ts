/** Projects as zip files, out and in. Both are streams: neither side holds a project in memory. */
import { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import { ArchiveImported, checkPath } from '@atelier/protocol/files'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import { drain } from '../http/drain.ts'
import { asDownload } from '../http/raw-file.ts'
import { ProjectParams, readerOf, userOf } from '../projects/project-requests.ts'
import type { Projects } from '../projects/projects.ts'
import { archiveBytesLimit, archiveTooLarge, type Importer } from './import-archive.ts'
import { writeArchive } from './write-archive.ts'

const tags = ['files']
const address = '/api/v1/projects/:id/zip'
const ImportQuery = z.object({
  into: z.string().default('').describe('A folder that everything goes into; empty: the top of the project'),
  conflicts: z
    .enum(['refuse', 'replace', 'keep'])
    .default('refuse')
    .describe('What becomes of files that exist: refuse the whole import, replace them, or keep them'),
})
const ExportQuery = z.object({
  folder: z.string().default('').describe('Only this folder, with all that is in it; empty: the whole project'),
})
const ZipAnswer = {
  description: 'The zip file',
  content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
}

export function registerArchiveRoutes(
  app: App,
  { projects, accounts, importer }: { projects: Projects; accounts: Accounts; importer: Importer },
): void {
  app.get(
    address,
    {
      schema: {
        tags,
        summary: 'Download a project, or a folder of it, as a zip file',
        description: 'Made while it is sent. If it ends early, a file could not be read: ask again.',
        params: ProjectParams,
        querystring: ExportQuery,
        response: { 200: ZipAnswer, ...problems(400, 404, 503) },
      },
    },
    async (request, reply) => {
      const userId = await readerOf(accounts, request)
      const { id } = request.params
      const { name } = await projects.readProject(id, userId)
      const { folder } = request.query
      if (folder !== '') checkPath(folder)
      const archive = await writeArchive(projects, id, userId, folder)
      return asDownload(reply, `${fileNameOf(folder === '' ? name : nameOf(folder))}.zip`)
        .header('content-type', 'application/zip')
        .send(archive)
    },
  )

  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>()
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.post(
      address,
      {
        schema: {
          tags,
          summary: 'Import a zip file into a project',
          description:
            'The body is the zip file. It is looked at as a whole first: links, names that leave the project, and more than a project holds are refused, and nothing is imported then.',
          params: ProjectParams,
          querystring: ImportQuery,
          consumes: ['application/zip'],
          body: z.any().describe('The zip file'),
          response: { 200: ArchiveImported, ...problems(400, 403, 404, 409, 413, 415, 429, 503) },
        },
      },
      async (request) => {
        const body = request.body
        if (!(body instanceof Readable)) throw new Refusal('invalid-request', 'The body is empty. Send a zip file.')
        try {
          const userId = await userOf(accounts, request)
          const { into, conflicts } = request.query
          if (into !== '') checkPath(into)
          if (Number(request.headers['content-length'] ?? 0) > archiveBytesLimit) throw archiveTooLarge()
          return await importer.import(body, { projectId: request.params.id, userId, into, conflicts })
        } catch (error) {
          await drain(body)
          throw error
        }
      },
    )
  })
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Names of projects may hold what names of files may not. */
const fileNameOf = (name: string): string => name.replace(/[/\\:*?"<>|]/g, '-')
