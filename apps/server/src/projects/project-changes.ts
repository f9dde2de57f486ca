/** What was committed in this process, for those who show it to others. Whoever listens can break nothing. */
import type { Log } from '@atelier/base/log'
import type { FileEntry } from '@atelier/protocol/files'
import type { Project } from '@atelier/protocol/projects'

export type ProjectChange = {
  /** In lower case. */
  readonly projectId: string
  /** Who did it. */
  readonly by: string
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  /** A folder stands for all that was in it. */
  readonly deleted: readonly string[]
  /** As they are now: new, saved, or under a new name. */
  readonly entries: readonly FileEntry[]
  /** As the project itself is now; null: that did not change. */
  readonly project: Pick<Project, 'name' | 'visibility'> | null
}

export class ProjectChanges {
  readonly #listeners = new Set<(change: ProjectChange) => void>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  listen(listener: (change: ProjectChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(projectId: string, by: string, change: Partial<Pick<ProjectChange, 'moved' | 'deleted' | 'entries' | 'project'>>): void {
    if (this.#listeners.size === 0) return
    const { moved = [], deleted = [], entries = [], project = null } = change
    const whole = { projectId: projectId.toLowerCase(), by, moved, deleted, entries, project }
    for (const listener of this.#listeners)
      try {
        listener(whole)
      } catch (error) {
        this.#log.error('a change of a project was not taken', { error })
      }
  }
}
