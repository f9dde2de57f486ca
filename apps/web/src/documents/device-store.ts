/** One store of the browser's own database (IndexedDB). Where the browser would not (private mode, full disk), nothing is kept and nothing found. */

export type DeviceStore = {
  /** Resolves, once the device has written it down, with what `work` answered; null when the browser would not. */
  within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T> | T): Promise<T | null>
}

export function openDeviceStore(databaseName: string, storeName: string): DeviceStore {
  let opening: Promise<IDBDatabase> | undefined
  return {
    async within(mode, work) {
      try {
        opening ??= openDatabase(databaseName, storeName)
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
    },
  }
}

function openDatabase(databaseName: string, storeName: string): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(storeName)
  return answerOf(request)
}

export const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
