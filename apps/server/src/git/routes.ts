/** Git over HTTP. What stands in a repository comes as a download of no known type, as files do. */
import { Refusal } from '@atelier/protocol/errors'
import { checkPath } from '@atelier/protocol/files'
import {
  BranchName,
  CommitId,
  GitBranchCreation,
  GitCommit,
  GitCommitChanges,
  GitCommitCreation,
  GitIdentity,
  GitLog,
  GitOverview,
  GitStatus,
  GitSwitch,
  GitSwitched,
} from '@atelier/protocol/git'
import { ProjectId } from '@atelier/protocol/projects'
import { z } from 'zod'
import { type App, problems } from '../http/app.ts'
import { asDownload } from '../http/raw-file.ts'
import { Nothing, ProjectParams } from '../projects/project-requests.ts'
import { registerElsewhereRoutes } from './elsewhere-routes.ts'
import { at, Bytes, type GitRouteOptions, placesBy, tags, usual } from './route-parts.ts'

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

export function registerGitRoutes(app: App, options: GitRouteOptions): void {
  const { git, exports, accounts } = options
  const placeOf = placesBy(accounts)
  registerElsewhereRoutes(app, options)

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
    async (request) => {
      const place = await placeOf(request)
      const overview = await git.overview(place)
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
    async (request) => git.status(await placeOf(request)),
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
    async (request) => {
      const { branch = null, path, limit, cursor } = request.query
      const query = { branch, path: path === undefined ? null : checkPath(path), limit, skip: Number(cursor ?? 0) }
      return git.log(await placeOf(request), query)
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
}
