import { follow, type Soon } from '@atelier/base/at-once'
import { ProjectId } from '@atelier/protocol/projects'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { nobody } from '../access/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Projects } from './projects.ts'
import { noSuchProject } from './refusals.ts'

/** What the three files of routes take and share. */
export type RouteOptions = { readonly projects: Projects; readonly accounts: Accounts }

export const ProjectParams = z.object({ id: ProjectId })
export const Nothing = z.void().describe('Done')

/** Whoever asks, to read what everybody may read: people without a session too. */
export const readerOf = (accounts: Pick<Accounts, 'knownUser'>, request: FastifyRequest): Soon<string> =>
  follow(accounts.knownUser(request), (userId) => userId ?? nobody)

/** The user of the request; without one, no project can be theirs. */
export const userOf = (accounts: Accounts, request: FastifyRequest): Soon<string> =>
  follow(accounts.knownUser(request), (userId) => {
    if (userId === null) throw noSuchProject()
    return userId
  })
