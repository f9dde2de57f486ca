/**
 * Makes a project what it was in a snapshot, as one transaction, after noting what it is now in a snapshot of its own: restoring that
 * one undoes it. Files keep their histories: what was there since is deleted, and deleted files come back as what they were.
 */
import type { FileEntry } from '@atelier/protocol/files'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Queries } from '@atelier/storage/db/database'
import { insertEntries, updateFile } from '../projects/entry-rows.ts'
import {
  countUsage,
  movePathOnly,
  type PresentEntry,
  readPresentEntries,
  readSnapshotEntries,
  removePaths,
  type SnapshotEntry,
} from './snapshot-rows.ts'
import { insertAgain, insertManyAgain } from './undelete-file.ts'
import { contentOfVersion } from './version-content.ts'
import { readVersion } from './version-rows.ts'

export type Restored = {
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  readonly deleted: readonly string[]
  readonly entries: readonly FileEntry[]
  readonly removedFiles: number
}

const isFolder = (entry: SnapshotEntry): boolean => entry.version === 0

/** The project is locked. */
export async function restoreEntries(
  queries: Queries,
  blobs: Blobs,
  target: { readonly project: string; readonly snapshot: string; readonly user: string },
): Promise<Restored> {
  const { project, user } = target
  const wanted = await readSnapshotEntries(queries, target.snapshot)
  const plan = planRestoration(wanted, await readPresentEntries(queries, project))
  await removePaths(
    queries,
    project,
    plan.removed.map(({ path }) => path),
    user,
  )
  const folders = plan.folders.map((path) => ({ path, content: null }))
  const entries: FileEntry[] = [...(await insertEntries(queries, project, null, folders))]
  for (const { from, to } of plan.moved) await movePathOnly(queries, project, from, to)
  const back = plan.files.filter((file) => !file.isThere && file.keepsHistory)
  entries.push(...(await insertManyAgain(queries, project, user, back)))
  const done = new Set(entries.map(({ path }) => path))
  for (const { path, history, version, isThere, keepsHistory, sha } of plan.files) {
    if (done.has(path)) continue
    const stored = await readVersion(queries, project, history, version)
    if (stored === null) throw new Error(`version ${version} of ${path} is in a snapshot and nowhere else`)
    const content = await contentOfVersion(stored, blobs)
    if (isThere && sha?.equals(content.sha) === true) continue
    if (isThere) entries.push(await updateFile(queries, project, user, path, content))
    else if (keepsHistory) entries.push(await insertAgain(queries, { project, history, path, author: user }, content))
    else entries.push(...(await insertEntries(queries, project, user, [{ path, content }])))
  }
  await countUsage(queries, project)
  return {
    ...{ moved: plan.moved, entries, deleted: plan.removed.map(({ path }) => path) },
    removedFiles: plan.removed.filter((entry) => !isFolder(entry)).length,
  }
}

type PlannedFile = SnapshotEntry & { readonly isThere: boolean; readonly keepsHistory: boolean; readonly sha: Buffer | null }
type Plan = {
  readonly removed: readonly PresentEntry[]
  readonly folders: readonly string[]
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  /** Whose content may have to change, under its path after the moves. */
  readonly files: readonly PlannedFile[]
}

function planRestoration(wanted: readonly SnapshotEntry[], present: readonly PresentEntry[]): Plan {
  const wantedAt = new Map(wanted.map((entry) => [entry.path, entry]))
  const presentAt = new Map(present.map((entry) => [entry.path, entry]))
  const presentOf = new Map(present.map((entry) => [entry.history, entry]))
  const moved: { from: string; to: string }[] = []
  const sources = new Set<string>()
  for (const entry of wanted) {
    const now = presentOf.get(entry.history)
    if (isFolder(entry) || now === undefined || now.path === entry.path) continue
    if (presentAt.has(entry.path) || wantedAt.has(now.path)) continue
    moved.push({ from: now.path, to: entry.path })
    sources.add(now.path)
  }
  const removed = present.filter((entry) => {
    const then = wantedAt.get(entry.path)
    return !sources.has(entry.path) && (then === undefined || isFolder(then) !== isFolder(entry))
  })
  const removedPaths = new Set(removed.map(({ path }) => path))
  const removedHistories = new Set(removed.map(({ history }) => history))
  const targets = new Set(moved.map(({ to }) => to))
  const stays = (path: string): PresentEntry | undefined => (removedPaths.has(path) ? undefined : presentAt.get(path))
  const files: PlannedFile[] = []
  for (const entry of wanted) {
    if (isFolder(entry)) continue
    const now = targets.has(entry.path) ? presentOf.get(entry.history) : stays(entry.path)
    if (now !== undefined && now.history === entry.history && now.version === entry.version) continue
    const isFree = !presentOf.has(entry.history) || removedHistories.has(entry.history)
    files.push({ ...entry, isThere: now !== undefined, keepsHistory: isFree, sha: now?.sha ?? null })
  }
  const folders = wanted.filter((entry) => isFolder(entry) && stays(entry.path) === undefined).map(({ path }) => path)
  return { removed, folders, moved, files }
}
