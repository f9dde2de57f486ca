/**
 * Exports: a project that goes to another place by itself, so that people's work is never only here. Every few minutes what has changed is
 * committed, in the name of whoever set it up, and pushed to another server, or written into a folder of this one
 * (export-folder.ts). What fails is told to those in the project, and tried again after growing pauses.
 */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { GitExportSetting, GitExportState } from '@atelier/protocol/git'
import type { Database } from '@atelier/storage/db/database'
import { recordAudit } from '../audit/audit.ts'
import type { Projects } from '../projects/projects.ts'
import { onlyForOwner } from '../projects/refusals.ts'
import { writeExportFolder } from './export-folder.ts'
import { type DueExport, deleteExport, findExport, leaseDueExports, noteExport, putExport } from './export-rows.ts'
import type { Git } from './git.ts'
import { parseRemote, type RemotePolicy } from './remote-address.ts'

export type ExportOptions = {
  readonly db: Database
  readonly git: Git
  readonly projects: Projects
  readonly remotes: RemotePolicy
  /** Where exports into folders go; null: there are none. */
  readonly folder: string | null
  readonly log: Log
}

type Place = { readonly projectId: string; readonly userId: string }

/** Exports of one look at what is due; one after another. */
const atALook = 10
const lookEveryMs = 30_000
const pauseMost = 24 * 60

export type Exports = {
  readonly hasFolder: boolean
  /** null: there is none. */
  read(place: Place): Promise<GitExportState | null>
  /** For the owner. */
  set(place: Place, setting: GitExportSetting): Promise<GitExportState>
  remove(place: Place): Promise<void>
  /** Makes those that are due; resolves with how many. */
  exportDue(): Promise<number>
  /** Looks again and again; answers with what stops it, within one export. */
  start(): () => Promise<void>
}

export function createExports({ db, git, projects, remotes, folder, log }: ExportOptions): Exports {
  async function checkOwner({ projectId, userId }: Place): Promise<void> {
    const { role } = await projects.readProject(projectId, userId)
    if (role !== 'owner') throw onlyForOwner('say where it is exported')
  }

  async function exportOne(due: DueExport): Promise<void> {
    const place = { projectId: due.project, userId: due.setBy }
    await commitChanges(git, place)
    if (due.target === 'remote') {
      await git.push(place, { url: due.url, branch: due.branch, isExport: true })
      return
    }
    if (folder === null) throw noFolder()
    await writeExportFolder(folder, due.project, await git.readAll(place), await projects.readAllFiles(due.project, due.setBy))
  }

  let isStopped = false
  const exports: Exports = {
    hasFolder: folder !== null,
    async read({ projectId, userId }) {
      await projects.readProject(projectId, userId)
      return findExport(db.as(userId), projectId)
    },
    async set(place, setting) {
      await checkOwner(place)
      if (setting.target === 'folder' && folder === null) throw noFolder()
      const url = setting.target === 'remote' ? parseRemote(setting.url ?? '', remotes).url : null
      const branch = setting.target === 'remote' ? (setting.branch ?? null) : null
      const { target, everyMinutes } = setting
      const { projectId, userId } = place
      return db.as(userId).transaction(async (queries) => {
        const put = await putExport(queries, { project: projectId, setBy: userId, target, url, branch, everyMinutes })
        await recordAudit(queries, {
          action: 'git.export',
          userId,
          projectId,
          object: url,
          details: { target, branch, everyMinutes },
        })
        return put
      })
    },
    async remove(place) {
      await checkOwner(place)
      await db.as(place.userId).transaction(async (queries) => {
        if (!(await deleteExport(queries, place.projectId))) throw new Refusal('not-found', 'This project is not exported.')
        await recordAudit(queries, { action: 'git.stop-export', userId: place.userId, projectId: place.projectId })
      })
    },
    async exportDue() {
      const due = await leaseDueExports(db, atALook)
      for (const each of due) {
        if (isStopped) break
        try {
          await exportOne(each)
          await noteExport(db, each.project, null, each.everyMinutes)
        } catch (error) {
          const said = error instanceof Refusal ? error.message : 'The server could not do it. Tell the person who hosts.'
          const pauseMinutes = Math.min(pauseMost, each.everyMinutes * 2 ** Math.min(10, each.failures + 1))
          log.warn('project not exported', { project: each.project, target: each.target, pauseMinutes, error })
          await noteExport(db, each.project, said.slice(0, 1000), pauseMinutes)
        }
      }
      return due.length
    },
    start() {
      let working: Promise<unknown> | null = null
      const timer = setInterval(() => {
        working ??= exports
          .exportDue()
          .catch((error: unknown) => log.warn('exports not looked for', { error }))
          .finally(() => {
            working = null
          })
      }, lookEveryMs).unref()
      return async () => {
        isStopped = true
        clearInterval(timer)
        await working
      }
    },
  }
  return exports
}

async function commitChanges(git: Git, place: Place): Promise<void> {
  try {
    await git.commit(place, 'Changes, committed by the export', null)
  } catch (error) {
    // The code is also that of a repository in another state; then the push says so.
    if (!(error instanceof Refusal) || error.code !== 'git-conflict') throw error
  }
}

const noFolder = (): Refusal =>
  new Refusal(
    'git-unavailable',
    'This server has no folder for exports. Ask the person who hosts to name one in ATELIER_EXPORT_FOLDER, or export to another git server.',
  )
