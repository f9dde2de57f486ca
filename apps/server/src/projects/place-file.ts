/**
 * The careful way to write a file: one transaction that holds the project and looks at everything. It creates files and the
 * folders on the way, and finds the reason when the fast way (save-files.ts) did not save.
 */
import { type FileEntry, fileLimits } from '@atelier/protocol/files'
import type { Database, Queries } from '@atelier/storage/db/database'
import type { Content } from './content.ts'
import { insertEntries, type NewEntry, updateFile } from './entry-rows.ts'
import { entriesAt } from './file-rows.ts'
import { checkPrecondition, type Precondition } from './precondition.ts'
import { changeUsage, type Usage } from './project-rows.ts'
import { fileIsNoFolder, nameIsTaken, projectFull, tooManyEntries } from './refusals.ts'
import { takeProject } from './take-project.ts'

export type Save = {
  readonly projectId: string
  readonly userId: string
  readonly path: string
  readonly precondition: Precondition
  readonly content: Content
}

export type Saved = { readonly entry: FileEntry; readonly isNew: boolean }
/** `made`: all entries that there were not before, folders on the way included. */
export type Placed = Saved & { readonly made: readonly FileEntry[] }

/** @throws Refusal not-found, forbidden, already-exists, version-mismatch, too-large */
export function placeFile(db: Database, save: Save): Promise<Placed> {
  return db.transaction(async (queries) => {
    const { projectId, path, content } = save
    const usage = await takeProject(queries, projectId, save.userId)
    const found = await entriesAt(queries, projectId, [path, ...foldersAbove(path)])
    const existing = found.get(path)
    if (existing?.kind === 'folder') throw nameIsTaken(path, 'folder')
    const folders = missingFolders(path, found)
    checkPrecondition(save.precondition, path, existing?.version ?? 0)
    if (existing !== undefined) {
      const bytes = content.sizeBytes - existing.sizeBytes
      checkRoom(usage, { bytes, entries: 0 })
      const entry = await updateFile(queries, projectId, save.userId, path, content)
      await changeUsage(queries, projectId, { bytes, entries: 0 })
      return { entry, isNew: false, made: [] }
    }
    const made = await addEntries(queries, projectId, usage, [...folders, { path, content }], save.userId)
    return { entry: entryAt(made, path), isNew: true, made }
  })
}

/** "a/b/c.txt" → "a", "a/b". */
export function foldersAbove(path: string): string[] {
  const folders: string[] = []
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) folders.push(path.slice(0, cut))
  return folders
}

/** The folders above `path` that have to be made. @throws Refusal already-exists where a file is in the way. */
export function missingFolders(path: string, found: ReadonlyMap<string, FileEntry>): NewEntry[] {
  const missing: NewEntry[] = []
  for (const folder of foldersAbove(path)) {
    const entry = found.get(folder)
    if (entry?.kind === 'file') throw fileIsNoFolder(folder)
    if (entry === undefined) missing.push({ path: folder, content: null })
  }
  return missing
}

/** Inserts what does not exist yet, within the project's quota, and counts it. */
export async function addEntries(
  queries: Queries,
  projectId: string,
  usage: Usage,
  entries: readonly NewEntry[],
  author: string | null = null,
): Promise<FileEntry[]> {
  const bytes = entries.reduce((sum, { content }) => sum + (content?.sizeBytes ?? 0), 0)
  const added = { bytes, entries: entries.length }
  checkRoom(usage, added)
  const made = await insertEntries(queries, projectId, author, entries)
  await changeUsage(queries, projectId, added)
  return made
}

export function entryAt(entries: readonly FileEntry[], path: string): FileEntry {
  const entry = entries.find((each) => each.path === path)
  if (entry === undefined) throw new Error('the statement did not return what it wrote')
  return entry
}

/** What frees room, or takes none, is always allowed. */
function checkRoom(usage: Usage, added: Usage): void {
  if (added.bytes > 0 && usage.bytes + added.bytes > fileLimits.projectBytes) throw projectFull()
  if (added.entries > 0 && usage.entries + added.entries > fileLimits.filesPerProject) throw tooManyEntries()
}
