/** Who wants to hear of their role. After a change the roles that it may concern are read again, many with one statement. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '@atelier/base/log'
import type { ProjectRole } from '@atelier/protocol/projects'
import type { AccessChange } from './access.ts'
import type { Asked } from './role-rows.ts'

const rolesPerStatement = 500
const retryMs = 500

type Follower = Asked & {
  /** undefined: being read for the first time. */
  role: ProjectRole | null | undefined
  /** Something changed meanwhile. */
  isLate: boolean
  readonly onRole: (role: ProjectRole | null) => void
}

export type RoleFollowersOptions = {
  readonly findRoles: (asked: readonly Asked[]) => Promise<readonly (ProjectRole | null)[]>
  readonly log: Log
}

export class RoleFollowers {
  readonly #options: RoleFollowersOptions
  readonly #byProject = new Map<string, Set<Follower>>()
  /** At most the followers there are. */
  readonly #due = new Set<Follower>()
  readonly #closing = new AbortController()
  #reading: Promise<void> | null = null

  constructor(options: RoleFollowersOptions) {
    this.#options = options
  }

  /** Begins before the first role is read, so that no change falls in between. */
  async add(asked: Asked, onRole: (role: ProjectRole | null) => void): Promise<{ role: ProjectRole | null; stop(): void }> {
    const follower: Follower = { ...asked, role: undefined, isLate: false, onRole }
    const all = this.#byProject.get(asked.projectId) ?? new Set()
    this.#byProject.set(asked.projectId, all.add(follower))
    const stop = (): void => this.#remove(follower)
    try {
      const [role = null] = await this.#options.findRoles([asked])
      follower.role = role
      if (follower.isLate && this.#isThere(follower)) this.#readSoon(follower)
      return { role, stop }
    } catch (error) {
      stop()
      throw error
    }
  }

  changed({ projectId, userId }: AccessChange): void {
    const concerned = projectId === null ? [...this.#byProject.values()] : [this.#byProject.get(projectId) ?? new Set<Follower>()]
    for (const followers of concerned)
      for (const follower of followers) if (userId === null || follower.userId === userId) this.#readSoon(follower)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#reading
  }

  #readSoon(follower: Follower): void {
    if (follower.role === undefined) follower.isLate = true
    else this.#due.add(follower)
    if (this.#due.size > 0) this.#reading ??= this.#readDue()
  }

  async #readDue(): Promise<void> {
    const { signal } = this.#closing
    // Whoever changed many roles at once tells them in one turn.
    await Promise.resolve()
    while (this.#due.size > 0 && !signal.aborted) {
      const some = [...this.#due].slice(0, rolesPerStatement)
      for (const follower of some) this.#due.delete(follower)
      try {
        const roles = await this.#options.findRoles(some)
        for (const [index, follower] of some.entries()) this.#tell(follower, roles[index] ?? null)
      } catch (error) {
        this.#options.log.warn('roles not read', { followers: some.length, error })
        for (const follower of some) if (this.#isThere(follower)) this.#due.add(follower)
        await wait(retryMs, undefined, { signal, ref: false }).catch(() => {})
      }
    }
    this.#reading = null
  }

  #tell(follower: Follower, role: ProjectRole | null): void {
    if (follower.role === role || !this.#isThere(follower)) return
    follower.role = role
    try {
      follower.onRole(role)
    } catch (error) {
      this.#options.log.error('a change of role was not taken', { error })
    }
  }

  #isThere = (follower: Follower): boolean => this.#byProject.get(follower.projectId)?.has(follower) ?? false

  #remove(follower: Follower): void {
    this.#due.delete(follower)
    const all = this.#byProject.get(follower.projectId)
    all?.delete(follower)
    if (all?.size === 0) this.#byProject.delete(follower.projectId)
  }
}
