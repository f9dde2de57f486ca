/** The project's files as the page knows them: the tree, which folders are open, what is selected, and what is being named. */
import type { PageBoot } from '@atelier/protocol/page-boot'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { remember, remembered } from '../layout/remembered.ts'
import { afterMove, type Entries, entriesOf, foldersAbove, isWithin, type TreeEntry } from './tree.ts'

/** The row with a text field: a new thing in `folder`, or the new name of `path`. */
export type Naming =
  | { readonly kind: 'new-file' | 'new-folder'; readonly folder: string }
  | { readonly kind: 'rename'; readonly folder: string; readonly path: string }

export type FilesState = {
  readonly entries: Entries
  readonly expanded: ReadonlySet<string>
  /** The row that keys act on. */
  readonly selected: string | null
  readonly naming: Naming | null
}

export type FilesStore = StoreApi<FilesState>

const expandedKey = (projectId: string): string => `atelier.expanded.${projectId}`
const mostRemembered = 500

export function createFilesStore(boot: PageBoot): FilesStore {
  const shown = boot.file?.path ?? null
  return createStore<FilesState>(() => ({
    entries: entriesOf(boot.tree),
    expanded: new Set(shown === null ? [] : foldersAbove(shown)),
    selected: shown,
    naming: null,
  }))
}

/** In the browser, after the first render: folders as they were left. */
export function restoreExpanded(store: FilesStore, projectId: string): void {
  const folders = remembered(expandedKey(projectId), (value): value is string[] => Array.isArray(value))
  if (folders !== null) store.setState(({ expanded }) => ({ expanded: new Set([...expanded, ...folders]) }))
  store.subscribe(({ expanded }, before) => {
    if (expanded !== before.expanded) remember(expandedKey(projectId), [...expanded].slice(0, mostRemembered))
  })
}

export function setExpanded(store: FilesStore, path: string, isOpen: boolean): void {
  store.setState(({ expanded }) => {
    const next = new Set(expanded)
    if (isOpen) next.add(path)
    else next.delete(path)
    return { expanded: next }
  })
}

/** Selects a row and opens the folders around it. */
export function selectPath(store: FilesStore, path: string | null): void {
  store.setState(({ expanded }) => ({
    selected: path,
    ...(path === null ? {} : { expanded: new Set([...expanded, ...foldersAbove(path)]) }),
  }))
}

export function setEntries(store: FilesStore, change: (entries: Entries) => Entries): void {
  store.setState(({ entries }) => ({ entries: change(entries) }))
}

/** Selection and open folders follow what was moved. */
export function followMove(store: FilesStore, from: string, to: string): void {
  store.setState(({ expanded, selected }) => ({
    expanded: new Set([...expanded].map((path) => afterMove(path, from, to))),
    selected: selected === null ? null : afterMove(selected, from, to),
  }))
}

export const within = (entries: Entries, path: string): readonly TreeEntry[] =>
  [...entries.values()].filter((entry) => isWithin(entry.path, path))
