/** The tree of a project, and what is done to folders and names. */
import { FileEntry, FileMove, FileTree, FolderCreation } from '@atelier/protocol/files'
import type { FastifyReply } from 'fastify'
import { type App, problems } from '../http/app.ts'
import { sendCompressed } from '../http/send-compressed.ts'
import { ProjectParams, type RouteOptions, readerOf, userOf } from './project-requests.ts'

const tags = ['files']
/** Up to here a tree is a few kilobytes; a longer one, which may have two megabytes, is sent compressed. */
const plainEntries = 200

export function registerEntryRoutes(app: App, { projects, accounts }: RouteOptions): void {
  app.get(
    '/api/v1/projects/:id/files',
    {
      schema: {
        tags,
        summary: 'All files and folders of a project',
        params: ProjectParams,
        response: { 200: FileTree, ...problems(404, 503) },
      },
    },
    async (request, reply) => {
      const tree = await projects.openTree(request.params.id, await readerOf(accounts, request))
      if (tree.items.length <= plainEntries) return reply.send(tree)
      // Written as it is: looking at each of ten thousand entries once more would hold up everybody else.
      reply.header('content-type', 'application/json; charset=utf-8')
      return sendCompressed(request, reply as unknown as FastifyReply, JSON.stringify(tree)) as never
    },
  )

  app.post(
    '/api/v1/projects/:id/folders',
    {
      schema: {
        tags,
        summary: 'Make a folder',
        description: 'Folders on the way are made too. Saving a file makes its folders by itself.',
        params: ProjectParams,
        body: FolderCreation,
        response: { 201: FileEntry, ...problems(400, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const entry = await projects.createFolder(id, await userOf(accounts, request), request.body.path)
      return reply.code(201).header('location', addressOf(id, entry.path)).send(entry)
    },
  )

  app.post(
    '/api/v1/projects/:id/move',
    {
      schema: {
        tags,
        summary: 'Move or rename a file or folder',
        description: 'Either everything in it moves or nothing. Versions stay.',
        params: ProjectParams,
        body: FileMove,
        response: { 200: FileEntry, ...problems(400, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const entry = await projects.movePath(id, await userOf(accounts, request), request.body.from, request.body.to)
      return reply.header('location', addressOf(id, entry.path)).send(entry)
    },
  )
}

export const addressOf = (projectId: string, path: string): string =>
  `/api/v1/projects/${projectId}/files/${path.split('/').map(encodeURIComponent).join('/')}`
