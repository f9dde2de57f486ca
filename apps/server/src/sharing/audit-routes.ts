/** What was done in a project, for its owner; from where is told of what they did themself only. */
import { AuditPage, ProjectAuditQuery } from '@atelier/protocol/audit'
import type { Database } from '@atelier/storage/db/database'
import type { Access } from '../access/access.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { readAuditPage } from '../audit/read-audit.ts'
import { type App, problems } from '../http/app.ts'
import { ProjectParams, userOf } from '../projects/project-requests.ts'
import { noSuchProject, onlyForOwner } from '../projects/refusals.ts'

export type ProjectAuditParts = { readonly db: Database; readonly access: Pick<Access, 'roleIn'>; readonly accounts: Accounts }

export function registerProjectAuditRoutes(app: App, { db, access, accounts }: ProjectAuditParts): void {
  app.get(
    '/api/v1/projects/:id/audit',
    {
      schema: {
        tags: ['sharing'],
        summary: 'Who did what in a project, the newest first',
        description: 'For its owner. Saves are in the history of each file.',
        params: ProjectParams,
        querystring: ProjectAuditQuery,
        response: { 200: AuditPage, ...problems(400, 403, 404, 503) },
      },
    },
    async (request) => {
      const userId = await userOf(accounts, request)
      const projectId = request.params.id.toLowerCase()
      const role = await access.roleIn(projectId, userId)
      if (role === null) throw noSuchProject()
      if (role !== 'owner') throw onlyForOwner('see what was done in it')
      const { limit, cursor, ...filter } = request.query
      const page = await readAuditPage(db, { ...filter, project: projectId }, { limit, cursor })
      const items = page.items.map((line) =>
        line.userId === userId ? line : { ...line, address: null, via: null, requestId: null },
      )
      return { ...page, items }
    },
  )
}
