/**
 * Unsaved text, kept in this browser (IndexedDB) until the server has it: a closed tab, a dead battery or a lost network loses
 * nothing. One draft per file; the tab that made it holds a lock, so that another tab does not take over the edits of a living one.
 */
import { answerOf, openDeviceStore } from './device-store.ts'
import { livingTabs, thisTab } from './living-tabs.ts'

export type Draft = {
  readonly projectId: string
  readonly path: string
  readonly text: string
  /** What the edit started from. */
  readonly baseVersion: number
  readonly baseText: string
  readonly editedAt: number
  readonly tab: string
}

export type Drafts = {
  /** Resolves to false when the browser would not keep it (private mode, full disk). */
  keep(draft: Omit<Draft, 'tab'>): Promise<boolean>
  remove(projectId: string, path: string): Promise<void>
  /** The drafts of a project that no living tab holds. */
  orphans(projectId: string): Promise<readonly Draft[]>
}

export function openDrafts(): Drafts {
  const tab = thisTab()
  const { within } = openDeviceStore('atelier', 'drafts')
  return {
    keep: async (draft) =>
      (await within('readwrite', (store) => void store.put({ ...draft, tab }, [draft.projectId, draft.path]))) !== null,
    remove: async (projectId, path) => {
      await within('readwrite', (store) => void store.delete([projectId, path]))
    },
    async orphans(projectId) {
      const ofProject = IDBKeyRange.bound([projectId], [projectId, []])
      const all = await within('readonly', (store) => answerOf<Draft[]>(store.getAll(ofProject)))
      const living = await livingTabs()
      return (all ?? []).filter((draft) => !living.has(draft.tab))
    },
  }
}
