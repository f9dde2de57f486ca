/**
 * Edits of shared documents that the server has not stored, kept in this browser (IndexedDB) until it has. They are kept in the
 * engine's own form, so bringing them back into the document never doubles them, whether or not the server had them after all.
 */
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

const databaseName = 'atelier-edits'
const storeName = 'edits'
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
  let opening: Promise<IDBDatabase> | undefined

  /** Null when the browser would not (private mode, full disk). */
  const within = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T> | T): Promise<T | null> => {
    try {
      opening ??= openDatabase()
      const transaction = (await opening).transaction(storeName, mode)
      const isDone = new Promise<boolean>((resolve) => {
        transaction.oncomplete = () => resolve(true)
        transaction.onabort = () => resolve(false)
      })
      const result = await work(transaction.objectStore(storeName))
      // Without waiting for the event loop: the page may be going away.
      transaction.commit()
      return (await isDone) ? result : null
    } catch {
      return null
    }
  }
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

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(storeName)
  return answerOf(request)
}

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
