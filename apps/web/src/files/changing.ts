/** Changes to the tree: each asks the server first and shows the result, or says why not. */
import { messageOf } from '../connection/api.ts'
import type { Editing } from '../documents/editing.ts'
import type { Dialogs } from '../layout/dialogs.ts'
import type { Notices } from '../layout/notices.ts'
import type { Brought } from './dropped-files.ts'
import type { FileRequests } from './file-requests.ts'
import { type FilesStore, followMove, selectPath, setEntries, within } from './files.ts'
import {
  entriesOf,
  freeName,
  isWithin,
  joinPath,
  nameOf,
  parentOf,
  type TreeEntry,
  withEntry,
  withMove,
  withoutPath,
} from './tree.ts'

export type FileChanges = {
  refresh(): Promise<void>
  createFile(path: string): Promise<void>
  createFolder(path: string): Promise<void>
  move(from: string, to: string): Promise<boolean>
  duplicate(path: string): Promise<void>
  remove(path: string): Promise<void>
  upload(brought: Brought | Promise<Brought>, folder: string): Promise<void>
}

/** What a deletion can be undone for, without asking before. */
const undoBytes = 8 * 1024 * 1024
const undoFiles = 60

export type ChangingOptions = {
  readonly store: FilesStore
  readonly requests: FileRequests
  readonly editing: Editing
  readonly dialogs: Dialogs
  readonly notices: Notices
  /** Why this person may not change anything, as a sentence; null: they may. */
  readonly whyNot: () => string | null
}

export function createFileChanges({ store, requests, editing, dialogs, notices, whyNot }: ChangingOptions): FileChanges {
  const isForbidden = (): boolean => {
    const reason = whyNot()
    if (reason !== null) notices.info(reason)
    return reason !== null
  }
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      notices.error(messageOf(error))
      return false
    }
  }
  const refresh = async (): Promise<void> => {
    const items = await requests.tree()
    setEntries(store, () => entriesOf(items))
    await editing.refresh(store.getState().entries)
  }
  const putBack = async (
    entries: readonly TreeEntry[],
    contents: ReadonlyMap<string, ArrayBuffer>,
    root: string,
  ): Promise<void> => {
    await attempt(async () => {
      for (const entry of entries) if (entry.kind === 'folder') await requests.createFolder(entry.path).catch(() => {})
      for (const [path, bytes] of contents) await requests.create(path, bytes)
      await refresh()
      selectPath(store, root)
    })
  }

  return {
    refresh,
    createFile: async (path) => {
      if (isForbidden()) return
      const made = await attempt(async () => {
        const entry = await requests.create(path, '')
        setEntries(store, (entries) => withEntry(entries, entry))
        selectPath(store, path)
      })
      if (made) await editing.open(path)
    },
    createFolder: async (path) => {
      if (isForbidden()) return
      await attempt(async () => {
        await requests.createFolder(path)
        setEntries(store, (entries) => withEntry(entries, { path, kind: 'folder', sizeBytes: 0, version: 0 }))
        selectPath(store, path)
        store.setState(({ expanded }) => ({ expanded: new Set([...expanded, path]) }))
      })
    },
    async move(from, to) {
      if (from === to) return true
      if (isForbidden()) return false
      if (isWithin(to, from)) {
        notices.error('A folder cannot be moved into itself.')
        return false
      }
      // A save that is on its way would make the file again under its old name.
      if (!(await editing.saveAll())) {
        notices.error('There are changes that are not saved yet. Save them first, then move.')
        return false
      }
      return attempt(async () => {
        await requests.move(from, to)
        setEntries(store, (entries) => withMove(entries, from, to))
        followMove(store, from, to)
        editing.renamed(from, to)
      })
    },
    duplicate: async (path) => {
      if (isForbidden()) return
      await attempt(async () => {
        const folder = parentOf(path)
        const copy = joinPath(folder, freeName(store.getState().entries, folder, nameOf(path)))
        const entry = await requests.create(copy, await requests.read(path))
        setEntries(store, (entries) => withEntry(entries, entry))
        selectPath(store, copy)
      })
    },
    remove: async (path) => {
      if (isForbidden()) return
      const entries = within(store.getState().entries, path)
      const files = entries.filter((entry) => entry.kind === 'file')
      const size = files.reduce((sum, entry) => sum + entry.sizeBytes, 0)
      const undoable = files.length <= undoFiles && size <= undoBytes
      if (!undoable) {
        const answer = await dialogs.ask({
          title: `Delete “${nameOf(path)}”?`,
          detail: `${files.length} ${files.length === 1 ? 'file is' : 'files are'} too much for one click on Undo. They can be brought back from “Deleted files”.`,
          confirm: 'Delete',
          danger: true,
        })
        if (answer !== 'confirm') return
      }
      await attempt(async () => {
        await editing.saveAll()
        const contents = new Map<string, ArrayBuffer>()
        if (undoable) for (const file of files) contents.set(file.path, await requests.read(file.path))
        await requests.remove(path)
        setEntries(store, (all) => withoutPath(all, path))
        editing.deleted(path, null)
        if (store.getState().selected !== null && isWithin(store.getState().selected ?? '', path))
          selectPath(store, parentOf(path) || null)
        if (undoable) notices.undoable(`Deleted “${nameOf(path)}”.`, () => void putBack(entries, contents, path))
      })
    },
    upload: async (brought, folder) => {
      if (isForbidden()) return
      await attempt(async () => {
        const [found, { uploadAll }] = await Promise.all([brought, import('./upload.ts')])
        await uploadAll({ brought: found, folder, store, requests, dialogs, notices })
        await refresh()
      })
    },
  }
}
