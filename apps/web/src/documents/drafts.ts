/**
 * Unsaved text, kept in this browser (IndexedDB) until the server has it: a closed tab, a dead battery or a lost network loses
 * nothing. One draft per file; the tab that made it holds a lock, so that another tab does not take over the edits of a living one.
 */
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

const databaseName = 'atelier'
const storeName = 'drafts'

export function openDrafts(): Drafts {
  const tab = thisTab()
  let opening: Promise<IDBDatabase> | undefined
  const database = (): Promise<IDBDatabase> => {
    opening ??= openDatabase()
    return opening
  }
  const write = async (change: (store: IDBObjectStore) => void): Promise<boolean> => {
    try {
      const transaction = (await database()).transaction(storeName, 'readwrite')
      change(transaction.objectStore(storeName))
      // Without waiting for the event loop: the page may be going away.
      transaction.commit()
      return await new Promise((resolve) => {
        transaction.oncomplete = () => resolve(true)
        transaction.onabort = () => resolve(false)
      })
    } catch {
      return false
    }
  }
  return {
    keep: (draft) => write((store) => store.put({ ...draft, tab }, [draft.projectId, draft.path])),
    remove: async (projectId, path) => {
      await write((store) => store.delete([projectId, path]))
    },
    async orphans(projectId) {
      try {
        const store = (await database()).transaction(storeName, 'readonly').objectStore(storeName)
        const all = await answerOf<Draft[]>(store.getAll(IDBKeyRange.bound([projectId], [projectId, []])))
        const living = await livingTabs()
        return all.filter((draft) => !living.has(draft.tab))
      } catch {
        return []
      }
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
