/** History over HTTP. What somebody wrote comes as a download of no known type, as files do. */

import { Refusal } from '@atelier/protocol/errors'
import { FileEntry } from '@atelier/protocol/files'
import {
  DeletedFileList,
  FileVersionPage,
  LineAuthors,
  Snapshot,
  SnapshotCreation,
  SnapshotList,
  SnapshotRestored,
  VersionNaming,
  VersionRestoration,
} from '@atelier/protocol/history'
import { PageQuery } from '@atelier/protocol/pages'
import { ProjectId } from '@atelier/protocol/projects'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import { asDownload } from '../http/raw-file.ts'
import { addressOf } from '../projects/entry-routes.ts'
import { Nothing, ProjectParams, userOf } from '../projects/project-requests.ts'
import { pathOfUrl } from '../projects/request-path.ts'
import type { History } from './history.ts'

const tags = ['history']
const number = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
const FileParams = ProjectParams.extend({ '*': z.string().describe('Path of the file, each name percent-encoded') })
const SnapshotParams = z.object({ id: ProjectId, snapshotId: z.uuid() })
const HistoryQuery = PageQuery.extend({
  version: number.optional().describe('Its bytes instead of the list'),
  file: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('The number of a history, for a file that is deleted or has moved; the path is then only a name'),
})

export type HistoryRouteOptions = { readonly history: History; readonly accounts: Accounts }

export function registerHistoryRoutes(app: App, { history, accounts }: HistoryRouteOptions): void {
  app.get(
    '/api/v1/projects/:id/history/*',
    {
      schema: {
        tags,
        summary: 'The versions of a file, or one of them',
        description:
          'Newest first; a move does not end a history. Saves of one author within ten seconds are one version. With `version`: the bytes of that version, of any type.',
        params: FileParams,
        querystring: HistoryQuery,
        response: { 200: FileVersionPage, ...problems(400, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { version, file, limit, cursor } = request.query
      const path = pathOfUrl(request.url, 'history')
      const of = file === undefined ? { path } : { history: file }
      const userId = await userOf(accounts, request)
      if (version !== undefined) {
        const found = await history.readVersion(id, userId, of, version)
        // The schema says what the list looks like; bytes are sent past it.
        return asDownload(reply, found.path).send(found.content as never)
      }
      return history.listVersions(id, userId, of, { limit, before: cursor === undefined ? null : versionOf(cursor) })
    },
  )

  app.get(
    '/api/v1/projects/:id/line-authors/*',
    {
      schema: {
        tags,
        summary: 'Who wrote which line of a file',
        params: FileParams,
        response: { 200: LineAuthors, ...problems(400, 404, 415, 503) },
      },
    },
    async (request) => {
      const path = pathOfUrl(request.url, 'line-authors')
      return history.lineAuthors(request.params.id, await userOf(accounts, request), path)
    },
  )

  app.post(
    '/api/v1/projects/:id/version-names',
    {
      schema: {
        tags,
        summary: 'Name a version',
        description: 'A version with a name is never thinned out.',
        params: ProjectParams,
        body: VersionNaming,
        response: { 204: Nothing, ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { path, version, name } = request.body
      await history.nameVersion(request.params.id, await userOf(accounts, request), path, version, name)
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/projects/:id/restore',
    {
      schema: {
        tags,
        summary: 'Bring back a version, or a deleted file',
        description:
          'A version comes back as a save like any other: what the file had stays in its history. A deleted file comes back with its history.',
        params: ProjectParams,
        body: VersionRestoration,
        response: { 200: FileEntry, ...problems(400, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { path, version, file } = request.body
      const userId = await userOf(accounts, request)
      if (file === undefined && version === undefined) throw nothingToRestore()
      const entry =
        file !== undefined
          ? await history.restoreDeleted(id, userId, { history: file, path, version })
          : await history.restoreVersion(id, userId, path, version ?? 0)
      return reply.header('location', addressOf(id, entry.path)).send(entry)
    },
  )

  app.get(
    '/api/v1/projects/:id/deleted-files',
    {
      schema: {
        tags,
        summary: 'Files that were deleted and can come back',
        params: ProjectParams,
        response: { 200: DeletedFileList, ...problems(404, 503) },
      },
    },
    async (request) => ({ items: await history.listDeleted(request.params.id, await userOf(accounts, request)) }),
  )

  app.get(
    '/api/v1/projects/:id/snapshots',
    {
      schema: {
        tags,
        summary: 'Snapshots of a project',
        params: ProjectParams,
        response: { 200: SnapshotList, ...problems(404, 503) },
      },
    },
    async (request) => ({ items: await history.listSnapshots(request.params.id, await userOf(accounts, request)) }),
  )

  app.post(
    '/api/v1/projects/:id/snapshots',
    {
      schema: {
        tags,
        summary: 'Keep all files of a project as they are now',
        params: ProjectParams,
        body: SnapshotCreation,
        response: { 201: Snapshot, ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const snapshot = await history.createSnapshot(id, await userOf(accounts, request), request.body.name)
      return reply.code(201).send(snapshot)
    },
  )

  app.post(
    '/api/v1/projects/:id/snapshots/:snapshotId/restore',
    {
      schema: {
        tags,
        summary: 'Make a project what it was in a snapshot',
        description:
          'All of it or nothing. What the project is now becomes a snapshot first, and restoring that takes this back.',
        params: SnapshotParams,
        response: { 200: SnapshotRestored, ...problems(400, 403, 404, 413, 503) },
      },
    },
    async (request) => history.restoreSnapshot(request.params.id, await userOf(accounts, request), request.params.snapshotId),
  )

  app.delete(
    '/api/v1/projects/:id/snapshots/:snapshotId',
    {
      schema: {
        tags,
        summary: 'Delete a snapshot',
        description: 'The versions that only it kept are thinned out like others from now on.',
        params: SnapshotParams,
        response: { 204: Nothing, ...problems(400, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      await history.deleteSnapshot(request.params.id, await userOf(accounts, request), request.params.snapshotId)
      return reply.code(204).send()
    },
  )
}

function versionOf(cursor: string): number {
  if (/^[1-9]\d{0,8}$/.test(cursor)) return Number(cursor)
  throw new Refusal('invalid-request', 'The cursor is not one of ours. Send "nextCursor" of the page before, or leave it out.', {
    errors: [{ pointer: 'cursor', detail: 'is not a cursor' }],
  })
}

const nothingToRestore = (): Refusal =>
  new Refusal('invalid-request', 'Say which version of the file comes back, or which deleted file.', {
    errors: [{ pointer: '/version', detail: 'is missing' }],
  })
