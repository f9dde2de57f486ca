/** What both files of routes share. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { userOf } from '../projects/project-requests.ts'
import type { Place } from './desk.ts'
import type { Exports } from './exports.ts'
import type { Git } from './git.ts'

export type GitRouteOptions = { readonly git: Git; readonly exports: Exports; readonly accounts: Accounts }

export const tags = ['git']
export const at = '/api/v1/projects/:id/git'

/** What every operation of git may be refused with. */
export const usual = [400, 403, 404, 409, 413, 424, 503] as const

export const Bytes = (description: string) => ({
  description,
  content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
})

export const placesBy =
  (accounts: Accounts) =>
  async (request: FastifyRequest & { params: { id: string } }): Promise<Place> => ({
    projectId: request.params.id,
    userId: await userOf(accounts, request),
  })
