/** What is done to files and folders beside saving: make, move, delete. Each is one transaction that holds the project. */
import { Refusal } from '@atelier/protocol/errors'
import { checkPath } from '@atelier/protocol/files'
import type { Database, Queries } from '@atelier/storage/db/database'
import { recordAudit } from '../audit/audit.ts'
import { deleteEntries, renameEntries } from './entry-rows.ts'
import { entriesAt, pathsBelow } from './file-rows.ts'
import { addEntries, entryAt, foldersAbove, missingFolders, type Placed } from './place-file.ts'
import type { Precondition } from './precondition.ts'
import { changeUsage, type Usage } from './project-rows.ts'
import { nameIsTaken, noSuchEntry, versionMismatch } from './refusals.ts'
import { takeProject } from './take-project.ts'

const inProject = <Result>(
  db: Database,
  projectId: string,
  userId: string,
  work: (queries: Queries, usage: Usage) => Promise<Result>,
): Promise<Result> =>
  db.as(userId).transaction(async (queries) => {
    return work(queries, await takeProject(queries, projectId, userId))
  })

/** Returns the folder and those on the way that had to be made. */
export function createFolder(db: Database, projectId: string, userId: string, path: string): Promise<Placed> {
  return inProject(db, projectId, userId, async (queries, usage) => {
    const found = await entriesAt(queries, projectId, [path, ...foldersAbove(path)])
    const existing = found.get(path)
    if (existing !== undefined) throw nameIsTaken(path, existing.kind)
    const made = await addEntries(queries, projectId, usage, [...missingFolders(path, found), { path, content: null }])
    await recordAudit(queries, { action: 'folder.create', userId, projectId, object: path })
    return { entry: entryAt(made, path), isNew: true, made }
  })
}

export function deletePath(
  db: Database,
  projectId: string,
  userId: string,
  path: string,
  precondition: Precondition,
): Promise<void> {
  return inProject(db, projectId, userId, async (queries) => {
    const entry = (await entriesAt(queries, projectId, [path])).get(path)
    if (entry === undefined) throw noSuchEntry(path)
    // A folder is at version 0, for which `If-Match: "0"` stands; for a file that means "absent", which it is not.
    const expected = precondition === 'absent' ? 0 : precondition
    if (typeof expected === 'number' && expected !== entry.version) throw versionMismatch(path, entry.version)
    const freed = await deleteEntries(queries, projectId, path, userId)
    await changeUsage(queries, projectId, { bytes: -freed.bytes, entries: -freed.entries })
    const details = { entries: freed.entries, bytes: freed.bytes }
    await recordAudit(queries, { action: 'file.delete', userId, projectId, object: path, details })
  })
}

/** Moves a file, or a folder with all that is in it; contents and versions stay. Returns the entry under its new name, and the folders that had to be made. */
export async function movePath(db: Database, projectId: string, userId: string, from: string, to: string): Promise<Placed> {
  if (to === from || to.startsWith(`${from}/`))
    throw new Refusal('invalid-request', `"${from}" cannot be moved into itself. Choose a name outside of it.`, {
      errors: [{ pointer: '/to', detail: 'is the same, or lies within "from"' }],
    })
  return inProject(db, projectId, userId, async (queries, usage) => {
    const found = await entriesAt(queries, projectId, [from, to, ...foldersAbove(to)])
    const entry = found.get(from)
    if (entry === undefined) throw noSuchEntry(from)
    const existing = found.get(to)
    if (existing !== undefined) throw nameIsTaken(to, existing.kind)
    if (entry.kind === 'folder')
      for (const below of await pathsBelow(queries, projectId, from)) checkNewPath(below, to + below.slice(from.length))
    const made = await addEntries(queries, projectId, usage, missingFolders(to, found))
    await renameEntries(queries, projectId, from, to)
    await recordAudit(queries, { action: 'file.move', userId, projectId, object: from, details: { to } })
    return { entry: { ...entry, path: to }, isNew: false, made }
  })
}

/** What lies in a moved folder gets longer and deeper names too. */
function checkNewPath(path: string, newPath: string): void {
  try {
    checkPath(newPath)
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    throw new Refusal('invalid-path', `"${path}" would not have an allowed path after the move: ${cause.message}`, {
      errors: [{ pointer: '/to', detail: 'makes a path in it too long or too deep' }],
      cause,
    })
  }
}
