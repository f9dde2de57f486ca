import { Project, ProjectId } from '@atelier/protocol/projects'
import {
  Member,
  MemberChange,
  MemberList,
  ShareLinkCreated,
  ShareLinkCreation,
  ShareLinkList,
  ShareToken,
} from '@atelier/protocol/sharing'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { idempotencyKeyOf } from '../accounts/idempotency.ts'
import { type App, problems } from '../http/app.ts'
import { Nothing, ProjectParams, readerOf, userOf } from '../projects/project-requests.ts'
import type { Projects } from '../projects/projects.ts'
import { deadLink, type Sharing } from './sharing.ts'

const tags = ['sharing']
const LinkParams = z.object({ id: ProjectId, linkId: z.uuid() })
const MemberParams = z.object({ id: ProjectId, userId: z.uuid() })

export type SharingRouteOptions = {
  readonly sharing: Sharing
  readonly projects: Pick<Projects, 'readProject'>
  readonly accounts: Accounts
}

export function registerSharingRoutes(app: App, { sharing, projects, accounts }: SharingRouteOptions): void {
  app.get(
    '/api/v1/projects/:id/share-links',
    {
      schema: {
        tags,
        summary: 'The links of a project that work',
        description: 'For its owner. Without their tokens, which are stored nowhere.',
        params: ProjectParams,
        response: { 200: ShareLinkList, ...problems(403, 404, 503) },
      },
    },
    async (request) => ({ items: await sharing.listLinks(request.params.id, await userOf(accounts, request)) }),
  )

  app.post(
    '/api/v1/projects/:id/share-links',
    {
      schema: {
        tags,
        summary: 'Make a link that lets others in',
        description:
          'For the owner. The token is shown this once: a request that is repeated with its `Idempotency-Key` makes no second link, and is told that there is one.',
        params: ProjectParams,
        body: ShareLinkCreation,
        response: { 201: ShareLinkCreated, ...problems(400, 403, 404, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const key = idempotencyKeyOf(request)
      const link = await sharing.createLink(id, await userOf(accounts, request), request.body, key)
      return reply.code(201).header('location', `/api/v1/projects/${id}/share-links/${link.id}`).send(link)
    },
  )

  app.delete(
    '/api/v1/projects/:id/share-links/:linkId',
    {
      schema: {
        tags,
        summary: 'Revoke a link',
        description: 'Nobody joins with it any more; who has joined stays.',
        params: LinkParams,
        response: { 204: Nothing, ...problems(403, 404, 503) },
      },
    },
    async (request, reply) => {
      await sharing.revokeLink(request.params.id, await userOf(accounts, request), request.params.linkId)
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/share-links/:token/join',
    {
      schema: {
        tags,
        summary: 'Join a project with a link',
        description:
          'Without a session this makes a guest, whose cookie comes with the answer. A role is raised by joining, never lowered.',
        params: z.object({ token: ShareToken }),
        response: { 200: Project, ...problems(403, 404, 413, 503) },
      },
    },
    async (request, reply) => {
      const { token } = request.params
      // Before a guest is made: a dead link costs nobody a session.
      if ((await sharing.readInvitation(token)) === null) throw deadLink()
      const userId = await accounts.actingUser(request, reply)
      return projects.readProject(await sharing.join(token, userId), userId)
    },
  )

  app.get(
    '/api/v1/projects/:id/members',
    {
      schema: {
        tags,
        summary: 'Who is in a project',
        description: 'The owner first, then in the order in which they came. Who is none of them sees the owner alone.',
        params: ProjectParams,
        response: { 200: MemberList, ...problems(404, 503) },
      },
    },
    async (request) => ({ items: await sharing.listMembers(request.params.id, await readerOf(accounts, request)) }),
  )

  app.patch(
    '/api/v1/projects/:id/members/:userId',
    {
      schema: {
        tags,
        summary: 'Change what a member may do',
        description: 'For the owner. What the member has open follows within seconds.',
        params: MemberParams,
        body: MemberChange,
        response: { 200: Member, ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async (request) => {
      const { id, userId: memberId } = request.params
      return sharing.changeMember(id, await userOf(accounts, request), memberId.toLowerCase(), request.body.role)
    },
  )

  app.delete(
    '/api/v1/projects/:id/members/:userId',
    {
      schema: {
        tags,
        summary: 'Remove a member, or leave',
        description: 'The owner removes anybody but themself; a member may leave. A link that still works lets them in again.',
        params: MemberParams,
        response: { 204: Nothing, ...problems(403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id, userId: memberId } = request.params
      await sharing.removeMember(id, await userOf(accounts, request), memberId.toLowerCase())
      return reply.code(204).send()
    },
  )
}
