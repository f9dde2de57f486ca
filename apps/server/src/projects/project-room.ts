/** What still fits: files into a project and its owner's tier, projects and forks into the tier of whoever makes them. */
import { Refusal } from '@atelier/protocol/errors'
import { fileLimits } from '@atelier/protocol/files'
import type { Database } from '@atelier/storage/db/database'
import type { Quotas } from '../quotas/quotas.ts'
import type { Room } from '../quotas/storage-use.ts'
import { readUsage, type Usage } from './project-rows.ts'
import { projectFull } from './refusals.ts'
import { checkWriter } from './take-project.ts'

/** Projects of one user. */
const projectsPerUser = 10_000

/** What each user's tier allows. */
export type TierQuotas = Pick<Quotas, 'tierOf' | 'storage'>

export type ProjectRoom = ReturnType<typeof createProjectRoom>

/** Without quotas everybody may what a project may. */
export function createProjectRoom(db: Database, quotas: TierQuotas | undefined) {
  return {
    /** In the project itself. Refuses whoever may not write there. */
    async checkProject(projectId: string, userId: string, bytes: number): Promise<void> {
      const usage = checkWriter(await readUsage(db.as(userId), projectId, userId))
      if (usage.bytes + bytes > fileLimits.projectBytes) throw projectFull()
    },

    /** Of the project's owner, whoever saves. Who may not write there learns only that. */
    async take(projectId: string, userId: string, path: string, bytes: number, entries = 1): Promise<Room | undefined> {
      const taken = await quotas?.storage.take(projectId.toLowerCase(), { path, bytes, entries })
      if (!(taken instanceof Refusal)) return taken
      checkWriter(await readUsage(db.as(userId), projectId, userId))
      throw taken
    },

    /** How many projects the user may have, and by which tier; null: by none. */
    async mostProjects(userId: string): Promise<{ readonly most: number; readonly tier: string | null }> {
      const tier = quotas === undefined ? null : await quotas.tierOf(userId)
      return { most: Math.min(tier?.projects ?? projectsPerUser, projectsPerUser), tier: tier?.name ?? null }
    },

    /** For a new project of `userId` that begins with files. */
    async takeForNew(userId: string, added: Usage): Promise<Room | undefined> {
      const taken = await quotas?.storage.takeForNew(userId, added)
      if (taken instanceof Refusal) throw taken
      return taken
    },

    /** For all files of a project once more, among those of `userId`. `readerId`: who can see it. */
    async takeForFork(projectId: string, readerId: string, userId: string): Promise<Room | undefined> {
      if (quotas === undefined) return
      const origin = await readUsage(db.as(readerId), projectId, readerId)
      return origin === null ? undefined : this.takeForNew(userId, origin)
    },
  }
}
