/**
 * Edits of shared documents that the server has not stored, kept in this browser (IndexedDB) until it has. They are kept in the
 * engine's own form, so bringing them back into the document never doubles them, whether or not the server had them after all.
 */
import { answerOf, openDeviceStore } from './device-store.ts'
import { canTellLiving, livingTabs, thisTab } from './living-tabs.ts'

export type KeptEdit = {
  readonly projectId: string
  readonly path: string
  readonly documentId: string
  /** What Replicas.unstored gave. */
  readonly unstored: unknown
  /** The whole text, for the case that the document is no more. */
  readonly text: string
  /** The tab that has it, and the one that made it. */
  readonly tab: string
  readonly madeBy: string
}

export type KeptEdits = {
  /** Resolves to true once the device has written them down. */
  keep(edit: Omit<KeptEdit, 'tab' | 'madeBy'>): Promise<boolean>
  /** What closed tabs have left behind of a file; it is this tab's from now on, and no other's. */
  takeOver(projectId: string, path: string): Promise<readonly KeptEdit[]>
  /** The server has everything of this document that this tab had. */
  forget(documentId: string): Promise<void>
  /** Paths of a project of which closed tabs have left something behind. */
  leftBehind(projectId: string): Promise<readonly string[]>
}

const keyOf = ({ documentId, tab, madeBy }: KeptEdit): string[] => [documentId, tab, madeBy]

export const absentKeptEdits: KeptEdits = {
  keep: async () => false,
  takeOver: async () => [],
  forget: async () => {},
  leftBehind: async () => [],
}

/** `mayRepeat`: edits that two tabs bring back are there once. Otherwise nothing is kept where it cannot be known who is alive. */
export function openKeptEdits({ mayRepeat }: { readonly mayRepeat: boolean }): KeptEdits {
  if (!mayRepeat && !canTellLiving()) return absentKeptEdits
  const tab = thisTab()
  const { within } = openDeviceStore('atelier-edits', 'edits')
  const all = (store: IDBObjectStore): Promise<KeptEdit[]> => answerOf(store.getAll() as IDBRequest<KeptEdit[]>)

  return {
    async keep(edit) {
      const kept: KeptEdit = { ...edit, tab, madeBy: tab }
      return (await within('readwrite', (store) => void store.put(kept, keyOf(kept)))) !== null
    },
    async takeOver(projectId, path) {
      const living = await livingTabs()
      const isMine = (edit: KeptEdit): boolean =>
        edit.projectId === projectId && edit.path === path && !living.has(edit.tab) && edit.tab !== tab
      const taken = await within('readwrite', async (store) => {
        const found = (await all(store)).filter(isMine)
        for (const edit of found) {
          store.delete(keyOf(edit))
          const mine = { ...edit, tab }
          store.put(mine, keyOf(mine))
        }
        return found
      })
      return taken ?? []
    },
    async forget(documentId) {
      await within('readwrite', (store) => void store.delete(IDBKeyRange.bound([documentId, tab], [documentId, tab, []])))
    },
    async leftBehind(projectId) {
      const living = await livingTabs()
      const kept = (await within('readonly', all)) ?? []
      return [...new Set(kept.filter((edit) => edit.projectId === projectId && !living.has(edit.tab)).map(({ path }) => path))]
    },
  }
}
