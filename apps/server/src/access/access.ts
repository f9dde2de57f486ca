/**
 * Who may do what in a project, and who hears when that changes. Statements on projects and files have the same rule in their
 * conditions (role-sql.ts); this face is for what is no statement: sockets, rooms, programs that run.
 */
import type { ProjectRole } from '@atelier/protocol/projects'

export type { ProjectRole } from '@atelier/protocol/projects'

/** `userId` null: anybody's role in that project. `projectId` null: news may have been missed, so look at everything again. */
export type AccessChange = { readonly projectId: string | null; readonly userId: string | null }

export type FollowedRole = { readonly role: ProjectRole | null; stop(): void }

export interface Access {
  /** null: for this user there is no such project. What is no id is null too. */
  roleIn(projectId: string, userId: string): Promise<ProjectRole | null>
  /** Let in by somebody, not by the project's visibility. */
  isMember(projectId: string, userId: string): Promise<boolean>
  /**
   * The role at this moment; afterwards `onRole` is told each other one, null when access is lost, until it is stopped. This is what keeps
   * an open socket honest: here at once, on other servers within three seconds.
   */
  followRole(projectId: string, userId: string, onRole: (role: ProjectRole | null) => void): Promise<FollowedRole>
  /** Calls back after every change, of whichever server. A change may be told twice. Returns what stops it. */
  onChange(listener: (change: AccessChange) => void): () => void
  /** Tells this process at once, when a change is committed; the database tells all the servers. */
  tell(change: AccessChange): void
  close(): Promise<void>
}

/** Whoever comes without a session. They own nothing and are in nothing, and read what everybody may read. */
export const nobody = '00000000-0000-0000-0000-000000000000'

/** Owners and editors; viewers look on. */
export const mayWrite = (role: ProjectRole): boolean => role !== 'viewer'
