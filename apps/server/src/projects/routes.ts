import { Refusal } from '@atelier/protocol/errors'
import { PageQuery } from '@atelier/protocol/pages'
import {
  ForkCreation,
  Project,
  ProjectChange,
  ProjectCreation,
  ProjectPage,
  TemplateFiles,
  TemplateList,
} from '@atelier/protocol/projects'
import { z } from 'zod'
import { nobody } from '../access/access.ts'
import { idempotencyKeyOf } from '../accounts/idempotency.ts'
import { type App, problems } from '../http/app.ts'
import { registerEntryRoutes } from './entry-routes.ts'
import { registerFileRoutes } from './file-routes.ts'
import { Nothing, ProjectParams, type RouteOptions, readerOf, userOf } from './project-requests.ts'

const tags = ['projects']
const ListQuery = PageQuery.extend({
  list: z.enum(['own', 'public']).default('own').describe('public: those of everybody that are public'),
})

export function registerProjectRoutes(app: App, options: RouteOptions): void {
  const { projects, accounts } = options

  app.get(
    '/api/v1/templates',
    { schema: { tags, summary: 'Projects to start from', response: { 200: TemplateList } } },
    async () => ({ items: [...projects.templates] }),
  )

  app.get(
    '/api/v1/templates/:id',
    {
      schema: {
        tags,
        summary: 'The files of a template',
        params: z.object({ id: z.string().max(64) }),
        response: { 200: TemplateFiles, ...problems(404) },
      },
    },
    async (request) => {
      const found = projects.readTemplate(request.params.id)
      if (found === null) throw new Refusal('not-found', 'There is no such template. GET /api/v1/templates lists them.')
      return {
        template: found.template,
        files: found.files.map(({ path, content }) => ({ path, content: content.toString('utf8') })),
      }
    },
  )

  app.post(
    '/api/v1/projects',
    {
      schema: {
        tags,
        summary: 'Create a project',
        description:
          'Empty, or from a template. Without a session this makes a guest, whose cookie comes with the answer. With an `Idempotency-Key` header a repeated request gets the same project.',
        body: ProjectCreation,
        response: { 201: Project, ...problems(400, 403, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const key = idempotencyKeyOf(request)
      const userId = await accounts.actingUser(request, reply)
      const project = await projects.createProject(userId, request.body.name, request.body.template, key)
      return reply.code(201).header('location', `/api/v1/projects/${project.id}`).send(project)
    },
  )

  app.get(
    '/api/v1/projects',
    {
      schema: {
        tags,
        summary: 'List your projects, or those that are public',
        description:
          'The one that changed last comes first, of public ones the newest. Further pages: `nextCursor`, or the `Link` header.',
        querystring: ListQuery,
        response: { 200: ProjectPage, ...problems(400, 503) },
      },
    },
    async (request, reply) => {
      const userId = await accounts.knownUser(request)
      const { list } = request.query
      const page =
        list === 'public'
          ? await projects.listPublic(userId ?? nobody, request.query)
          : userId === null
            ? { items: [], nextCursor: null }
            : await projects.listProjects(userId, request.query)
      if (page.nextCursor !== null) {
        const next = new URLSearchParams({ limit: String(request.query.limit), cursor: page.nextCursor })
        if (list === 'public') next.set('list', list)
        reply.header('link', `</api/v1/projects?${next}>; rel="next"`)
      }
      return page
    },
  )

  app.get(
    '/api/v1/projects/:id',
    { schema: { tags, summary: 'One project', params: ProjectParams, response: { 200: Project, ...problems(404, 503) } } },
    async (request) => projects.readProject(request.params.id, await readerOf(accounts, request)),
  )

  app.patch(
    '/api/v1/projects/:id',
    {
      schema: {
        tags,
        summary: 'Rename a project, or say who may see it',
        description: 'For its owner. A project that becomes private is closed to whoever was not let in within seconds.',
        params: ProjectParams,
        body: ProjectChange,
        response: { 200: Project, ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async (request) => projects.changeProject(request.params.id, await userOf(accounts, request), request.body),
  )

  app.post(
    '/api/v1/projects/:id/forks',
    {
      schema: {
        tags,
        summary: 'Fork a project',
        description:
          'A private project of yours with the files as they are now, its history not included. Without a session this makes a guest, whose cookie comes with the answer. With an `Idempotency-Key` header a repeated request gets the same fork.',
        params: ProjectParams,
        body: ForkCreation,
        response: { 201: Project, ...problems(400, 403, 404, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const key = idempotencyKeyOf(request)
      // Before a guest is made: a project that nobody sees costs nobody a session.
      await projects.readProject(id, await readerOf(accounts, request))
      const fork = await projects.forkProject(id, await accounts.actingUser(request, reply), request.body, key)
      return reply.code(201).header('location', `/api/v1/projects/${fork.id}`).send(fork)
    },
  )

  app.delete(
    '/api/v1/projects/:id',
    {
      schema: {
        tags,
        summary: 'Delete a project with all its files',
        params: ProjectParams,
        response: { 204: Nothing, ...problems(403, 404, 503) },
      },
    },
    async (request, reply) => {
      await projects.deleteProject(request.params.id, await userOf(accounts, request))
      return reply.code(204).send()
    },
  )

  registerEntryRoutes(app, options)
  registerFileRoutes(app, options)
}
