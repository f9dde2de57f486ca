import type { FilesStore } from './files.ts'

/** Whether a path names a file of the project now. */
export const isFileOf =
  (store: FilesStore) =>
  (path: string): boolean =>
    store.getState().entries.get(path)?.kind === 'file'
