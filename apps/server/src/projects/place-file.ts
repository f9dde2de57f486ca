/**
 * The careful way to write files: one transaction that holds the project and looks at everything. It creates files and the
 * folders on the way, and finds the reason when the fast way (save-files.ts) did not save.
 */
import { Refusal } from '@atelier/protocol/errors'
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

/**
 * Writes files of one project for one person, in one commit: a folder that is dropped on the page is thousands of saves. Each is refused or
 * done as if it came alone, in the order given; none has the path of another.
 * @throws Refusal not-found, forbidden: then none was written
 */
export function placeFiles(db: Database, saves: readonly Save[]): Promise<readonly (Placed | Refusal)[]> {
  const [{ projectId, userId }] = saves as readonly [Save]
  return db.as(userId).transaction(async (queries) => {
    let usage = await takeProject(queries, projectId, userId)
    const paths = new Set(saves.flatMap(({ path }) => [path, ...foldersAbove(path)]))
    const found = await entriesAt(queries, projectId, [...paths])
    const [fresh, grown] = [[] as NewEntry[], { bytes: 0, entries: 0 }]
    const count = (added: Usage): void => {
      checkRoom(usage, added)
      usage = sum(usage, added)
      grown.bytes += added.bytes
      grown.entries += added.entries
    }
    const place = async ({ path, content, precondition }: Save): Promise<Planned> => {
      const existing = found.get(path)
      if (existing?.kind === 'folder') throw nameIsTaken(path, 'folder')
      const folders = missingFolders(path, found)
      checkPrecondition(precondition, path, existing?.version ?? 0)
      if (existing !== undefined) {
        count({ bytes: content.sizeBytes - existing.sizeBytes, entries: 0 })
        return { kind: 'saved', entry: await updateFile(queries, projectId, userId, path, content) }
      }
      count({ bytes: content.sizeBytes, entries: folders.length + 1 })
      fresh.push(...folders, { path, content })
      for (const folder of folders) found.set(folder.path, planned(folder))
      found.set(path, planned({ path, content }))
      return { kind: 'new', paths: [...folders, { path }].map((entry) => entry.path) }
    }
    const plans: (Planned | Refusal)[] = []
    for (const save of saves) plans.push(await place(save).catch(asRefusal))
    const made = new Map((await insertEntries(queries, projectId, userId, fresh)).map((entry) => [entry.path, entry]))
    if (plans.some((plan) => !(plan instanceof Refusal))) await changeUsage(queries, projectId, grown)
    return plans.map((plan) => (plan instanceof Refusal ? plan : placedAs(plan, made)))
  })
}

type Planned =
  | { readonly kind: 'saved'; readonly entry: FileEntry }
  /** The file and, before it, the folders that are made for it. */
  | { readonly kind: 'new'; readonly paths: readonly string[] }

function placedAs(plan: Planned, made: ReadonlyMap<string, FileEntry>): Placed {
  if (plan.kind === 'saved') return { entry: plan.entry, isNew: false, made: [] }
  const mine = plan.paths.flatMap((path) => made.get(path) ?? [])
  return { entry: entryAt(mine, plan.paths.at(-1) ?? ''), isNew: true, made: mine }
}

/** What later saves of the same commit find there. */
const planned = ({ path, content }: NewEntry): FileEntry => ({
  ...{ path, kind: content === null ? 'folder' : 'file', version: content === null ? 0 : 1 },
  ...{ sizeBytes: content?.sizeBytes ?? 0, sha256: null, updatedAt: '' },
})

const sum = (a: Usage, b: Usage): Usage => ({ bytes: a.bytes + b.bytes, entries: a.entries + b.entries })

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  throw error
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
