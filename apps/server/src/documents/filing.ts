/**
 * Keeps the file of an open document up to date: a moment after the last key, every few seconds while somebody types, and whenever
 * somebody asks for the file. The thread that makes the text makes a new snapshot with it, so that joins stay short.
 */
import type { Log } from '@atelier/base/log'
import { documentLimits } from '@atelier/protocol/documents'
import type { FileEntry } from '@atelier/protocol/files'
import { type EngineName, TooFarBehind } from '@atelier/text/engine'
import type { LineEnd } from './file-text.ts'
import type { FileWriter } from './file-writer.ts'
import type { Room } from './room.ts'
import { type TextJobs, TextThreadDied } from './text-jobs.ts'

export type FilingPace = {
  /** After the last change. */
  readonly restMs: number
  /** While changes come. */
  readonly everyMs: number
}
export const usualPace: FilingPace = { restMs: 1000, everyMs: 10_000 }

/** Texts above this are filed rarer, in proportion: each time, all of it is written. */
const smallBytes = 128 * 1024
/** More than this after the stored snapshot, and a new one is stored with the file. */
const tail = { bytes: 256 * 1024, records: 2000 } as const
const retryMs = 2000

export type FilingParts = {
  readonly documentId: string
  readonly epoch: number
  readonly projectId: string
  readonly engine: EngineName
  readonly room: Room
  readonly jobs: TextJobs
  readonly writer: FileWriter
  readonly pace: FilingPace
  readonly log: Log
  /** Reads the file that somebody else wrote. */
  readonly readFile: () => Promise<{ readonly version: number; readonly text: string; readonly lineEnd: LineEnd }>
  readonly onFiled: (entry: FileEntry) => void
  readonly onLost: () => void
}

export type FilingStart = {
  readonly filedSeq: number
  readonly snapshotSeq: number
  readonly fileVersion: number
  readonly lineEnd: LineEnd
}

export class Filing {
  readonly #parts: FilingParts
  #filedSeq: number
  #storedSnapshotSeq: number
  #bytesSinceSnapshot: number
  #fileVersion: number
  #lineEnd: LineEnd
  /** Text of a file that was written by others and is in the document since, while the document is not in the file; usually null. */
  #adopted: string | null = null
  #textBytes = 0
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #lastStoredMs = 0
  #firstUnfiledMs = 0
  #isClosed = false

  constructor(parts: FilingParts, start: FilingStart) {
    this.#parts = parts
    this.#filedSeq = start.filedSeq
    this.#storedSnapshotSeq = start.snapshotSeq
    this.#fileVersion = start.fileVersion
    this.#lineEnd = start.lineEnd
    this.#bytesSinceSnapshot = parts.room.text.recordBytes
  }

  get isFiled(): boolean {
    return this.#filedSeq === this.#parts.room.text.seq && this.#parts.room.isStored
  }

  get fileVersion(): number {
    return this.#fileVersion
  }

  noteStored(bytes: number): void {
    const now = performance.now()
    if (this.#firstUnfiledMs === 0) this.#firstUnfiledMs = now
    this.#lastStoredMs = now
    this.#bytesSinceSnapshot += bytes
    const { text } = this.#parts.room
    if (text.recordBytes > Math.max(tail.bytes, text.bytes / 2) && this.#running === null) this.#fileSoon(0)
    else this.#timer ?? this.#fileSoon(this.#parts.pace.restMs)
  }

  /** Resolves when all that was taken until now is in the file. `withSnapshot`: and the next one who opens it reads no records. */
  async fileNow(withSnapshot = false): Promise<void> {
    const { room } = this.#parts
    await room.drain()
    const wanted = room.text.seq
    for (;;) {
      if (this.#isClosed || room.isClosed) return
      if (this.#filedSeq >= wanted && (!withSnapshot || this.#storedSnapshotSeq >= wanted)) return
      if (this.#running !== null) {
        await this.#running.catch(() => {})
        continue
      }
      this.#running = this.#fileOnce(withSnapshot).finally(() => {
        this.#running = null
      })
      await this.#running
    }
  }

  /**
   * The file was written, with this text, by somebody who did not know of the document, or did: the text becomes the document's. If it
   * closes meanwhile, who opens it next finds a file that was written past it.
   */
  async adopt(version: number, text: string, lineEnd: LineEnd, userId: string | null): Promise<void> {
    while (this.#running !== null) await this.#running.catch(() => {})
    this.#running = this.#adopt(version, text, lineEnd, userId).finally(() => {
      this.#running = null
    })
    await this.#running
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #fileSoon(waitMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#whenDue(), waitMs)
  }

  #whenDue(): void {
    this.#timer = null
    if (this.#isClosed) return
    const now = performance.now()
    const { restMs, everyMs } = this.#parts.pace
    const { text } = this.#parts.room
    const isLong = text.recordBytes > Math.max(tail.bytes, text.bytes / 2)
    const restIn = this.#lastStoredMs + restMs - now
    const everyIn = this.#firstUnfiledMs + everyMs * Math.max(1, this.#textBytes / smallBytes) - now
    if (!isLong && restIn > 1 && everyIn > 1) {
      this.#fileSoon(Math.min(restIn, everyIn))
      return
    }
    this.fileNow().catch((error: unknown) => {
      this.#parts.log.warn('document not filed', { document: this.#parts.documentId, error })
      if (!this.#isClosed) this.#fileSoon(retryMs)
    })
  }

  async #fileOnce(withSnapshot: boolean): Promise<void> {
    const { room, writer, documentId, epoch, projectId } = this.#parts
    const { seq } = room.text
    this.#firstUnfiledMs = 0
    const bytesBefore = this.#bytesSinceSnapshot
    const compacted = await this.#compact()
    const storesSnapshot = withSnapshot || bytesBefore > tail.bytes || seq - this.#storedSnapshotSeq > tail.records
    const filing = await writer.file({
      ...{ documentId, epoch, projectId, seq, text: compacted.text, lineEnd: this.#lineEnd, fileVersion: this.#fileVersion },
      author: room.lastWriter,
      snapshot: storesSnapshot ? compacted.snapshot : null,
    })
    if (filing.outcome === 'lost') return this.#parts.onLost()
    if (filing.outcome === 'foreign') {
      const { version, text, lineEnd } = await this.#parts.readFile()
      return this.#adopt(version, text, lineEnd, null)
    }
    this.#filedSeq = seq
    this.#adopted = null
    this.#fileVersion = filing.entry.version
    this.#textBytes = filing.entry.sizeBytes
    room.text.rebase(compacted.snapshot, seq)
    if (storesSnapshot) {
      this.#storedSnapshotSeq = seq
      this.#bytesSinceSnapshot -= bytesBefore
    }
    room.access.setTooLarge(this.#textBytes > documentLimits.textBytes || room.text.bytes > documentLimits.storedBytes)
    if (filing.isNewVersion) this.#parts.onFiled(filing.entry)
    room.tellAll({ type: 'filed', version: filing.entry.version })
  }

  async #adopt(version: number, text: string, lineEnd: LineEnd, userId: string | null): Promise<void> {
    const { room, jobs, engine } = this.#parts
    // The author is the version: the same file taken in twice, after a crash in between, is a repetition.
    const author = `file-${version}`
    const take = async (): Promise<void> => {
      await room.drain()
      const stored = room.text.stored()
      const base = stored.records.length - (room.text.seq - this.#filedSeq)
      const wanted = this.#adopted === null ? { text, base } : { text, from: this.#adopted }
      const body = await jobs.rewrite(engine, stored, author, wanted)
      if (body !== null) await room.rewrite(body, author, userId)
    }
    try {
      await take()
    } catch (error) {
      if (!(error instanceof TooFarBehind)) throw error
      // So much was typed while it was made: once more, and the others wait.
      await room.alone(take)
    }
    // The text may lack the rewriting: it must not be taken for the one that belongs to this version.
    if (this.#isClosed) return
    this.#adopted = text
    this.#fileVersion = version
    this.#lineEnd = lineEnd
    await this.#fileOnce(false)
  }

  async #compact() {
    const { room, jobs, engine } = this.#parts
    const stored = room.text.stored()
    try {
      return await jobs.compact(engine, stored)
    } catch (error) {
      if (!(error instanceof TextThreadDied)) throw error
      return jobs.compact(engine, stored)
    }
  }
}
