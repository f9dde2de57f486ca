/**
 * Opens documents and closes them again.
 *
 *     nobody has it ─► opening ─► open ─(last one left, all is filed)─► closing ─► nobody has it
 *
 * Who opens a document that is closing waits until it is closed, and opens it anew.
 */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import { BadMessage, DamagedText, type EngineName, type LiveText } from '@atelier/text/engine'
import type { Projects } from '../projects/projects.ts'
import type { StorageUse } from '../quotas/storage-use.ts'
import { Allowances } from './allowances.ts'
import { appendRecords } from './append-rows.ts'
import { Committer } from './committer.ts'
import { documentExists, releaseDocument } from './document-rows.ts'
import { DocumentTable, type Entry } from './document-table.ts'
import { engineNamed } from './engines.ts'
import { createFileWriter, type FileWriter } from './file-writer.ts'
import { Filing, type FilingPace, usualPace } from './filing.ts'
import { damaged, type Loaded, loadDocument, readFileText } from './load-document.ts'
import type { ClosingReason } from './member.ts'
import { closeDocument, type OpenDocument } from './open-document.ts'
import { OwnerRoom } from './owner-room.ts'
import { Room } from './room.ts'
import { TextJobs } from './text-jobs.ts'

export type OpenDocumentsOptions = {
  readonly db: Database
  readonly blobs: Blobs
  readonly projects: Pick<Projects, 'tellSaved'>
  readonly serverKey: number
  /** Of the owners of projects; without it nobody has a quota. */
  readonly storage?: Pick<StorageUse, 'noteGrown' | 'excess'>
  readonly lookForRoomMs?: number | undefined
  readonly log: Log
  readonly pace?: FilingPace
  /** An open document that nobody is in stays open so long. */
  readonly lingerMs?: number
}

const lingerMs = 5000
const openRooms = 20_000
const closeWithinMs = 10_000
const deletedDetail = 'The file was deleted.'

export class OpenDocuments {
  readonly table = new DocumentTable()
  readonly #options: OpenDocumentsOptions
  readonly #jobs: TextJobs
  readonly #committer: Committer
  readonly #writer: FileWriter
  readonly #allowances = new Allowances()
  #lastNumber = 0
  #isClosed = false

  constructor(options: OpenDocumentsOptions) {
    const { db, blobs, log } = options
    this.#options = options
    this.#jobs = new TextJobs(log)
    this.#committer = new Committer({
      log,
      append: (records) => appendRecords(db, records),
      onAway: (isAway) => {
        for (const { open } of this.table.all()) open?.room.access.setStorageAway(isAway)
      },
    })
    this.#writer = createFileWriter(db, blobs)
  }

  /** @throws Refusal */
  async open(projectId: string, path: string, engine: EngineName): Promise<OpenDocument> {
    for (;;) {
      const entry = this.table.find(projectId, path)
      if (entry === undefined) {
        if (this.#isClosed) throw new Refusal('shutting-down', 'The server is shutting down. Try again shortly.')
        if (this.table.size >= openRooms) throw tooManyOpen()
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

  /** Nobody enters from here on. Resolves when everything is in the file and another server may have it. */
  unload(entry: Entry): Promise<void> {
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

  /** Its file is gone. */
  delete(entry: Entry): void {
    this.drop(entry, 'deleted', deletedDetail)
  }

  /** Closes it as it is, for everybody. */
  drop(entry: Entry, reason: ClosingReason, detail: string): void {
    entry.isDeleted = true
    this.#remove(entry)
    if (entry.open !== null) closeDocument(entry.open, reason, detail)
  }

  move(entry: Entry, path: string): void {
    this.table.move(entry, path)
    entry.open?.room.tellAll({ type: 'moved', path })
  }

  /** Files everything, within bounds, and gives the documents back. */
  async close(): Promise<void> {
    this.#isClosed = true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeWithinMs)
    })
    const unloading = [...this.table.all()].map(async (entry) => {
      await entry.opening.catch(() => {})
      await this.unload(entry)
    })
    await Promise.race([Promise.allSettled(unloading), late])
    clearTimeout(timer)
    for (const entry of [...this.table.all()]) this.drop(entry, 'again', 'The server is shutting down.')
    await this.#committer.close(2000)
    await this.#jobs.close()
  }

  #begin(projectId: string, path: string, engine: EngineName): Promise<OpenDocument> {
    const entry: Entry = {
      ...{ projectId, path, open: null, closing: null, isDeleted: false, timer: null },
      opening: Promise.resolve().then(() => this.#load(entry, engine)),
    }
    this.table.add(entry)
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
    open.ownerRoom.look()
    this.#closeWhenEmpty(entry)
    return open
  }

  #build(entry: Entry, loaded: Loaded): OpenDocument {
    const { id, epoch, engine, text } = loaded
    const { db, blobs, projects, log, pace = usualPace } = this.#options
    const jobs = this.#jobs
    let live: LiveText
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
        jobs.missing(engine, stored.stored(), request).catch((error: unknown) => {
          if (!(error instanceof BadMessage)) log.warn('a join was not answered', { document: id, error })
          throw error
        }),
      onStored: (bytes) => filing.noteStored(bytes),
      onEmpty: () => this.#whenEmpty(entry),
      onLost: () => void this.#whenLost(entry, open),
    })
    const { storage, lookForRoomMs } = this.#options
    const ownerRoom = new OwnerRoom({ projectId: entry.projectId, room, storage, lookEveryMs: lookForRoomMs, log })
    const filing: Filing = new Filing(
      {
        ...{
          documentId: id,
          epoch,
          projectId: entry.projectId,
          engine,
          room,
          jobs,
          writer: ownerRoom.counting(this.#writer),
          pace,
          log,
        },
        readFile: () => readFileText(db, blobs, entry.projectId, entry.path),
        onFiled: (file) => projects.tellSaved(entry.projectId, room.lastWriter ?? '', file),
        onLost: () => void this.#whenLost(entry, open),
      },
      loaded,
    )
    const open: OpenDocument = { id, epoch, room, filing, ownerRoom }
    return open
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
      this.unload(entry).catch((error: unknown) => {
        this.#options.log.warn('document not closed', { error })
        if (!this.#isClosed && this.table.has(entry)) this.#closeWhenEmpty(entry)
      })
    }, this.#options.lingerMs ?? lingerMs)
  }

  async #whenLost(entry: Entry, open: OpenDocument): Promise<void> {
    open.filing.close()
    open.ownerRoom.close()
    this.#remove(entry)
    const exists = await documentExists(this.#options.db, open.id).catch(() => true)
    if (exists) closeDocument(open, 'again', 'Another server has this document now. Open it anew.')
    else closeDocument(open, 'deleted', deletedDetail)
  }

  #remove(entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer)
    this.table.remove(entry)
  }
}

const lostDocument = (): Refusal =>
  new Refusal('storage-unavailable', 'Another server took this document over. Try again.', { retryAfterSeconds: 1 })
const tooManyOpen = (): Refusal =>
  new Refusal('storage-unavailable', `The server has ${openRooms} documents open, which is the most. Try again shortly.`, {
    retryAfterSeconds: 10,
  })
