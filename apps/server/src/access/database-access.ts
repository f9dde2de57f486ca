import type { Log } from '@atelier/base/log'
import type { Database } from '@atelier/storage/db/database'
import type { Access, AccessChange } from './access.ts'
import { followAccessNews } from './access-news.ts'
import { RoleFollowers } from './role-followers.ts'
import { findRoles, isMember } from './role-rows.ts'

export type AccessOptions = { readonly db: Database; readonly connectionString: string; readonly log: Log }

export async function openAccess({ db, connectionString, log }: AccessOptions): Promise<Access> {
  const listeners = new Set<(change: AccessChange) => void>()
  const followers = new RoleFollowers({ findRoles: (asked) => findRoles(db, asked), log })
  const tell = (change: AccessChange): void => {
    followers.changed(change)
    for (const listener of listeners)
      try {
        listener(change)
      } catch (error) {
        log.error('a change of access was not taken', { error })
      }
  }
  const stopNews = await followAccessNews({ connectionString, log, tell })
  return {
    // An address may have the id in capitals.
    tell: ({ projectId, userId }) => tell({ projectId: projectId?.toLowerCase() ?? null, userId: userId?.toLowerCase() ?? null }),
    async roleIn(projectId, userId) {
      if (!isId(projectId)) return null
      return (await findRoles(db, [{ projectId, userId }]))[0] ?? null
    },
    isMember: async (projectId, userId) => isId(projectId) && isMember(db, projectId, userId),
    async followRole(projectId, userId, onRole) {
      if (!isId(projectId)) return { role: null, stop: () => {} }
      return followers.add({ projectId: projectId.toLowerCase(), userId }, onRole)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      await stopNews()
      await followers.close()
    },
  }
}

const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
