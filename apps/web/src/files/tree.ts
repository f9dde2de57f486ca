/** The project's files as a tree: pure functions from entries to the rows that are shown. Folders first, then by name as people count. */
import type { BootEntry } from '@atelier/protocol/page-boot'

export type TreeEntry = BootEntry
export type Entries = ReadonlyMap<string, TreeEntry>

export type TreeRow = {
  readonly path: string
  readonly name: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
  /** 1 at the top, as ARIA counts. */
  readonly level: number
  readonly expanded: boolean
  /** Place among its siblings, from 1, and how many there are. */
  readonly position: number
  readonly siblings: number
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
export const joinPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)
/** Whether `path` is `folder` or lies in it; everything lies in ''. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`)
/** Where `path` stands once `from` has become `to`. */
export const afterMove = (path: string, from: string, to: string): string =>
  isWithin(path, from) && from !== '' ? to + path.slice(from.length) : path

export const entriesOf = (items: readonly TreeEntry[]): Entries => {
  const entries = new Map<string, TreeEntry>()
  for (const item of items) addWithFolders(entries, item)
  return entries
}

function addWithFolders(entries: Map<string, TreeEntry>, entry: TreeEntry): void {
  for (let folder = parentOf(entry.path); folder !== '' && !entries.has(folder); folder = parentOf(folder))
    entries.set(folder, { path: folder, kind: 'folder', sizeBytes: 0, version: 0 })
  entries.set(entry.path, entry)
}

export const withEntry = (entries: Entries, entry: TreeEntry): Entries => withEntries(entries, [entry])

/** One new map for all of them: thousands may come at once. */
export function withEntries(entries: Entries, added: readonly TreeEntry[]): Entries {
  const next = new Map(entries)
  for (const entry of added) addWithFolders(next, entry)
  return next
}

export const withoutPath = (entries: Entries, path: string): Entries =>
  new Map([...entries].filter(([each]) => !isWithin(each, path)))

export function withMove(entries: Entries, from: string, to: string): Entries {
  const next = new Map<string, TreeEntry>()
  for (const entry of entries.values()) addWithFolders(next, { ...entry, path: afterMove(entry.path, from, to) })
  return next
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

export function compareSiblings(a: TreeEntry, b: TreeEntry): number {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1
  return collator.compare(nameOf(a.path), nameOf(b.path)) || (a.path < b.path ? -1 : 1)
}

/** What lies directly in a folder, '' for the top, in the order in which it is shown. */
export type Children = (folder: string) => readonly TreeEntry[]

/** A folder is sorted when it is first asked for: most are never opened. */
export function childrenOf(entries: Entries): Children {
  const children = new Map<string, TreeEntry[]>()
  for (const entry of entries.values()) {
    const parent = parentOf(entry.path)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [entry])
    else siblings.push(entry)
  }
  const sorted = new Set<string>()
  return (folder) => {
    const siblings = children.get(folder) ?? []
    if (!sorted.has(folder)) siblings.sort(compareSiblings)
    sorted.add(folder)
    return siblings
  }
}

/** The rows on show: what lies in collapsed folders is left out. */
export function visibleRows(children: Children, expanded: ReadonlySet<string>): readonly TreeRow[] {
  const rows: TreeRow[] = []
  const visit = (folder: string, level: number): void => {
    const siblings = children(folder)
    siblings.forEach((entry, index) => {
      const isOpen = entry.kind === 'folder' && expanded.has(entry.path)
      rows.push({
        path: entry.path,
        name: nameOf(entry.path),
        kind: entry.kind,
        sizeBytes: entry.sizeBytes,
        level,
        expanded: isOpen,
        position: index + 1,
        siblings: siblings.length,
      })
      if (isOpen) visit(entry.path, level + 1)
    })
  }
  visit('', 1)
  return rows
}

/** The folders that must be open for `path` to be seen. */
export function foldersAbove(path: string): readonly string[] {
  const folders: string[] = []
  for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) folders.push(folder)
  return folders
}

/** Gives paths that nothing has, and none of them twice: "name 2.txt" beside "name.txt". `more`: paths that will be taken soon. */
export function freeNames(entries: Entries, more: readonly string[]): (path: string) => string {
  const taken = new Set([...entries.keys(), ...more].map((path) => path.toLowerCase()))
  return (path) => {
    const free = joinPath(parentOf(path), freeNameAmong(taken, parentOf(path), nameOf(path)))
    taken.add(free.toLowerCase())
    return free
  }
}

/** `name`, or "name 2", "name 3" … before the ending: the first that is not taken in the folder. */
export const freeName = (entries: Entries, folder: string, name: string): string =>
  freeNameAmong(new Set([...entries.keys()].map((path) => path.toLowerCase())), folder, name)

function freeNameAmong(taken: ReadonlySet<string>, folder: string, name: string): string {
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${stem} ${count}${ending}`
    if (!taken.has(joinPath(folder, candidate).toLowerCase())) return candidate
  }
}
