/**
 * History: the face for the rest of the server. What files were is kept by the statements that change them (see the triggers in the
 * migration 0008); here it is listed, read, named, brought back, and kept small.
 *
 * Every method asks for the user: viewers read, editors and owners change. Who merely sees a public project learns nothing of what it was:
 * something may have been deleted before it was shown. Whatever resolves is committed.
 */
import type { Readable } from 'node:stream'
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { checkPath, type FileEntry, fileLimits } from '@atelier/protocol/files'
import {
  type DeletedFile,
  type FileVersionPage,
  historyLimits,
  type LineAuthors as LineAuthorsAnswer,
  type Snapshot,
  type SnapshotRestored,
} from '@atelier/protocol/history'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database, Queries } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import { mayWrite } from '../access/access.ts'
import { recordAudit } from '../audit/audit.ts'
import { entriesAt } from '../projects/file-rows.ts'
import { addEntries, foldersAbove, missingFolders } from '../projects/place-file.ts'
import { changeUsage, readUsage } from '../projects/project-rows.ts'
import type { Projects } from '../projects/projects.ts'
import { nameIsTaken, noSuchFile, onlyForMembers, onlyLooking, projectFull, refuse } from '../projects/refusals.ts'
import { checkWriter, takeProject } from '../projects/take-project.ts'
import { readLineAuthors } from './read-line-authors.ts'
import { restoreEntries } from './restore-snapshot.ts'
import { deleteSnapshot, findSnapshot, insertSnapshot, listSnapshots, measureSnapshot } from './snapshot-rows.ts'
import { insertAgain } from './undelete-file.ts'
import { bytesOfVersion, contentOfVersion } from './version-content.ts'
import {
  endWindow,
  type FoundHistory,
  findHistory,
  listDeleted,
  listVersions,
  nameVersion,
  readVersion,
  versionIsThere,
} from './version-rows.ts'

/** A file that is there, by its path; or any, by the number of its history. */
export type FileOf = { readonly path: string } | { readonly history: number }

export interface History {
  listVersions(
    projectId: string,
    userId: string,
    of: FileOf,
    page: { readonly limit: number; readonly before: number | null },
  ): Promise<FileVersionPage>
  /** The bytes, as a stream when they are many: the caller reads it to its end or destroys it. `path`: for the name of a download. */
  readVersion(
    projectId: string,
    userId: string,
    of: FileOf,
    version: number,
  ): Promise<{ readonly path: string; readonly content: Buffer | Readable }>
  /** A named version is never thinned out. null takes the name away; what the file has now then stays a version of its own. */
  nameVersion(projectId: string, userId: string, path: string, version: number, name: string | null): Promise<void>
  /** An ordinary save of what the file was, so that it can be undone in the same way. */
  restoreVersion(projectId: string, userId: string, path: string, version: number): Promise<FileEntry>

  listDeleted(projectId: string, userId: string): Promise<DeletedFile[]>
  /** `version`: the last one, when it is left out. `path`: where it comes back. */
  restoreDeleted(
    projectId: string,
    userId: string,
    file: { readonly history: number; readonly path: string; readonly version?: number | undefined },
  ): Promise<FileEntry>

  listSnapshots(projectId: string, userId: string): Promise<Snapshot[]>
  createSnapshot(projectId: string, userId: string, name: string): Promise<Snapshot>
  deleteSnapshot(projectId: string, userId: string, id: string): Promise<void>
  restoreSnapshot(projectId: string, userId: string, id: string): Promise<SnapshotRestored>

  lineAuthors(projectId: string, userId: string, path: string): Promise<LineAuthorsAnswer>
}

export type HistoryOptions = {
  readonly db: Database
  readonly blobs: Blobs
  /** Those that know of open documents. */
  readonly projects: Pick<Projects, 'readProject' | 'openTree' | 'readEntry' | 'saveFile' | 'takeRoom' | 'tellChanged'>
  /** Files were written past the open documents. */
  readonly takeWritten: (projectId: string, paths: readonly string[], userId: string) => Promise<void>
  readonly log: Log
}

/** Of a snapshot, while others delete. */
const restoreAttempts = 3

export function createHistory({ db, blobs, projects, takeWritten, log }: HistoryOptions): History {
  /** Nothing was found for a member. Whoever may read the project as it is was not let in by anybody. */
  async function refuseOthers(projectId: string, userId: string): Promise<never> {
    await projects.readProject(projectId, userId)
    throw onlyForMembers('see what was in it before')
  }
  async function find(queries: Queries, projectId: string, userId: string, of: FileOf): Promise<FoundHistory> {
    const found = await findHistory(queries, projectId, userId, 'path' in of ? { path: checkPath(of.path) } : of)
    if (found === 'no-project') return refuseOthers(projectId, userId)
    return found ?? refuse('path' in of ? noSuchFile(of.path) : noSuchHistory())
  }
  /** What is on the screens is in the file first. */
  async function findFiled(projectId: string, userId: string, of: FileOf): Promise<FoundHistory> {
    if ('path' in of) {
      const entry = await projects.readEntry(projectId, userId, of.path)
      if (entry.kind === 'folder') throw noSuchFile(of.path)
    }
    return find(db.as(userId), projectId, userId, of)
  }
  async function bytesOf(found: FoundHistory, userId: string, version: number): Promise<Buffer> {
    const stored = await readVersion(db.as(userId), found.project, found.history, version)
    return bytesOfVersion(stored ?? refuse(noSuchVersion(found.path, version)), blobs)
  }
  async function addSnapshot(queries: Queries, projectId: string, userId: string, name: string, automatic: boolean) {
    const id = uuidv7()
    const snapshot = { id, project: projectId, name, author: userId, automatic }
    if (!(await insertSnapshot(queries, snapshot, historyLimits.snapshotsPerProject))) throw tooManySnapshots()
    return (await findSnapshot(queries, projectId, id)) ?? refuse(noSuchSnapshot())
  }
  /** Which version comes back, and room for it. What a version is never changes. */
  async function takeRoomForDeleted(projectId: string, userId: string, history: number, version: number | undefined) {
    const found = await find(db.as(userId), projectId, userId, { history })
    if (!mayWrite(found.role)) throw onlyLooking()
    const wanted = version ?? (await listVersions(db.as(userId), found, 2 ** 31 - 1, 1))[0]?.version ?? 0
    const stored = (await readVersion(db.as(userId), found.project, history, wanted)) ?? refuse(noSuchVersion(found.path, wanted))
    const bytes = stored.kind === 'whole' ? stored.content.sizeBytes : stored.sizeBytes
    return { wanted, room: await projects.takeRoom(projectId, userId, { bytes, entries: 1 }) }
  }
  /** Room is looked for before the project is held. Where less is in it by then, more comes back than was counted: once more. */
  async function inRoomForSnapshot<Result>(
    projectId: string,
    userId: string,
    id: string,
    work: (queries: Queries) => Promise<Result>,
  ): Promise<Result> {
    for (let attempt = 1; attempt <= restoreAttempts; attempt++) {
      const usage = checkWriter(await readUsage(db.as(userId), projectId, userId))
      const { bytes, entries } = await measureSnapshot(db.as(userId), projectId, id)
      const added = { bytes: Math.max(0, bytes - usage.bytes), entries: Math.max(0, entries - usage.entries) }
      const room = await projects.takeRoom(projectId, userId, added)
      const restoring = db.as(userId).transaction(async (queries) => {
        const held = await takeProject(queries, projectId, userId)
        return held.bytes < usage.bytes || held.entries < usage.entries ? null : { result: await work(queries) }
      })
      const done = await restoring.finally(() => room?.release())
      if (done !== null) return done.result
    }
    throw tooBusy()
  }

  return {
    async listVersions(projectId, userId, of, { limit, before }) {
      const found = await findFiled(projectId, userId, of)
      const items = await listVersions(db.as(userId), found, before ?? 2 ** 31 - 1, limit + 1)
      const page = items.slice(0, limit)
      const last = page.at(-1)
      const nextCursor = items.length > limit && last !== undefined ? String(last.version) : null
      return { items: page, nextCursor, file: found.history, path: found.path }
    },
    async readVersion(projectId, userId, of, version) {
      const found = await find(db.as(userId), projectId, userId, of)
      const stored = await readVersion(db.as(userId), found.project, found.history, version)
      if (stored?.kind !== 'whole' || stored.content.stored !== null)
        return { path: found.path, content: await bytesOf(found, userId, version) }
      return { path: found.path, content: (await blobs.read(stored.content.sha.toString('hex'))).stream }
    },
    async nameVersion(projectId, userId, path, version, name) {
      await findFiled(projectId, userId, { path })
      await db.as(userId).transaction(async (queries) => {
        await takeProject(queries, projectId, userId)
        const found = await find(queries, projectId, userId, { path })
        if (name !== null && !(await versionIsThere(queries, found, version))) throw noSuchVersion(path, version)
        // Also before something is brought back: what is there now may be a later version than the one that was seen.
        if (name === null || version === found.version) await endWindow(queries, found.project, path)
        await nameVersion(queries, found, version, userId, name)
        await recordAudit(queries, { action: 'version.name', userId, projectId, object: path, details: { version, name } })
      })
    },
    async restoreVersion(projectId, userId, path, version) {
      const found = await findFiled(projectId, userId, { path })
      if (!mayWrite(found.role)) throw onlyLooking()
      const bytes = await bytesOf(found, userId, version)
      // What is there now stays a version of its own, however new it is.
      await db.as(userId).transaction(async (queries) => {
        await endWindow(queries, found.project, path)
        // The save below is another transaction: the line may stand there without it, never it without the line.
        await recordAudit(queries, { action: 'file.restore', userId, projectId, object: path, details: { version } })
      })
      const { entry } = await projects.saveFile(projectId, userId, path, bytes)
      return entry
    },

    async listDeleted(projectId, userId) {
      const found = await listDeleted(db.as(userId), projectId, userId, historyLimits.deletedListed)
      return found === 'no-project' ? await refuseOthers(projectId, userId) : found
    },
    async restoreDeleted(projectId, userId, { history, path, version }) {
      checkPath(path)
      const { wanted, room } = await takeRoomForDeleted(projectId, userId, history, version)
      const restoring = db.as(userId).transaction(async (queries) => {
        const usage = await takeProject(queries, projectId, userId)
        const found = await find(queries, projectId, userId, { history })
        if (found.version !== 0) throw nameIsTaken(found.path, 'file')
        const at = await entriesAt(queries, projectId, [path, ...foldersAbove(path)])
        const existing = at.get(path)
        if (existing !== undefined) throw nameIsTaken(path, existing.kind)
        const stored = await readVersion(queries, found.project, history, wanted)
        const content = await contentOfVersion(stored ?? refuse(noSuchVersion(path, wanted)), blobs)
        if (usage.bytes + content.sizeBytes > fileLimits.projectBytes) throw projectFull()
        const folders = await addEntries(queries, projectId, { ...usage, entries: usage.entries + 1 }, missingFolders(path, at))
        const entry = await insertAgain(queries, { project: found.project, history, path, author: userId }, content)
        await changeUsage(queries, projectId, { bytes: content.sizeBytes, entries: 1 })
        await recordAudit(queries, { action: 'file.undelete', userId, projectId, object: path, details: { version: wanted } })
        return [...folders, entry]
      })
      const entries = await restoring.finally(() => room?.release())
      projects.tellChanged(projectId, userId, { entries })
      return entries.at(-1) ?? refuse(noSuchHistory())
    },

    async listSnapshots(projectId, userId) {
      const found = await listSnapshots(db.as(userId), projectId, userId)
      return found === 'no-project' ? await refuseOthers(projectId, userId) : found
    },
    async createSnapshot(projectId, userId, name) {
      await projects.openTree(projectId, userId)
      return db.as(userId).transaction(async (queries) => {
        await takeProject(queries, projectId, userId)
        const snapshot = await addSnapshot(queries, projectId, userId, name, false)
        await recordAudit(queries, { action: 'snapshot.create', userId, projectId, object: snapshot.id, details: { name } })
        return snapshot
      })
    },
    deleteSnapshot: (projectId, userId, id) =>
      db.as(userId).transaction(async (queries) => {
        await takeProject(queries, projectId, userId)
        if (!(await deleteSnapshot(queries, projectId, id))) throw noSuchSnapshot()
        await recordAudit(queries, { action: 'snapshot.delete', userId, projectId, object: id })
      }),
    async restoreSnapshot(projectId, userId, id) {
      await projects.openTree(projectId, userId)
      const { before, restored } = await inRoomForSnapshot(projectId, userId, id, async (queries) => {
        const snapshot = (await findSnapshot(queries, projectId, id)) ?? refuse(noSuchSnapshot())
        const name = `Before "${snapshot.name}" came back`.slice(0, historyLimits.nameLength)
        const before = await addSnapshot(queries, projectId, userId, name, true)
        // Making room may have taken the oldest automatic one, which may be this one.
        if ((await findSnapshot(queries, projectId, id)) === null) throw tooManySnapshots()
        await recordAudit(queries, { action: 'snapshot.restore', userId, projectId, object: id, details: { before: before.id } })
        return { before, restored: await restoreEntries(queries, blobs, { project: projectId, snapshot: id, user: userId }) }
      })
      const { moved, deleted, entries, removedFiles } = restored
      projects.tellChanged(projectId, userId, { moved, deleted, entries })
      const files = entries.filter((entry) => entry.kind === 'file').map((entry) => entry.path)
      await takeWritten(projectId, files, userId).catch((error: unknown) => log.warn('open documents not renewed', { error }))
      return { before, written: files.length, removed: removedFiles }
    },

    async lineAuthors(projectId, userId, path) {
      const found = await findFiled(projectId, userId, { path })
      return readLineAuthors(found, {
        list: (limit) => listVersions(db.as(userId), found, 2 ** 31 - 1, limit),
        read: (version) => bytesOf(found, userId, version),
      })
    },
  }
}

const noSuchHistory = (): Refusal =>
  new Refusal('not-found', 'There is no such file among the deleted ones. It may be back already, or was deleted too long ago.')
const noSuchVersion = (path: string, version: number): Refusal =>
  new Refusal('not-found', `"${path}" has no version ${version}. It may have been thinned out; the list shows what there is.`)
const noSuchSnapshot = (): Refusal =>
  new Refusal('not-found', 'There is no such snapshot in this project. Somebody may have deleted it.')
const tooBusy = (): Refusal =>
  new Refusal('storage-unavailable', 'So much is being deleted in the project that its files cannot be counted. Try again.', {
    retryAfterSeconds: 1,
  })
const tooManySnapshots = (): Refusal =>
  new Refusal(
    'too-large',
    `A project has at most ${historyLimits.snapshotsPerProject} snapshots. Delete some that you do not need.`,
  )
