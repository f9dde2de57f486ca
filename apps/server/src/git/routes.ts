/** Git over HTTP. What stands in a repository comes as a download of no known type, as files do. */
import { Readable } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import { checkPath } from '@atelier/protocol/files'
import {
  BranchName,
  CommitId,
  GitBranchCreation,
  GitCommit,
  GitCommitChanges,
  GitCommitCreation,
  GitExportSetting,
  GitExportState,
  GitIdentity,
  GitImport,
  GitImported,
  GitLog,
  GitOverview,
  GitPush,
  GitPushed,
  GitStatus,
  GitSwitch,
  GitSwitched,
  gitLimits,
} from '@atelier/protocol/git'
import { ProjectId } from '@atelier/protocol/projects'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import { drain } from '../http/drain.ts'
import { asDownload } from '../http/raw-file.ts'
import { Nothing, ProjectParams, userOf } from '../projects/project-requests.ts'
import type { Exports } from './exports.ts'
import type { Git } from './git.ts'
import { repositoryTooLarge } from './refusals.ts'

const tags = ['git']
const at = '/api/v1/projects/:id/git'
const CommitParams = z.object({ id: ProjectId, commit: CommitId })
const LogQuery = z.object({
  branch: BranchName.optional().describe('By default the one that the files are of'),
  path: z.string().max(255).optional().describe('Only commits that changed it'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,6}$/, 'is no cursor of ours')
    .optional()
    .describe('`nextCursor` of the page before'),
})
const ContentQuery = z.object({
  commit: CommitId.optional().describe('By default the last one'),
  path: z.string().max(255),
})
const DiffQuery = z.object({
  from: CommitId.optional().describe('By default the last commit'),
  to: CommitId.optional().describe('By default the files as they are now'),
  path: z.string().max(255).optional(),
})
const BranchQuery = z.object({ name: BranchName })
const BundleQuery = z.object({ branch: BranchName.optional().describe('By default the one that the bundle names') })
const Bytes = (description: string) => ({
  description,
  content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
})
/** What every operation of git may be refused with. */
const usual = [400, 403, 404, 409, 413, 424, 503] as const

export type GitRouteOptions = { readonly git: Git; readonly exports: Exports; readonly accounts: Accounts }

export function registerGitRoutes(app: App, { git, exports, accounts }: GitRouteOptions): void {
  const placeOf = async (request: Parameters<typeof userOf>[1] & { params: { id: string } }) => ({
    projectId: request.params.id,
    userId: await userOf(accounts, request),
  })

  app.get(
    at,
    {
      schema: {
        tags,
        summary: 'The repository of a project',
        description:
          'Before its first commit a project has an empty one. Git works on one thing per project at a time; `working` says what.',
        params: ProjectParams,
        response: { 200: GitOverview, ...problems(404, 503) },
      },
    },
    async (request, reply) => {
      const place = await placeOf(request)
      const overview = await git.overview(place)
      reply.header('cache-control', 'no-store')
      return { ...overview, exportFolder: exports.hasFolder, export: await exports.read(place) }
    },
  )

  app.get(
    `${at}/status`,
    {
      schema: {
        tags,
        summary: 'What has changed since the last commit',
        description: 'What .gitignore files of the project name is left out.',
        params: ProjectParams,
        response: { 200: GitStatus, ...problems(...usual) },
      },
    },
    async (request, reply) => reply.header('cache-control', 'no-store').send(await git.status(await placeOf(request))),
  )

  app.post(
    `${at}/commits`,
    {
      schema: {
        tags,
        summary: 'Commit the changes',
        params: ProjectParams,
        body: GitCommitCreation,
        response: { 201: GitCommit, ...problems(...usual, 415) },
      },
    },
    async (request, reply) => {
      const { message, paths } = request.body
      return reply.code(201).send(await git.commit(await placeOf(request), message, paths ?? null))
    },
  )

  app.get(
    `${at}/commits`,
    {
      schema: {
        tags,
        summary: 'The commits of a branch',
        description: 'Newest first.',
        params: ProjectParams,
        querystring: LogQuery,
        response: { 200: GitLog, ...problems(...usual) },
      },
    },
    async (request, reply) => {
      const { branch = null, path, limit, cursor } = request.query
      const query = { branch, path: path === undefined ? null : checkPath(path), limit, skip: Number(cursor ?? 0) }
      return reply.header('cache-control', 'no-store').send(await git.log(await placeOf(request), query))
    },
  )

  app.get(
    `${at}/commits/:commit`,
    {
      schema: {
        tags,
        summary: 'What a commit changed',
        description: 'Beside its first parent.',
        params: CommitParams,
        response: { 200: GitCommitChanges, ...problems(...usual) },
      },
    },
    async (request) => git.show(await placeOf(request), request.params.commit),
  )

  app.get(
    `${at}/content`,
    {
      schema: {
        tags,
        summary: 'A file as it is in a commit',
        params: ProjectParams,
        querystring: ContentQuery,
        response: { 200: Bytes('Its bytes'), ...problems(...usual) },
      },
    },
    async (request, reply) => {
      const { commit, path } = request.query
      const content = await git.readContent(await placeOf(request), commit ?? null, checkPath(path))
      return asDownload(reply, path).send(content as never)
    },
  )

  app.get(
    `${at}/diff`,
    {
      schema: {
        tags,
        summary: 'The difference between two commits, or from one to the files as they are now',
        description: 'A patch, as git shows it. Viewers say `to`.',
        params: ProjectParams,
        querystring: DiffQuery,
        response: { 200: Bytes('The patch'), ...problems(...usual) },
      },
    },
    async (request, reply) => {
      const { from = null, to = null, path } = request.query
      const query = { from, to, path: path === undefined ? null : checkPath(path) }
      const patch = await git.patch(await placeOf(request), query)
      return asDownload(reply, 'changes.patch').send(patch as never)
    },
  )

  app.post(
    `${at}/branches`,
    {
      schema: {
        tags,
        summary: 'Make a branch',
        description: 'The files stay those of the branch before: switch to it.',
        params: ProjectParams,
        body: GitBranchCreation,
        response: { 204: Nothing, ...problems(...usual, 415) },
      },
    },
    async (request, reply) => {
      const { name, from } = request.body
      await git.createBranch(await placeOf(request), name, from ?? null)
      return reply.code(204).send()
    },
  )

  app.delete(
    `${at}/branches`,
    {
      schema: {
        tags,
        summary: 'Delete a branch',
        description: 'Its commits are gone at the next tidying up, unless another branch has them.',
        params: ProjectParams,
        querystring: BranchQuery,
        response: { 204: Nothing, ...problems(...usual) },
      },
    },
    async (request, reply) => {
      await git.deleteBranch(await placeOf(request), request.query.name)
      return reply.code(204).send()
    },
  )

  app.post(
    `${at}/switch`,
    {
      schema: {
        tags,
        summary: 'Make the files those of another branch',
        description:
          'Refused while there are changes in no commit. Every change is a save: the history of each file keeps what it was.',
        params: ProjectParams,
        body: GitSwitch,
        response: { 200: GitSwitched, ...problems(...usual, 415) },
      },
    },
    async (request) => git.switchBranch(await placeOf(request), request.body.branch),
  )

  app.post(
    `${at}/import`,
    {
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

  app.put(
    '/api/v1/git/identity',
    {
      schema: {
        tags,
        summary: 'Say who your commits are by',
        description: 'Without it: your name here, and an address that nobody reads.',
        body: GitIdentity,
        response: { 200: GitIdentity, ...problems(400, 401, 413, 415, 503) },
      },
    },
    async (request) => {
      const userId = await accounts.knownUser(request)
      if (userId === null)
        throw new Refusal('session-required', 'Open a project first: without a session there is nobody to name.')
      await git.setIdentity(userId, request.body)
      return request.body
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
