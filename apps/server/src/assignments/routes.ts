import {
  Assignment,
  AssignmentChange,
  AssignmentCreation,
  AssignmentId,
  AssignmentList,
  AssignmentOverview,
  AssignmentToken,
  AssignmentWithLink,
  StudentEntrance,
} from '@atelier/protocol/assignments'
import { Project } from '@atelier/protocol/projects'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { type App, problems } from '../http/app.ts'
import { Nothing, ProjectParams, userOf } from '../projects/project-requests.ts'
import type { Projects } from '../projects/projects.ts'
import { type Assignments, deadAssignmentLink, noSuchAssignment } from './assignments.ts'
import type { Overviews } from './overviews.ts'

const tags = ['assignments']
const Params = z.object({ id: AssignmentId })

export type AssignmentRouteOptions = {
  readonly assignments: Assignments
  readonly overviews: Pick<Overviews, 'read'>
  readonly projects: Pick<Projects, 'readProject'>
  readonly accounts: Accounts
}

export function registerAssignmentRoutes(app: App, { assignments, overviews, projects, accounts }: AssignmentRouteOptions): void {
  /** Without a session no assignment is theirs. */
  async function teacherOf(request: FastifyRequest): Promise<string> {
    const userId = await accounts.knownUser(request)
    if (userId === null) throw noSuchAssignment()
    return userId
  }

  app.get(
    '/api/v1/projects/:id/assignments',
    {
      schema: {
        tags,
        summary: 'The assignments of a project',
        description: 'For its owner. Without the tokens of their links, which are stored nowhere.',
        params: ProjectParams,
        response: { 200: AssignmentList, ...problems(403, 404, 503) },
      },
    },
    async (request) => ({ items: await assignments.list(request.params.id, await userOf(accounts, request)) }),
  )

  app.post(
    '/api/v1/projects/:id/assignments',
    {
      schema: {
        tags,
        summary: 'Hand a project out to a class',
        description: 'For its owner. Whoever opens the link gets a fork of their own. The token is shown this once.',
        params: ProjectParams,
        body: AssignmentCreation,
        response: { 201: AssignmentWithLink, ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const made = await assignments.create(request.params.id, await userOf(accounts, request), request.body)
      return reply.code(201).header('location', `/api/v1/assignments/${made.id}`).send(made)
    },
  )

  app.get(
    '/api/v1/assignments/:id',
    { schema: { tags, summary: 'One assignment', params: Params, response: { 200: Assignment, ...problems(404, 503) } } },
    async (request) => assignments.read(request.params.id, await teacherOf(request)),
  )

  app.patch(
    '/api/v1/assignments/:id',
    {
      schema: {
        tags,
        summary: 'Close an assignment, open it again, rename it, or change what the teacher may do',
        params: Params,
        body: AssignmentChange,
        response: { 200: Assignment, ...problems(400, 404, 413, 415, 503) },
      },
    },
    async (request) => assignments.change(request.params.id, await teacherOf(request), request.body),
  )

  app.delete(
    '/api/v1/assignments/:id',
    {
      schema: {
        tags,
        summary: 'End an assignment',
        description: 'The forks stay with their students, and the teacher sees them no longer.',
        params: Params,
        response: { 204: Nothing, ...problems(404, 503) },
      },
    },
    async (request, reply) => {
      await assignments.end(request.params.id, await teacherOf(request))
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/assignments/:id/link',
    {
      schema: {
        tags,
        summary: 'A new link, which takes the place of the one before',
        description: 'The token is shown this once.',
        params: Params,
        response: { 200: AssignmentWithLink, ...problems(404, 413, 503) },
      },
    },
    async (request) => assignments.renewLink(request.params.id, await teacherOf(request)),
  )

  app.delete(
    '/api/v1/assignments/:id/link',
    {
      schema: {
        tags,
        summary: 'Revoke the link',
        description: 'Nobody comes in with it any more; students find their forks among their projects.',
        params: Params,
        response: { 204: Nothing, ...problems(404, 503) },
      },
    },
    async (request, reply) => {
      await assignments.revokeLink(request.params.id, await teacherOf(request))
      return reply.code(204).send()
    },
  )

  app.get(
    '/api/v1/assignments/:id/overview',
    {
      schema: {
        tags,
        summary: 'What the students of an assignment do just now',
        description: 'The channel `assignment:<id>` of the socket tells the same, and each change of it.',
        params: Params,
        response: { 200: AssignmentOverview, ...problems(404, 503) },
      },
    },
    async (request) => overviews.read(request.params.id, await teacherOf(request)),
  )

  app.post(
    '/api/v1/assignment-links/:token/join',
    {
      schema: {
        tags,
        summary: 'Join an assignment as a student',
        description:
          'Answers with the fork of the student, the same each time. Without a session this makes a guest, whose cookie comes with the answer.',
        params: z.object({ token: AssignmentToken }),
        body: StudentEntrance,
        response: { 200: Project, ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { token } = request.params
      // Before a guest is made: a dead link costs nobody a session.
      if ((await assignments.readInvitation(token, null)) === null) throw deadAssignmentLink()
      const userId = await accounts.actingUser(request, reply)
      const fork = await assignments.join(token, userId, request.body.name)
      // What a guest is called until now, nobody chose.
      if ((await accounts.describe(userId))?.kind === 'guest') await accounts.rename(userId, request.body.name)
      return projects.readProject(fork, userId)
    },
  )
}
