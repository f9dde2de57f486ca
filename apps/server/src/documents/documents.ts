/**
 * Documents: text files while they are edited together. The face for sockets, for the projects' files and for start and stop.
 *
 *     nobody has it ─► opening ─► open ─(last one left, all is filed)─► closing ─► nobody has it
 *
 * Who opens a document that is closing waits until it is closed, and opens it anew.
 */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import { BadMessage, DamagedText, type EngineName } from '@atelier/text/engine'
import { type Access, mayWrite } from '../access/access.ts'
import type { ProjectChange } from '../projects/project-changes.ts'
import type { Projects } from '../projects/projects.ts'
import { noSuchProject } from '../projects/refusals.ts'
import { Allowances } from './allowances.ts'
import { appendRecords } from './append-rows.ts'
import { Committer } from './committer.ts'
import { documentExists, releaseDocument } from './document-rows.ts'
import { engineNamed } from './engines.ts'
import { createFileWriter, type FileWriter } from './file-writer.ts'
import { Filing, type FilingPace, usualPace } from './filing.ts'
import { damaged, type Loaded, loadDocument, readFileText } from './load-document.ts'
import type { ClosingReason, Member, MemberLink } from './member.ts'
import { closeDocument, type OpenDocument } from './open-document.ts'
import { recoverDocuments } from './recovery.ts'
import { Room } from './room.ts'
import { hideRooms, showRooms } from './room-metrics.ts'
import { TextJobs } from './text-jobs.ts'

export type DocumentsOptions = {
  readonly db: Database
  readonly blobs: Blobs
  readonly projects: Projects
  readonly access: Access
  /** null: documents are not edited together here. */
  readonly engine: EngineName | null
  readonly serverKey: number
  readonly log: Log
  readonly pace?: FilingPace
  /** An open document that nobody is in stays open so long. */
  readonly lingerMs?: number
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

type Entry = {
  readonly projectId: string
  path: string
  opening: Promise<OpenDocument>
  open: OpenDocument | null
  closing: Promise<void> | null
  /** The file was deleted while it was being opened. */
  isDeleted: boolean
  timer: NodeJS.Timeout | null
}

const lingerMs = 5000
const openRooms = 20_000
const closeWithinMs = 10_000
const deletedDetail = 'The file was deleted.'

export class Documents {
  readonly #options: DocumentsOptions
  readonly #jobs: TextJobs
  readonly #committer: Committer
  readonly #writer: FileWriter
  readonly #allowances = new Allowances()
  readonly #entries = new Map<string, Entry>()
  readonly #byProject = new Map<string, Set<Entry>>()
  readonly #stopFollowing: () => void
  #lastNumber = 0
  #isClosed = false

  constructor(options: DocumentsOptions) {
    this.#options = options
    const { db, log, blobs, projects } = options
    this.#jobs = new TextJobs(log)
    this.#committer = new Committer({
      log,
      append: (records) => appendRecords(db, records),
      onAway: (isAway) => {
        for (const { open } of this.#entries.values()) open?.room.access.setStorageAway(isAway)
      },
    })
    this.#writer = createFileWriter(db, blobs)
    this.#stopFollowing = projects.onChange((change) => this.#follow(change))
    showRooms(this)
  }

  /** For metrics. */
  get counts(): { readonly rooms: number; readonly members: number; readonly changesPerSecond: number } {
    let [rooms, members, changesPerSecond] = [0, 0, 0]
    for (const { open } of this.#entries.values()) {
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
    await this.#openOne(projectId.toLowerCase(), path, engine)
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
      open = await this.#openOne(projectId.toLowerCase(), path, engine)
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
    return this.#byProject.has(projectId.toLowerCase())
  }

  /** Resolves when what was typed until now is in the files; `path`: of that file only. */
  async fileAll(projectId: string, path?: string): Promise<void> {
    const entries = this.#byProject.get(projectId.toLowerCase())
    if (entries === undefined) return
    const wanted = [...entries].filter((entry) => path === undefined || entry.path === path)
    await Promise.all(
      wanted.map(async (entry) => {
        await entry.closing?.catch(() => {})
        await entry.open?.filing.fileNow()
      }),
    )
  }

  /** The document when it is open, or is being opened or closed just now. */
  async findOpen(projectId: string, path: string): Promise<OpenDocument | null> {
    const key = keyOf(projectId.toLowerCase(), path)
    for (;;) {
      const entry = this.#entries.get(key)
      if (entry === undefined) return null
      if (entry.closing !== null) await entry.closing.catch(() => {})
      else return entry.opening.catch(() => null)
    }
  }

  /** Closes it for everybody; they may open it again. All that was typed is in the file. */
  async closeOne(projectId: string, path: string, detail: string): Promise<void> {
    const entry = this.#entries.get(keyOf(projectId.toLowerCase(), path))
    if (entry?.open == null || entry.closing !== null) return
    const { room } = entry.open
    for (const member of [...room.members]) room.dismiss(member, 'again', detail)
    await this.#unload(entry)
  }

  closeProject(projectId: string, reason: ClosingReason, detail: string): void {
    for (const entry of [...(this.#byProject.get(projectId.toLowerCase()) ?? [])]) this.#drop(entry, reason, detail)
  }

  /** Resolves with how many documents a server that ended had left unfiled. */
  recover(): Promise<number> {
    return recoverDocuments(this.#options, async ({ project, path, engine }) => {
      const open = await this.#openOne(project, path, engine)
      await open.filing.fileNow()
      const entry = this.#entries.get(keyOf(project, path))
      if (entry !== undefined && open.room.members.size === 0) await this.#unload(entry)
    })
  }

  /** Files everything, within bounds, and gives the documents back. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopFollowing()
    hideRooms(this)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeWithinMs)
    })
    const unloading = [...this.#entries.values()].map(async (entry) => {
      await entry.opening.catch(() => {})
      await this.#unload(entry)
    })
    await Promise.race([Promise.allSettled(unloading), late])
    clearTimeout(timer)
    for (const entry of [...this.#entries.values()]) this.#drop(entry, 'again', 'The server is shutting down.')
    await this.#committer.close(2000)
    await this.#jobs.close()
  }

  async #openOne(projectId: string, path: string, engine: EngineName): Promise<OpenDocument> {
    const key = keyOf(projectId, path)
    for (;;) {
      const entry = this.#entries.get(key)
      if (entry === undefined) {
        if (this.#isClosed) throw new Refusal('shutting-down', 'The server is shutting down. Try again shortly.')
        if (this.#entries.size >= openRooms) throw tooManyOpen()
        return this.#begin(projectId, path, engine)
      }
      if (entry.closing !== null) {
        await entry.closing.catch(() => {})
        continue
      }
      const open = await entry.opening
      if (open.room.isClosed) {
        // Lost a moment ago, and not yet taken out.
        this.#remove(entry)
        continue
      }
      return open
    }
  }

  #begin(projectId: string, path: string, engine: EngineName): Promise<OpenDocument> {
    const entry: Entry = {
      ...{ projectId, path, open: null, closing: null, isDeleted: false, timer: null },
      opening: Promise.resolve().then(() => this.#load(entry, engine)),
    }
    this.#entries.set(keyOf(projectId, path), entry)
    const all = this.#byProject.get(projectId) ?? new Set()
    this.#byProject.set(projectId, all.add(entry))
    entry.opening.catch(() => this.#remove(entry))
    return entry.opening
  }

  async #load(entry: Entry, engine: EngineName): Promise<OpenDocument> {
    const { db, blobs, log, serverKey } = this.#options
    const loaded = await loadDocument({ db, blobs, log, serverKey, jobs: this.#jobs }, entry.projectId, entry.path, engine)
    const open = this.#build(entry, loaded)
    const { changedFile } = loaded
    try {
      // The committer needs a room that works; nobody is in it yet.
      if (changedFile !== null) await open.filing.adopt(changedFile.version, changedFile.text, changedFile.lineEnd, null)
    } catch (error) {
      closeDocument(open, 'again', 'The document could not be opened.')
      if (error instanceof DamagedText) throw damaged(log, open.id, entry.path, error)
      throw error
    }
    if (entry.isDeleted) {
      closeDocument(open, 'deleted', deletedDetail)
      throw new Refusal('not-found', deletedDetail)
    }
    if (open.room.isClosed) throw lostDocument()
    entry.open = open
    open.room.access.setStorageAway(this.#committer.isAway)
    this.#closeWhenEmpty(entry)
    return open
  }

  #build(entry: Entry, loaded: Loaded): OpenDocument {
    const { id, epoch, engine, text } = loaded
    const { projects, log, pace = usualPace } = this.#options
    let live: ReturnType<ReturnType<typeof engineNamed>['open']>
    try {
      live = engineNamed(engine).open(text.stored())
    } catch (error) {
      if (error instanceof DamagedText) throw damaged(log, id, entry.path, error)
      throw error
    }
    this.#lastNumber += 1
    const room: Room = new Room({
      ...{ number: this.#lastNumber, documentId: id, epoch, engine, text, live },
      ...{ committer: this.#committer, allowances: this.#allowances, now: () => performance.now() },
      missing: (stored, request) =>
        this.#jobs.missing(engine, stored.stored(), request).catch((error: unknown) => {
          if (!(error instanceof BadMessage)) log.warn('a join was not answered', { document: id, error })
          throw error
        }),
      onStored: (bytes) => filing.noteStored(bytes),
      onEmpty: () => this.#whenEmpty(entry),
      onLost: () => void this.#whenLost(entry, open),
    })
    const filing: Filing = new Filing(
      {
        ...{ documentId: id, epoch, projectId: entry.projectId, engine, room, jobs: this.#jobs, writer: this.#writer, pace, log },
        readFile: () => this.#readFile(entry),
        onFiled: (file) => projects.tellSaved(entry.projectId, room.lastWriter ?? '', file),
        onLost: () => void this.#whenLost(entry, open),
      },
      loaded,
    )
    const open: OpenDocument = { id, epoch, room, filing }
    return open
  }

  async #readFile(entry: Entry) {
    const { db, blobs } = this.#options
    return readFileText(db, blobs, entry.projectId, entry.path)
  }

  #whenEmpty(entry: Entry): void {
    if (entry.open === null || entry.closing !== null) return
    // At once: who closes the last tab and looks into the file finds what was typed.
    entry.open.filing.fileNow().catch((error: unknown) => this.#options.log.warn('document not filed', { error }))
    this.#closeWhenEmpty(entry)
  }

  #closeWhenEmpty(entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer)
    entry.timer = setTimeout(() => {
      entry.timer = null
      if (entry.open === null || entry.open.room.members.size > 0 || entry.closing !== null) return
      this.#unload(entry).catch((error: unknown) => {
        this.#options.log.warn('document not closed', { error })
        if (!this.#isClosed && this.#entries.get(keyOf(entry.projectId, entry.path)) === entry) this.#closeWhenEmpty(entry)
      })
    }, this.#options.lingerMs ?? lingerMs)
  }

  /** Nobody enters from here on. Resolves when everything is in the file and another server may have it. */
  #unload(entry: Entry): Promise<void> {
    if (entry.closing !== null) return entry.closing
    const { open } = entry
    if (open === null) return Promise.resolve()
    const closing = async (): Promise<void> => {
      await open.filing.fileNow(true)
      closeDocument(open, 'again', 'The document was closed on the server.')
      await releaseDocument(this.#options.db, open.id, open.epoch)
      this.#remove(entry)
    }
    entry.closing = closing().catch((error: unknown) => {
      entry.closing = null
      throw error
    })
    return entry.closing
  }

  async #whenLost(entry: Entry, open: OpenDocument): Promise<void> {
    open.filing.close()
    this.#remove(entry)
    const exists = await documentExists(this.#options.db, open.id).catch(() => true)
    if (exists) closeDocument(open, 'again', 'Another server has this document now. Open it anew.')
    else closeDocument(open, 'deleted', deletedDetail)
  }

  #drop(entry: Entry, reason: ClosingReason, detail: string): void {
    entry.isDeleted = true
    this.#remove(entry)
    if (entry.open !== null) closeDocument(entry.open, reason, detail)
  }

  #remove(entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer)
    const key = keyOf(entry.projectId, entry.path)
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
    const all = this.#byProject.get(entry.projectId)
    all?.delete(entry)
    if (all?.size === 0) this.#byProject.delete(entry.projectId)
  }

  /** Files that were moved or deleted take their documents along. */
  #follow({ projectId, moved, deleted }: ProjectChange): void {
    const all = this.#byProject.get(projectId)
    if (all === undefined) return
    for (const entry of [...all]) {
      if (deleted.some((path) => isWithin(entry.path, path))) this.#drop(entry, 'deleted', deletedDetail)
      for (const { from, to } of moved) if (isWithin(entry.path, from)) this.#move(entry, to + entry.path.slice(from.length))
    }
  }

  #move(entry: Entry, path: string): void {
    const key = keyOf(entry.projectId, entry.path)
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
    entry.path = path
    this.#entries.set(keyOf(entry.projectId, path), entry)
    entry.open?.room.tellAll({ type: 'moved', path })
  }
}

const keyOf = (projectId: string, path: string): string => `${projectId}/${path}`
const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

const notTogether = (): Refusal =>
  new Refusal('not-found', 'Files are not edited together on this server: read and save them as a whole.')
const lostDocument = (): Refusal =>
  new Refusal('storage-unavailable', 'Another server took this document over. Try again.', { retryAfterSeconds: 1 })
const tooManyOpen = (): Refusal =>
  new Refusal('storage-unavailable', `The server has ${openRooms} documents open, which is the most. Try again shortly.`, {
    retryAfterSeconds: 10,
  })
