/**
 * Projects and their files: the face for the rest of the server.
 *
 * Every method asks for the user and answers for what they may do (access/access.ts): owners and editors write, viewers read, and for
 * everybody else a private project does not exist. Paths are checked here once more. Whatever resolves is committed.
 */
import type { Readable } from 'node:stream'
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { checkPath, type FileEntry, type FileTree, fileLimits } from '@atelier/protocol/files'
import type { ForkCreation, Project, ProjectChange as ProjectChangeWish, ProjectPage, Template } from '@atelier/protocol/projects'
import { BlobFault, type Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import type { AccessChange } from '../access/access.ts'
import { recordAudit } from '../audit/audit.ts'
import { cursorAfter, parseCursor } from '../http/page-cursor.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { type Room, storageFull, tooManyProjects } from '../quotas/storage-use.ts'
import { readContent } from './content.ts'
import { blobsUsedAmong, type FoundFile, findEntry, findFile, readAllContents, readSomeContents, readTree } from './file-rows.ts'
import { beginFork, copyProject, keepForksAway, readFork } from './fork-rows.ts'
import { createFolder, deletePath, movePath } from './manage-entries.ts'
import { addEntries, type Saved } from './place-file.ts'
import type { Precondition } from './precondition.ts'
import { type ProjectChange, ProjectChanges } from './project-changes.ts'
import {
  changeProject,
  deleteProject,
  findProject,
  insertProject,
  listProjects,
  listPublicProjects,
  readUsage,
} from './project-rows.ts'
import { createReceiver } from './receive-content.ts'
import {
  noSuchEntry,
  noSuchFile,
  noSuchProject,
  onlyForOwner,
  onlyLooking,
  projectFull,
  projectTooLargeToRead,
} from './refusals.ts'
import { createFileSaver } from './save-files.ts'
import { checkWriter } from './take-project.ts'
import type { LoadedTemplate } from './templates.ts'

/** Projects of one user. */
export const projectsPerUser = 10_000
/** What `readAllFiles` reads at most unless told otherwise. */
export const readAllLimit = 64 * 1024 * 1024
/** A blob that no file names is kept this long: a save may be about to name it. */
const unusedBlobMs = 24 * 3600 * 1000

export type ProjectFile = { readonly path: string; readonly content: Buffer; readonly version: number; readonly sha256: string }

export interface Projects {
  /** Ready projects to start from. */
  readonly templates: readonly Template[]
  /** One of them with its files; null: there is none with that id. */
  readTemplate(id: string): Pick<LoadedTemplate, 'template' | 'files'> | null
  /** `template`: its id; without one the project is empty. */
  createProject(userId: string, name: string, template?: string): Promise<Project>
  /** Their own and those shared with them, newest change first. */
  listProjects(userId: string, page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<ProjectPage>
  /** Those that everybody may see, the newest first. */
  listPublic(userId: string, page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<ProjectPage>
  readProject(projectId: string, userId: string): Promise<Project>
  /** Its name, its visibility. For its owner, as deleting it is. */
  changeProject(projectId: string, userId: string, wanted: ProjectChangeWish): Promise<Project>
  /** For a fork that is made past this face: how many projects the user may have. @throws Refusal too-large: it does not fit into their tier */
  checkFork(projectId: string, readerId: string, userId: string): Promise<number>
  /** A private project of this user with the files as they are now: whoever may read a project may fork it. */
  forkProject(projectId: string, userId: string, wanted?: ForkCreation): Promise<Project>
  deleteProject(projectId: string, userId: string): Promise<void>

  /** Files and folders without contents, sorted by path. */
  openTree(projectId: string, userId: string): Promise<FileTree>
  /** A file or folder without its content. */
  readEntry(projectId: string, userId: string, path: string): Promise<FileEntry>
  /** A file with its bytes; up to 32 MB, so ask `readEntry` first, or `openFile`, where memory matters. */
  readFile(projectId: string, userId: string, path: string): Promise<{ readonly entry: FileEntry; readonly content: Buffer }>
  /** A file with its bytes, as a stream when they are many. The caller reads the stream to its end or destroys it. */
  openFile(
    projectId: string,
    userId: string,
    path: string,
  ): Promise<{ readonly entry: FileEntry; readonly content: Buffer | Readable }>
  /**
   * All files as they are at one moment, for an execution: viewers of a private project are refused. Refuses (`too-large`) more than `mostBytes`
   * together, before reading them.
   */
  readAllFiles(projectId: string, userId: string, mostBytes?: number): Promise<ProjectFile[]>

  /**
   * Those of the named files that are there and have at most `mostBytes` each, one after the other, in no order; viewers read them too.
   * `content` null: it cannot be read on the server's disk.
   */
  readFiles(
    projectId: string,
    userId: string,
    paths: readonly string[],
    mostBytes: number,
  ): AsyncIterable<Omit<ProjectFile, 'content'> & { readonly content: Buffer | null }>

  /** Refuses (`too-large`) when so many bytes more are more than the project, or its owner, may have. */
  checkRoom(projectId: string, userId: string, bytes: number): Promise<void>
  /** Refuses (`version-mismatch`) when the file is not as `precondition` says. A stream that is refused is not read to its end. */
  saveFile(
    projectId: string,
    userId: string,
    path: string,
    content: Buffer | Readable,
    precondition?: Precondition,
  ): Promise<Saved>
  createFolder(projectId: string, userId: string, path: string): Promise<FileEntry>
  /** A file, or a folder with all that is in it. */
  deletePath(projectId: string, userId: string, path: string, precondition?: Precondition): Promise<void>
  movePath(projectId: string, userId: string, from: string, to: string): Promise<FileEntry>

  /** Tells of a file that was saved past this face: the text of a document. `by`: the user. */
  tellSaved(projectId: string, by: string, entry: FileEntry): void
  /** The same for whatever else was changed past this face: histories. */
  tellChanged(projectId: string, by: string, change: Partial<Pick<ProjectChange, 'moved' | 'deleted' | 'entries'>>): void
  /** Calls back after every committed change of files and folders that was made by this process. Returns what stops it. */
  onChange(listener: (change: ProjectChange) => void): () => void

  /** Removes blobs that no file has named for a day; a chore for a quiet hour. Resolves with how many. */
  sweepBlobs(): Promise<number>
  /** Resolves when every save that was taken is committed or refused. */
  close(): Promise<void>
}

export type ProjectsOptions = {
  readonly db: Database
  readonly blobs: Blobs
  readonly templates: readonly LoadedTemplate[]
  readonly log: Log
  /** Tells who has a project open that it is gone. */
  readonly tellAccess: (change: AccessChange) => void
  /** What each user's tier allows; without it everybody may what a project may. */
  readonly quotas?: Pick<Quotas, 'tierOf' | 'readUse' | 'storage'>
}

export function createProjects({ db, blobs, templates, log, tellAccess, quotas }: ProjectsOptions): Projects {
  const saver = createFileSaver(db, log)
  const receiver = createReceiver(blobs)
  const changes = new ProjectChanges(log)

  async function checkRoomIn(projectId: string, userId: string, bytes: number): Promise<void> {
    const usage = checkWriter(await readUsage(db.as(userId), projectId, userId))
    if (usage.bytes + bytes > fileLimits.projectBytes) throw projectFull()
  }

  /** Of the project's owner, whoever saves. Who may not write there learns only that. */
  async function takeRoom(projectId: string, userId: string, path: string, bytes: number): Promise<Room | undefined> {
    const taken = await quotas?.storage.take(projectId.toLowerCase(), { path, bytes, entries: 1 })
    if (!(taken instanceof Refusal)) return taken
    checkWriter(await readUsage(db.as(userId), projectId, userId))
    throw taken
  }

  async function mostProjects(userId: string): Promise<{ readonly most: number; readonly tier: string | null }> {
    const tier = quotas === undefined ? null : await quotas.tierOf(userId)
    return { most: Math.min(tier?.projects ?? projectsPerUser, projectsPerUser), tier: tier?.name ?? null }
  }

  async function checkRoomForFork(projectId: string, readerId: string, userId: string): Promise<void> {
    const tier = await quotas?.tierOf(userId)
    const origin = await readUsage(db.as(readerId), projectId, readerId)
    if (quotas === undefined || tier === undefined || tier.storageBytes === null || origin === null) return
    if ((await quotas.readUse(userId)).storageBytes + origin.bytes > tier.storageBytes) throw storageFull(tier)
  }

  /** The statement found nothing of this owner's: is it somebody else's, or nobody's? */
  async function refuseToOthers(projectId: string, userId: string, what: string): Promise<never> {
    throw (await findProject(db.as(userId), projectId, userId)) === null ? noSuchProject() : onlyForOwner(what)
  }

  async function findFileOf(projectId: string, userId: string, path: string): Promise<FoundFile> {
    const found = await findFile(db.as(userId), projectId, userId, checkPath(path))
    if (found === 'no-project') throw noSuchProject()
    if (found === null) throw noSuchFile(path)
    return found
  }

  return {
    templates: templates.map(({ template }) => template),
    readTemplate: (id) => templates.find(({ template }) => template.id === id) ?? null,

    async createProject(userId, name, template) {
      const chosen = template === undefined ? undefined : templates.find((each) => each.template.id === template)
      if (template !== undefined && chosen === undefined) throw unknownTemplate(template, templates)
      const id = uuidv7()
      const { most, tier } = await mostProjects(userId)
      return db.as(userId).transaction(async (queries) => {
        const project = await insertProject(queries, { id, owner: userId, name }, most)
        if (project === null) throw tooManyProjects(most, tier)
        if (chosen !== undefined) await addEntries(queries, id, { bytes: 0, entries: 0 }, chosen.entries)
        await recordAudit(queries, {
          action: 'project.create',
          userId,
          projectId: id,
          details: { name, template: template ?? null },
        })
        return project
      })
    },
    async listProjects(userId, { limit, cursor }) {
      const found = await listProjects(db.as(userId), userId, limit + 1, cursor === undefined ? null : parseCursor(cursor))
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return {
        items,
        nextCursor: found.length > limit && last !== undefined ? cursorAfter({ at: last.updatedAt, id: last.id }) : null,
      }
    },
    async listPublic(userId, { limit, cursor }) {
      const found = await listPublicProjects(
        db.as(userId),
        userId,
        limit + 1,
        cursor === undefined ? null : parseCursor(cursor).id,
      )
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return {
        items,
        nextCursor: found.length > limit && last !== undefined ? cursorAfter({ at: last.updatedAt, id: last.id }) : null,
      }
    },
    readProject: async (projectId, userId) => (await findProject(db.as(userId), projectId, userId)) ?? refuse(noSuchProject()),
    async changeProject(projectId, userId, wanted) {
      const what = wanted.visibility === undefined ? 'rename it' : 'say who may see it'
      const changed = await db.as(userId).transaction(async (queries) => {
        const done = await changeProject(queries, projectId, userId, wanted)
        const action = wanted.visibility === undefined ? 'project.rename' : 'project.visibility'
        if (done !== null) await recordAudit(queries, { action, userId, projectId, details: { ...wanted } })
        return done
      })
      const project = changed ?? (await refuseToOthers(projectId, userId, what))
      if (wanted.visibility !== undefined) tellAccess({ projectId, userId: null })
      changes.tell(projectId, userId, { project: { name: project.name, visibility: project.visibility } })
      return project
    },
    async checkFork(projectId, readerId, userId) {
      await checkRoomForFork(projectId, readerId, userId)
      return (await mostProjects(userId)).most
    },
    async forkProject(projectId, userId, { name = null } = {}) {
      const id = uuidv7()
      const { most, tier } = await mostProjects(userId)
      await checkRoomForFork(projectId, userId, userId)
      const fork = await db.transaction(async (queries) => {
        await beginFork(queries)
        const wanted = { id, origin: projectId, owner: userId, reader: userId, name: name ?? null }
        if (!(await copyProject(queries, wanted, most))) return null
        await recordAudit(queries, { action: 'project.fork', userId, projectId: id, object: projectId })
        return readFork(queries, id, userId)
      })
      if (fork !== null) return fork
      throw (await findProject(db.as(userId), projectId, userId)) === null ? noSuchProject() : tooManyProjects(most, tier)
    },
    async deleteProject(projectId, userId) {
      const gone = await db.as(userId).transaction(async (queries) => {
        const deleted = await deleteProject(queries, projectId, userId)
        if (deleted) await recordAudit(queries, { action: 'project.delete', userId, projectId })
        return deleted
      })
      if (!gone) await refuseToOthers(projectId, userId, 'delete it')
      tellAccess({ projectId, userId: null })
    },

    openTree: async (projectId, userId) => ({
      items: (await readTree(db.as(userId), projectId, userId)) ?? refuse(noSuchProject()),
    }),
    async readEntry(projectId, userId, path) {
      const found = await findEntry(db.as(userId), projectId, userId, checkPath(path))
      if (found === 'no-project') throw noSuchProject()
      return found ?? refuse(noSuchEntry(path))
    },
    async readFile(projectId, userId, path) {
      const { entry, content } = await findFileOf(projectId, userId, path)
      return { entry, content: await faultNamed(entry, () => readContent(content, blobs)) }
    },
    async openFile(projectId, userId, path) {
      const { entry, content } = await findFileOf(projectId, userId, path)
      if (content.stored !== null) return { entry, content: await readContent(content, blobs) }
      const { stream } = await faultNamed(entry, () => blobs.read(content.sha.toString('hex')))
      return { entry, content: stream }
    },
    async readAllFiles(projectId, userId, mostBytes = readAllLimit) {
      const found = await readAllContents(db.as(userId), projectId, userId, mostBytes)
      if (found === 'no-project') throw noSuchProject()
      if (found === 'read-only') throw onlyLooking()
      if (found === 'too-large') throw projectTooLargeToRead(mostBytes)
      const files: ProjectFile[] = []
      for (const { entry, content } of found) {
        const bytes = await faultNamed(entry, () => readContent(content, blobs))
        files.push({ path: entry.path, content: bytes, version: entry.version, sha256: content.sha.toString('hex') })
      }
      return files
    },
    async *readFiles(projectId, userId, paths, mostBytes) {
      const found = await readSomeContents(db.as(userId), projectId, userId, paths, mostBytes)
      if (found === 'no-project') throw noSuchProject()
      for (const { entry, content } of found) {
        const bytes = await readContent(content, blobs).catch((error: unknown) => {
          if (!(error instanceof BlobFault)) throw error
          log.error('a file cannot be read', { project: projectId, path: entry.path, error })
          return null
        })
        yield { path: entry.path, content: bytes, version: entry.version, sha256: content.sha.toString('hex') }
      }
    },

    async checkRoom(projectId, userId, bytes) {
      if (bytes <= 0) return
      await checkRoomIn(projectId, userId, bytes)
      const room = await takeRoom(projectId, userId, '', bytes)
      room?.giveBack()
    },
    async saveFile(projectId, userId, path, content, precondition = 'none') {
      checkPath(path)
      const checkRoom = (bytes: number) => checkRoomIn(projectId, userId, bytes)
      const received = await receiver.receive(content, checkRoom)
      const room = await takeRoom(projectId, userId, path, received.sizeBytes)
      // Saves are sorted and grouped by this id, and PostgreSQL takes it in either case.
      const save = { projectId: projectId.toLowerCase(), userId, path, precondition, content: received }
      const { entry, isNew, made } = await saver.save(save).finally(() => room?.release())
      changes.tell(projectId, userId, { entries: isNew ? made : [entry] })
      return { entry, isNew }
    },
    async createFolder(projectId, userId, path) {
      await takeRoom(projectId, userId, checkPath(path), 0)
      const { entry, made } = await createFolder(db, projectId, userId, path)
      changes.tell(projectId, userId, { entries: made })
      return entry
    },
    async deletePath(projectId, userId, path, precondition = 'none') {
      await deletePath(db, projectId, userId, checkPath(path), precondition)
      changes.tell(projectId, userId, { deleted: [path] })
    },
    async movePath(projectId, userId, from, to) {
      const { entry, made } = await movePath(db, projectId, userId, checkPath(from), checkPath(to))
      changes.tell(projectId, userId, { moved: [{ from, to }], entries: [...made, entry] })
      return entry
    },
    tellSaved: (projectId, by, entry) => changes.tell(projectId, by, { entries: [entry] }),
    tellChanged: (projectId, by, change) => changes.tell(projectId, by, change),
    onChange: (listener) => changes.listen(listener),

    sweepBlobs: () =>
      blobs.sweep(
        (sha256s) =>
          db.transaction(async (queries) => {
            await keepForksAway(queries)
            return blobsUsedAmong(queries, sha256s)
          }),
        unusedBlobMs,
      ),
    async close() {
      await saver.close()
    },
  }
}

function refuse(refusal: Refusal): never {
  throw refusal
}

/** Our disk failed, not the user: say which file, and keep the fault as the cause for the log. */
async function faultNamed<Result>(entry: FileEntry, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof BlobFault)) throw cause
    throw new Refusal(
      'internal',
      `The content of "${entry.path}" is ${cause.reason} on the server's disk. Tell the person who hosts; saving the file again from a copy of yours repairs it.`,
      { cause },
    )
  }
}

const unknownTemplate = (id: string, templates: readonly LoadedTemplate[]): Refusal =>
  new Refusal(
    'invalid-request',
    `There is no template "${id}". There is ${templates.map((each) => each.template.id).join(', ')}.`,
    {
      errors: [{ pointer: '/template', detail: 'is not known' }],
    },
  )
