/**
 * The executions of this server, in memory and in the database: each is written down while it runs and once more when it has ended, and
 * is remembered for a while after that.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '@atelier/base/log'
import type { Execution } from '@atelier/protocol/executions'
import type { Database } from '@atelier/storage/db/database'
import { LRUCache } from 'lru-cache'
import type { Place } from './admission.ts'
import { keepArtefacts } from './artefact-rows.ts'
import { finishExecution, insertExecution, type NewExecution, timeOfId } from './execution-rows.ts'
import type { LiveExecution } from './live-execution.ts'

/** Ended executions stay in memory this long, so that followers need not wait for the database. */
const rememberMs = 60_000
const rememberAtMost = 500
/** All of them together, counted by their output: whose output is large is read from the database at once. */
const rememberBytes = 32 * 1024 * 1024

/** An end that could not be written is tried again at least this often. */
const longestRetryMs = 5_000

export type Alive = { readonly execution: NewExecution; readonly live: LiveExecution }

export class Books {
  readonly #db: Database
  readonly #log: Log
  readonly #alive = new Map<string, Alive>()
  readonly #remembered = new LRUCache<string, Alive>({
    ...{ max: rememberAtMost, ttl: rememberMs, maxSize: rememberBytes },
    sizeCalculation: ({ live }) =>
      live.artefacts.reduce((sum, { content }) => sum + content.byteLength, 1024 + live.events.sizeBytes),
  })
  readonly #finishing = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  readonly #listeners = new Set<(userId: string, execution: Execution) => void>()

  constructor(db: Database, log: Log) {
    this.#db = db
    this.#log = log
  }

  /** Calls back when one starts and when it ends, with whose it is. Returns what stops it. */
  onChange(listener: (userId: string, execution: Execution) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes one that has just begun. Resolves when it is written down; rejects when that cannot be done, and then it is stopped. */
  enter(alive: Alive, place: Place): Promise<void> {
    this.#alive.set(alive.live.id, alive)
    this.#tell(alive)
    const booked = insertExecution(this.#db, alive.execution).then(
      () => this.#settle(alive, place, true),
      (error: unknown) => {
        alive.live.cancel('infrastructure')
        this.#settle(alive, place, false)
        throw error
      },
    )
    const over = booked.catch(() => {})
    this.#finishing.add(over)
    over.finally(() => this.#finishing.delete(over))
    return booked
  }

  /** Of this user: one that runs, or has ended a moment ago. */
  find(userId: string, id: string): Alive | undefined {
    const alive = this.#alive.get(id) ?? this.#remembered.get(id)
    return alive?.execution.userId === userId ? alive : undefined
  }

  /** Whoever's it is; undefined: it does not run on this server. */
  running(id: string): LiveExecution | undefined {
    const live = this.#alive.get(id)?.live
    return live?.isEnded === true ? undefined : live
  }

  /** Ends what runs, and waits until every result is written. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const { live } of this.#alive.values()) live.cancel('infrastructure')
    while (this.#finishing.size > 0) await Promise.allSettled([...this.#finishing])
  }

  #tell(alive: Alive): void {
    for (const listener of this.#listeners)
      try {
        listener(alive.execution.userId, describeExecution(alive))
      } catch (error) {
        this.#log.error('a change of an execution was not taken', { error })
      }
  }

  /** When it has ended: the place is free at once, the books follow. */
  #settle(alive: Alive, place: Place, inTheBooks: boolean): void {
    const { live } = alive
    const finishing = live.ended.then(async () => {
      place.leave()
      this.#remembered.set(live.id, alive)
      this.#tell(alive)
      if (inTheBooks) await this.#writeEnd(alive)
      this.#alive.delete(live.id)
    })
    this.#finishing.add(finishing)
    finishing.finally(() => this.#finishing.delete(finishing))
  }

  /** Keeps trying, as long as we live: a result that was shown must not be forgotten because the database was away. */
  async #writeEnd({ execution, live }: Alive): Promise<void> {
    const { events, droppedBytes } = live.events.kept()
    if (live.end === null) throw new Error('an execution without an end cannot be written')
    const ended = {
      ...{ execution, droppedBytes, result: live.end.result, endedAt: new Date(live.end.atMs) },
      events: events.map((event) => event.json),
      firstSeq: events[0]?.seq ?? 1,
    }
    for (let attempt = 1; ; attempt++) {
      const isLast = this.#closing.signal.aborted
      try {
        await keepArtefacts(this.#db, live.id, live.artefacts)
        return await finishExecution(this.#db, ended)
      } catch (error) {
        this.#log.warn('end of execution not written', { execution: live.id, attempt, error })
        if (isLast) return
        const waitMs = Math.min(100 * 2 ** attempt, longestRetryMs)
        await wait(waitMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      }
    }
  }
}

/** As its user sees it. */
export function describeExecution({ execution, live }: Alive): Execution {
  const { id, projectId, language, entryPoint, isolation, limits, startedAt } = execution
  return {
    ...{ id, projectId, language, entryPoint, isolation, limits },
    state: live.isEnded ? 'ended' : 'running',
    createdAt: new Date(timeOfId(id)).toISOString(),
    startedAt: startedAt.toISOString(),
    endedAt: live.end === null ? null : new Date(live.end.atMs).toISOString(),
    result: live.end?.result ?? null,
  }
}
