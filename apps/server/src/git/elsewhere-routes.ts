/** Over HTTP: repositories that come from elsewhere, and go elsewhere. */
import { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import {
  BranchName,
  GitExportSetting,
  GitExportState,
  GitImport,
  GitImported,
  GitPull,
  GitPulled,
  GitPush,
  GitPushed,
  gitLimits,
} from '@atelier/protocol/git'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type App, problems } from '../http/app.ts'
import { drain } from '../http/drain.ts'
import { asDownload } from '../http/raw-file.ts'
import { Nothing, ProjectParams } from '../projects/project-requests.ts'
import { repositoryTooLarge } from './refusals.ts'
import { at, Bytes, type GitRouteOptions, placesBy, tags, usual } from './route-parts.ts'

const BundleQuery = z.object({ branch: BranchName.optional().describe('By default the one that the bundle names') })
/** They use what the person has stored for other servers: an API token that may change files is not enough. */
const config = { scope: 'git' } as const

export function registerElsewhereRoutes(app: App, { git, exports, accounts }: GitRouteOptions): void {
  const placeOf = placesBy(accounts)

  app.post(
    `${at}/import`,
    {
      config,
      schema: {
        tags,
        summary: 'Import a repository from another server',
        description:
          'Into a project without files and commits, with all branches and tags. Only https, and only hosts that this server names; a token that you stored for the host is used.',
        params: ProjectParams,
        body: GitImport,
        response: { 200: GitImported, ...problems(...usual, 415) },
      },
    },
    async (request) => git.importUrl(await placeOf(request), request.body.url, request.body.branch ?? null),
  )

  app.post(
    `${at}/push`,
    {
      config,
      schema: {
        tags,
        summary: 'Push the branch to another server',
        description:
          'With the token that you stored for the host. Nothing there is overwritten: it is refused when the other branch has more.',
        params: ProjectParams,
        body: GitPush,
        response: { 200: GitPushed, ...problems(...usual, 415) },
      },
    },
    async (request) => {
      const { url = null, branch = null } = request.body
      return git.push(await placeOf(request), { url, branch })
    },
  )

  app.post(
    `${at}/pull`,
    {
      config,
      schema: {
        tags,
        summary: 'Bring the commits of another server’s branch into this one',
        description:
          'Forward only: refused when both have commits that the other lacks, and while there are changes in no commit.',
        params: ProjectParams,
        body: GitPull,
        response: { 200: GitPulled, ...problems(...usual, 415) },
      },
    },
    async (request) => {
      const { url = null, branch = null } = request.body
      return git.pull(await placeOf(request), { url, branch })
    },
  )

  app.get(
    `${at}/bundle`,
    {
      schema: {
        tags,
        summary: 'Download the repository as a git bundle',
        description: 'One file with all branches, tags and commits; `git clone` takes it.',
        params: ProjectParams,
        response: { 200: Bytes('The bundle'), ...problems(...usual) },
      },
    },
    async (request, reply) => asDownload(reply, 'project.bundle').send((await git.bundle(await placeOf(request))) as never),
  )

  app.put(
    `${at}/export`,
    {
      config,
      schema: {
        tags,
        summary: 'Export the project again and again',
        description: 'For its owner. Changes are committed in your name first; a remote is pushed to with your token.',
        params: ProjectParams,
        body: GitExportSetting,
        response: { 200: GitExportState, ...problems(...usual, 415) },
      },
    },
    async (request) => exports.set(await placeOf(request), request.body),
  )

  app.delete(
    `${at}/export`,
    {
      schema: {
        tags,
        summary: 'Export the project no more',
        params: ProjectParams,
        response: { 204: Nothing, ...problems(400, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      await exports.remove(await placeOf(request))
      return reply.code(204).send()
    },
  )

  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>()
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.post(
      `${at}/bundle`,
      {
        schema: {
          tags,
          summary: 'Import a git bundle',
          description:
            'The body is the bundle (git bundle create project.bundle --all). Into a project without files and commits.',
          params: ProjectParams,
          querystring: BundleQuery,
          consumes: ['application/octet-stream'],
          body: z.any().describe('The bundle'),
          response: { 200: GitImported, ...problems(...usual, 415) },
        },
      },
      async (request) => {
        const body = request.body
        if (!(body instanceof Readable)) throw new Refusal('invalid-request', 'The body is empty. Send a git bundle.')
        try {
          const place = await placeOf(request)
          await git.checkImport(place)
          if (Number(request.headers['content-length'] ?? 0) > gitLimits.repositoryBytes) throw repositoryTooLarge()
          return await git.importBundle(place, await uploads.receive(body), request.query.branch ?? null)
        } catch (error) {
          await drain(body)
          throw error
        }
      },
    )
  })
}

/** Bundles come whole into memory, so only a few at once. */
const uploads = {
  running: 0,
  async receive(body: Readable): Promise<Buffer> {
    if (uploads.running >= 2)
      throw new Refusal('git-busy', 'Other bundles are being imported. Send this one again in a moment.', {
        retryAfterSeconds: 5,
      })
    uploads.running += 1
    try {
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of body.iterator({ destroyOnReturn: false })) {
        chunks.push(chunk as Buffer)
        bytes += (chunk as Buffer).length
        if (bytes > gitLimits.repositoryBytes) throw repositoryTooLarge()
      }
      if (bytes === 0) throw new Refusal('invalid-request', 'The body is empty. Send a git bundle.')
      return Buffer.concat(chunks)
    } catch (cause) {
      if (cause instanceof Refusal) throw cause
      throw new Refusal('invalid-request', 'The body ended before all of it had come. Send it again.', { cause })
    } finally {
      uploads.running -= 1
    }
  },
}
