/**
 * The one writer of changes: whatever rooms have taken in meanwhile goes into one statement and one commit, and only then do
 * they tell anybody. A lone change is committed at once; under load commits keep a distance, so that each carries more.
 *
 *     room has changes ─► due ─► takeBatch ─► commit ─► stored │ lost (the document is another server's by now)
 *                                               └─► the database is away: the same batches again, until it answers
 */
import type { Log } from '@atelier/base/log'
import { isDatabaseAway } from '@atelier/storage/db/away'
import { Gauge, Histogram } from 'prom-client'
import { registry } from '../observe/metrics.ts'
import type { NewRecord } from './append-rows.ts'

const commitSeconds = new Histogram({
  name: 'atelier_document_commit_seconds',
  help: 'Time that a commit of document changes takes',
  buckets: [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.05, 0.2, 1, 5],
  registers: [registry],
})
const commitRecords = new Histogram({
  name: 'atelier_document_commit_records',
  help: 'Documents whose changes one commit made last',
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  registers: [registry],
})
const away = new Gauge({
  name: 'atelier_document_storage_away',
  help: '1 while changes of documents cannot be made last',
  registers: [registry],
})

/** What a room gives away to be stored; `record` null: nothing new, but somebody waits for what is under way. */
export type Batch = { readonly record: NewRecord; readonly changes: number }

export interface CommittedRoom {
  /** What is to be stored now; null: nothing. Not asked again before `stored` or `lost`. */
  takeBatch(): Batch | null
  stored(batch: Batch): void
  /** The batch is not stored and never will be. */
  lost(batch: Batch): void
}

export type CommitterOptions = {
  readonly append: (records: readonly NewRecord[]) => Promise<ReadonlySet<string>>
  readonly log: Log
  /** The database does not take changes any more, or takes them again. */
  readonly onAway: (isAway: boolean) => void
  readonly now?: () => number
}

/** Between the starts of two commits: longer after one for many documents, so that they share what a commit costs. */
const distanceMs = { least: 5, perRecord: 0.25, most: 15 } as const
const recordsPerCommit = 256
const bytesPerCommit = 8 * 1024 * 1024
/** A commit under way for this long: people are told. */
const patienceMs = 2000
const retryMs = [50, 100, 200, 500, 1000] as const
/** PostgreSQL ended one of two transactions that waited for each other; the other one is a rename of folders. */
const deadlock = '40P01'

export class Committer {
  readonly #options: CommitterOptions
  readonly #now: () => number
  readonly #due = new Set<CommittedRoom>()
  #isRunning = false
  #isArmed = false
  #isAway = false
  #isGivingUp = false
  #lastStart = Number.NEGATIVE_INFINITY
  #lastRecords = 0
  #idle: (() => void)[] = []

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** The room has something to store. */
  add(room: CommittedRoom): void {
    this.#due.add(room)
    this.#arm()
  }

  remove(room: CommittedRoom): void {
    this.#due.delete(room)
  }

  /** Resolves when nothing is under way; a commit that the database does not answer is given up after `patienceMs`. */
  async close(patience: number): Promise<void> {
    if (!this.#isRunning && this.#due.size === 0) return
    const timer = setTimeout(() => {
      this.#isGivingUp = true
      this.#endIdle()
    }, patience)
    await new Promise<void>((resolve) => this.#idle.push(resolve))
    clearTimeout(timer)
  }

  #endIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #arm(): void {
    if (this.#isArmed || this.#isRunning) return
    if (this.#due.size === 0) {
      this.#endIdle()
      return
    }
    this.#isArmed = true
    const { least, perRecord, most } = distanceMs
    const waitMs = this.#lastStart + Math.min(most, least + perRecord * this.#lastRecords) - this.#now()
    const start = (): void => {
      this.#isArmed = false
      void this.#run()
    }
    if (waitMs > 0.5) setTimeout(start, waitMs)
    else setImmediate(start)
  }

  async #run(): Promise<void> {
    const taken = this.#takeBatches()
    if (taken.length === 0) {
      this.#arm()
      return
    }
    this.#isRunning = true
    this.#lastStart = this.#now()
    this.#lastRecords = taken.length
    const patience = setTimeout(() => this.#tellAway(true), patienceMs)
    try {
      await this.#store(taken)
    } finally {
      clearTimeout(patience)
      this.#tellAway(false)
      this.#isRunning = false
      this.#arm()
    }
  }

  #takeBatches(): Taken[] {
    const taken: Taken[] = []
    let bytes = 0
    for (const room of this.#due) {
      if (taken.length >= recordsPerCommit || bytes >= bytesPerCommit) break
      this.#due.delete(room)
      const batch = room.takeBatch()
      if (batch === null) continue
      taken.push({ room, batch })
      bytes += batch.record.bytes.length
    }
    return taken
  }

  /** Ends when each batch is stored or lost, however long that takes. */
  async #store(taken: readonly Taken[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      if (this.#isGivingUp) return this.#lose(taken)
      try {
        const started = this.#now()
        const stored = await this.#options.append(taken.map(({ batch }) => batch.record))
        commitSeconds.observe((this.#now() - started) / 1000)
        commitRecords.observe(taken.length)
        for (const { room, batch } of taken) {
          if (stored.has(batch.record.documentId)) this.#tell(() => room.stored(batch))
          else this.#tell(() => room.lost(batch))
        }
        return
      } catch (error) {
        const passes = isDatabaseAway(error) || (error as { code?: unknown }).code === deadlock
        if (!passes && taken.length === 1) {
          this.#options.log.error('changes of a document refused by the database', { error })
          return this.#lose(taken)
        }
        // One record may be the reason: each is tried alone, so that it fails alone.
        if (!passes) {
          for (const each of taken) await this.#store([each])
          return
        }
        if (attempt === 0) this.#options.log.warn('changes of documents wait for the database', { error })
        await new Promise((resolve) => setTimeout(resolve, retryMs[Math.min(attempt, retryMs.length - 1)]))
      }
    }
  }

  #lose(taken: readonly Taken[]): void {
    for (const { room, batch } of taken) this.#tell(() => room.lost(batch))
  }

  #tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#options.log.error('a room failed after a commit', { error })
    }
  }

  #tellAway(isAway: boolean): void {
    if (this.#isAway === isAway) return
    this.#isAway = isAway
    away.set(isAway ? 1 : 0)
    this.#tell(() => this.#options.onAway(isAway))
  }
}

type Taken = { readonly room: CommittedRoom; readonly batch: Batch }
