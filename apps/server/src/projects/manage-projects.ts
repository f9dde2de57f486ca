/** Projects as a whole: made, listed, renamed, shown, forked, deleted. */
import { Refusal } from '@atelier/protocol/errors'
import type { ForkCreation, Project, ProjectPage } from '@atelier/protocol/projects'
import type { Database } from '@atelier/storage/db/database'
import type { AccessChange } from '../access/access.ts'
import { once } from '../accounts/idempotency.ts'
import { recordAudit } from '../audit/audit.ts'
import { cursorAfter, parseCursor } from '../http/page-cursor.ts'
import { tooManyProjects } from '../quotas/storage-use.ts'
import { beginFork, copyProject, readFork } from './fork-rows.ts'
import { addEntries } from './place-file.ts'
import type { ProjectChanges } from './project-changes.ts'
import type { ProjectRoom } from './project-room.ts'
import {
  changeProject,
  deleteProject,
  findProject,
  insertProject,
  listProjects,
  listPublicProjects,
  type Usage,
} from './project-rows.ts'
import type { Projects } from './projects.ts'
import { noSuchProject, onlyForOwner, refuse } from './refusals.ts'
import type { LoadedTemplate } from './templates.ts'

type WholeProjects = Pick<
  Projects,
  | 'createProject'
  | 'listProjects'
  | 'listPublic'
  | 'readProject'
  | 'changeProject'
  | 'takeRoomForFork'
  | 'forkProject'
  | 'deleteProject'
>

export function manageProjects({
  db,
  room,
  changes,
  templates,
  tellAccess,
}: {
  readonly db: Database
  readonly room: ProjectRoom
  readonly changes: ProjectChanges
  readonly templates: readonly LoadedTemplate[]
  readonly tellAccess: (change: AccessChange) => void
}): WholeProjects {
  /** The statement found nothing of this owner's: is it somebody else's, or nobody's? */
  async function refuseToOthers(projectId: string, userId: string, what: string): Promise<never> {
    throw (await findProject(db.as(userId), projectId, userId)) === null ? noSuchProject() : onlyForOwner(what)
  }

  async function create(id: string, userId: string, name: string, template: string | undefined): Promise<Project> {
    const chosen = template === undefined ? undefined : templates.find((each) => each.template.id === template)
    if (template !== undefined && chosen === undefined) throw unknownTemplate(template, templates)
    const { most, tier } = await room.mostProjects(userId)
    const taken = chosen === undefined ? undefined : await room.takeForNew(userId, sizeOf(chosen))
    const made = db.as(userId).transaction(async (queries) => {
      const project = await insertProject(queries, { id, owner: userId, name }, most)
      if (project === null) throw tooManyProjects(most, tier)
      if (chosen !== undefined) await addEntries(queries, id, { bytes: 0, entries: 0 }, chosen.entries)
      await recordAudit(queries, {
        action: 'project.create',
        userId,
        projectId: id,
        details: { name, template: template ?? null },
      })
      return project
    })
    return made.finally(() => taken?.release())
  }

  async function fork(id: string, projectId: string, userId: string, { name }: ForkCreation): Promise<Project> {
    const { most, tier } = await room.mostProjects(userId)
    const taken = await room.takeForFork(projectId, userId, userId)
    const made = db.transaction(async (queries) => {
      await beginFork(queries)
      const wanted = { id, origin: projectId, owner: userId, reader: userId, name: name ?? null }
      if (!(await copyProject(queries, wanted, most))) return null
      await recordAudit(queries, { action: 'project.fork', userId, projectId: id, object: projectId })
      return readFork(queries, id, userId)
    })
    const fork = await made.finally(() => taken?.release())
    if (fork !== null) return fork
    throw (await findProject(db.as(userId), projectId, userId)) === null ? noSuchProject() : tooManyProjects(most, tier)
  }

  const read = async (projectId: string, userId: string): Promise<Project> =>
    (await findProject(db.as(userId), projectId, userId)) ?? refuse(noSuchProject())

  return {
    createProject: (userId, name, template, key = null) =>
      once(
        db,
        { userId, key, request: ['POST projects', name, template] },
        { make: (id) => create(id, userId, name, template), again: (id) => read(id, userId) },
      ),
    async listProjects(userId, { limit, cursor }) {
      const found = await listProjects(db.as(userId), userId, limit + 1, cursor === undefined ? null : parseCursor(cursor))
      return pageOf(found, limit)
    },
    async listPublic(userId, { limit, cursor }) {
      const found = await listPublicProjects(
        db.as(userId),
        userId,
        limit + 1,
        cursor === undefined ? null : parseCursor(cursor).id,
      )
      return pageOf(found, limit)
    },
    readProject: read,
    async changeProject(projectId, userId, wanted) {
      const what = wanted.visibility === undefined ? 'rename it' : 'say who may see it'
      const changed = await db.as(userId).transaction(async (queries) => {
        const done = await changeProject(queries, projectId, userId, wanted)
        const action = wanted.visibility === undefined ? 'project.rename' : 'project.visibility'
        if (done !== null) await recordAudit(queries, { action, userId, projectId, details: { ...wanted } })
        return done
      })
      const project = changed ?? (await refuseToOthers(projectId, userId, what))
      if (wanted.visibility !== undefined) tellAccess({ projectId, userId: null })
      changes.tell(projectId, userId, { project: { name: project.name, visibility: project.visibility } })
      return project
    },
    async takeRoomForFork(projectId, readerId, userId) {
      const { most } = await room.mostProjects(userId)
      return { most, room: await room.takeForFork(projectId, readerId, userId) }
    },
    forkProject: (projectId, userId, wanted = {}, key = null) =>
      once(
        db,
        { userId, key, request: ['POST forks', projectId.toLowerCase(), wanted] },
        { make: (id) => fork(id, projectId, userId, wanted), again: (id) => read(id, userId) },
      ),
    async deleteProject(projectId, userId) {
      const gone = await db.as(userId).transaction(async (queries) => {
        const deleted = await deleteProject(queries, projectId, userId)
        if (deleted) await recordAudit(queries, { action: 'project.delete', userId, projectId })
        return deleted
      })
      if (!gone) await refuseToOthers(projectId, userId, 'delete it')
      tellAccess({ projectId, userId: null })
    },
  }
}

const sizeOf = ({ entries }: LoadedTemplate): Usage => ({
  bytes: entries.reduce((sum, { content }) => sum + (content?.sizeBytes ?? 0), 0),
  entries: entries.length,
})

/** One more than asked for has been looked up: whether there is a next page. */
function pageOf(found: readonly Project[], limit: number): ProjectPage {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    nextCursor: found.length > limit && last !== undefined ? cursorAfter({ at: last.updatedAt, id: last.id }) : null,
  }
}

const unknownTemplate = (id: string, templates: readonly LoadedTemplate[]): Refusal =>
  new Refusal(
    'invalid-request',
    `There is no template "${id}". There is ${templates.map((each) => each.template.id).join(', ')}.`,
    {
      errors: [{ pointer: '/template', detail: 'is not known' }],
    },
  )
