/**
 * Projects and their files: the face for the rest of the server.
 *
 * Every method asks for the user and answers for what they may do (access/access.ts): owners and editors write, viewers read, and for
 * everybody else a private project does not exist. Paths are checked here once more. Whatever resolves is committed.
 */
import type { Readable } from 'node:stream'
import type { Log } from '@atelier/base/log'
import { checkPath, type FileEntry, type FileTree } from '@atelier/protocol/files'
import type { ForkCreation, Project, ProjectChange as ProjectChangeWish, ProjectPage, Template } from '@atelier/protocol/projects'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import type { AccessChange } from '../access/access.ts'
import type { Room } from '../quotas/storage-use.ts'
import { blobsUsedAmong } from './file-rows.ts'
import { keepForksAway } from './fork-rows.ts'
import { createFolder, deletePath, movePath } from './manage-entries.ts'
import { manageProjects } from './manage-projects.ts'
import type { Saved } from './place-file.ts'
import type { Precondition } from './precondition.ts'
import { type ProjectChange, ProjectChanges } from './project-changes.ts'
import { createProjectRoom, type TierQuotas } from './project-room.ts'
import type { Usage } from './project-rows.ts'
import { createFileReading } from './read-files.ts'
import { createReceiver } from './receive-content.ts'
import { createFileSaver } from './save-files.ts'
import type { LoadedTemplate } from './templates.ts'

/** A blob that no file names is kept this long: a save may be about to name it. */
const unusedBlobMs = 24 * 3600 * 1000

export type ProjectFile = { readonly path: string; readonly content: Buffer; readonly version: number; readonly sha256: string }

export interface Projects {
  /** Ready projects to start from. */
  readonly templates: readonly Template[]
  /** One of them with its files; null: there is none with that id. */
  readTemplate(id: string): Pick<LoadedTemplate, 'template' | 'files'> | null
  /** `template`: its id; without one the project is empty. `key`: asked for again with it, it is the same project. */
  createProject(userId: string, name: string, template?: string, key?: string | null): Promise<Project>
  /** Their own and those shared with them, newest change first. */
  listProjects(userId: string, page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<ProjectPage>
  /** Those that everybody may see, the newest first. */
  listPublic(userId: string, page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<ProjectPage>
  readProject(projectId: string, userId: string): Promise<Project>
  /** Its name, its visibility. For its owner, as deleting it is. */
  changeProject(projectId: string, userId: string, wanted: ProjectChangeWish): Promise<Project>
  /**
   * For a fork that is made past this face: how many projects the user may have, and the room that its files take.
   * @throws Refusal too-large: it does not fit into their tier
   */
  takeRoomForFork(
    projectId: string,
    readerId: string,
    userId: string,
  ): Promise<{ readonly most: number; readonly room: Room | undefined }>
  /** A private project of this user with the files as they are now: whoever may read a project may fork it. */
  forkProject(projectId: string, userId: string, wanted?: ForkCreation, key?: string | null): Promise<Project>
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
  /** Room for what is brought back past this face: to be released when it is there, or is not after all. @throws Refusal as checkRoom */
  takeRoom(projectId: string, userId: string, added: Usage): Promise<Room | undefined>
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
  readonly quotas?: TierQuotas
}

export function createProjects({ db, blobs, templates, log, tellAccess, quotas }: ProjectsOptions): Projects {
  const saver = createFileSaver(db, log)
  const receiver = createReceiver(blobs)
  const changes = new ProjectChanges(log)
  const room = createProjectRoom(db, quotas)

  return {
    templates: templates.map(({ template }) => template),
    readTemplate: (id) => templates.find(({ template }) => template.id === id) ?? null,
    ...manageProjects({ db, room, changes, templates, tellAccess }),
    ...createFileReading(db, blobs, log),

    async checkRoom(projectId, userId, bytes) {
      if (bytes <= 0) return
      await room.checkProject(projectId, userId, bytes)
      const taken = await room.take(projectId, userId, '', bytes)
      taken?.giveBack()
    },
    takeRoom: (projectId, userId, { bytes, entries }) => room.take(projectId, userId, '', bytes, entries),
    async saveFile(projectId, userId, path, content, precondition = 'none') {
      checkPath(path)
      const checkRoom = (bytes: number) => room.checkProject(projectId, userId, bytes)
      const received = await receiver.receive(content, checkRoom)
      const taken = await room.take(projectId, userId, path, received.sizeBytes)
      // Saves are sorted and grouped by this id, and PostgreSQL takes it in either case.
      const save = { projectId: projectId.toLowerCase(), userId, path, precondition, content: received }
      const { entry, isNew, made } = await saver.save(save).finally(() => taken?.release())
      changes.tell(projectId, userId, { entries: isNew ? made : [entry] })
      return { entry, isNew }
    },
    async createFolder(projectId, userId, path) {
      await room.take(projectId, userId, checkPath(path), 0)
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
