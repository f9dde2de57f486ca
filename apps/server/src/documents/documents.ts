/**
 * Documents: text files while they are edited together. The face for sockets, for the projects' files and for start and stop; how
 * they are opened and closed is in open-documents.ts.
 */
import { Refusal } from '@atelier/protocol/errors'
import type { FileEntry } from '@atelier/protocol/files'
import type { EngineName } from '@atelier/text/engine'
import { type Access, mayWrite } from '../access/access.ts'
import type { ProjectChange } from '../projects/project-changes.ts'
import type { Projects } from '../projects/projects.ts'
import { noSuchProject } from '../projects/refusals.ts'
import type { ClosingReason, Member, MemberLink } from './member.ts'
import type { OpenDocument } from './open-document.ts'
import { OpenDocuments, type OpenDocumentsOptions } from './open-documents.ts'
import { recoverDocuments } from './recovery.ts'
import type { Room } from './room.ts'
import { hideRooms, showRooms } from './room-metrics.ts'
import { takeWritten } from './take-written.ts'

export type DocumentsOptions = OpenDocumentsOptions & {
  readonly projects: Projects
  readonly access: Access
  /** null: documents are not edited together here. */
  readonly engine: EngineName | null
}

/** A member in a room, as a socket holds it. */
export type Session = {
  readonly documentId: string
  readonly number: number
  readonly engine: EngineName
  readonly access: 'write' | 'read'
  readonly room: Room
  readonly member: Member
  leave(): void
}

export class Documents {
  readonly #options: DocumentsOptions
  readonly #documents: OpenDocuments
  readonly #stopFollowing: () => void

  constructor(options: DocumentsOptions) {
    this.#options = options
    this.#documents = new OpenDocuments(options)
    this.#stopFollowing = options.projects.onChange((change) => this.#follow(change))
    showRooms(this)
  }

  /** For metrics. */
  get counts(): { readonly rooms: number; readonly members: number; readonly changesPerSecond: number } {
    let [rooms, members, changesPerSecond] = [0, 0, 0]
    for (const { open } of this.#documents.table.all()) {
      if (open === null) continue
      rooms += 1
      members += open.room.members.size
      changesPerSecond += open.room.changesPerSecond
    }
    return { rooms, members, changesPerSecond }
  }

  /** Opens it, or says why not, for somebody who is about to enter. Resolves with its engine. @throws Refusal */
  async prepare(projectId: string, path: string, userId: string): Promise<EngineName> {
    const { engine, access } = this.#options
    if (engine === null) throw notTogether()
    if ((await access.roleIn(projectId, userId)) === null) throw noSuchProject()
    await this.#documents.open(projectId.toLowerCase(), path, engine)
    return engine
  }

  /** @throws Refusal */
  async enter(projectId: string, path: string, userId: string, linkFor: (number: number) => MemberLink): Promise<Session> {
    const { engine } = this.#options
    if (engine === null) throw notTogether()
    let member: Member | null = null
    let open: OpenDocument | null = null
    let role: Awaited<ReturnType<Access['followRole']>>['role'] = null
    const followed = await this.#options.access.followRole(projectId, userId, (now) => {
      role = now
      if (open === null || member === null) return
      if (now === null) open.room.dismiss(member, 'denied', 'You have no access to this project any more.')
      else open.room.setRole(member, mayWrite(now))
    })
    try {
      role = followed.role
      if (role === null) throw noSuchProject()
      open = await this.#documents.open(projectId.toLowerCase(), path, engine)
      // It may have been taken away while the document was being opened.
      if (role === null) throw noSuchProject()
      const { room, id } = open
      const link = linkFor(room.number)
      member = room.enter(link, mayWrite(role))
      const entered = member
      return {
        ...{ documentId: id, number: room.number, engine, room, member },
        access: room.access.of(member),
        leave: () => {
          followed.stop()
          room.leave(entered)
        },
      }
    } catch (error) {
      followed.stop()
      throw error
    }
  }

  /** Whether there may be text that is not in its file yet. */
  hasOpen(projectId: string): boolean {
    return this.#documents.table.hasProject(projectId.toLowerCase())
  }

  /** Resolves when what was typed until now is in the files; `path`: of that file only. */
  async fileAll(projectId: string, path?: string): Promise<void> {
    const entries = this.#documents.table.ofProject(projectId.toLowerCase())
    const wanted = entries.filter((entry) => path === undefined || entry.path === path)
    await Promise.all(
      wanted.map(async (entry) => {
        await entry.closing?.catch(() => {})
        await entry.open?.filing.fileNow()
      }),
    )
  }

  /** The document when it is open, or is being opened or closed just now. */
  async findOpen(projectId: string, path: string): Promise<OpenDocument | null> {
    for (;;) {
      const entry = this.#documents.table.find(projectId.toLowerCase(), path)
      if (entry === undefined) return null
      if (entry.closing !== null) await entry.closing.catch(() => {})
      else return entry.opening.catch(() => null)
    }
  }

  /** Closes it for everybody; they may open it again. All that was typed is in the file. */
  async closeOne(projectId: string, path: string, detail: string): Promise<void> {
    const entry = this.#documents.table.find(projectId.toLowerCase(), path)
    if (entry?.open == null || entry.closing !== null) return
    const { room } = entry.open
    for (const member of [...room.members]) room.dismiss(member, 'again', detail)
    await this.#documents.unload(entry)
  }

  closeProject(projectId: string, reason: ClosingReason, detail: string): void {
    for (const entry of this.#documents.table.ofProject(projectId.toLowerCase())) this.#documents.drop(entry, reason, detail)
  }

  /** Resolves with how many documents a server that ended had left unfiled. */
  recover(): Promise<number> {
    return recoverDocuments(this.#options, async ({ project, path, engine }) => {
      const open = await this.#documents.open(project, path, engine)
      await open.filing.fileNow()
      const entry = this.#documents.table.find(project, path)
      if (entry !== undefined && open.room.members.size === 0) await this.#documents.unload(entry)
    })
  }

  /** Files everything, within bounds, and gives the documents back. */
  async close(): Promise<void> {
    this.#stopFollowing()
    hideRooms(this)
    await this.#documents.close()
  }

  /** Files that were moved or deleted take their documents along; what was saved past a document comes into it. */
  #follow({ projectId, by, moved, deleted, entries }: ProjectChange): void {
    for (const entry of this.#documents.table.ofProject(projectId)) {
      // The folder that it was moved out of may be deleted in the same change.
      const move = moved.find(({ from }) => isWithin(entry.path, from))
      if (move !== undefined) this.#documents.move(entry, move.to + entry.path.slice(move.from.length))
      else if (deleted.some((path) => isWithin(entry.path, path))) this.#documents.delete(entry)
    }
    for (const file of entries) {
      const entry = this.#documents.table.find(projectId, file.path)
      if (file.kind === 'folder' || entry === undefined || (entry.open?.filing.fileVersion ?? 0) >= file.version) continue
      this.#takeIn(projectId, file, by).catch((error: unknown) =>
        this.#options.log.warn('a saved file did not come into its document', { error }),
      )
    }
  }

  /** Whoever saves through the document has it in there when they are done; it may also have been opened at that moment. */
  async #takeIn(projectId: string, { path, version }: FileEntry, by: string): Promise<void> {
    const open = await this.findOpen(projectId, path)
    if (open === null || open.room.isClosed) return
    if (await open.room.alone(async () => open.filing.fileVersion >= version)) return
    await takeWritten(this, this.#options, projectId, [path], by)
  }
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

const notTogether = (): Refusal =>
  new Refusal('not-found', 'Files are not edited together on this server: read and save them as a whole.')
