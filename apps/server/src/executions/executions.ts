/** Executions: start, watch, feed, stop. The face of this folder. */
import { Refusal } from '@atelier/protocol/errors'
import type { Execution, ExecutionCommand, ExecutionRequest } from '@atelier/protocol/executions'
import type { Database } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import { releaseKey, takeKey } from '../accounts/idempotency.ts'
import { findArtefact } from './artefact-rows.ts'
import { Books, describeExecution } from './books.ts'
import { type EventSource, endedEvents } from './event-log.ts'
import { findEvents, findExecution, listExecutions } from './execution-rows.ts'
import { Launcher, type LaunchOptions } from './launch.ts'
import type { LiveExecution } from './live-execution.ts'

export type ExecutionsOptions = LaunchOptions & { readonly db: Database }

/** `booked` settles when it is in the books, or rejects when that could not be done. */
type Started = { readonly id: string; readonly booked: Promise<void> }

export class Executions {
  readonly #options: ExecutionsOptions
  readonly #launcher: Launcher
  readonly #books: Books

  constructor(options: ExecutionsOptions) {
    this.#options = options
    this.#launcher = new Launcher(options)
    this.#books = new Books(options.db, options.log)
  }

  /** Calls back when one starts and when it ends, with whose it is. Returns what stops it. */
  onChange(listener: (userId: string, execution: Execution) => void): () => void {
    return this.#books.onChange(listener)
  }

  /** Starts a program; resolves when it has a place and is in the books. `signal` aborts the waiting, not the running. */
  async start(userId: string, request: ExecutionRequest, idempotencyKey: string | null, signal: AbortSignal): Promise<Execution> {
    const { id, booked } = await this.#startOnce(userId, request, idempotencyKey, signal)
    await booked
    return this.read(userId, id)
  }

  /**
   * The same for who is shown the events: resolves when it has a place. The books follow, as the first byte often comes before
   * the database answers; when they cannot be written, the program is stopped and its last event says so.
   */
  async startAndFollow(
    userId: string,
    request: ExecutionRequest,
    idempotencyKey: string | null,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly events: EventSource }> {
    const { id, booked } = await this.#startOnce(userId, request, idempotencyKey, signal)
    booked.catch((error) => this.#options.log.error('execution not written', { execution: id, error }))
    return { id, events: await this.follow(userId, id) }
  }

  async #startOnce(
    userId: string,
    request: ExecutionRequest,
    idempotencyKey: string | null,
    signal: AbortSignal,
  ): Promise<Started> {
    const id = uuidv7()
    if (idempotencyKey === null) return this.#startNew(id, userId, request, signal)
    const { db, admission } = this.#options
    const queueWaitMs = admission.longestWaitMs
    const hold = await takeKey(db, { userId, key: idempotencyKey, body: request, madeId: id, queueWaitMs })
    if (hold.kind === 'replay') return { id: hold.madeId, booked: Promise.resolve() }
    const release = async (error: unknown): Promise<never> => {
      await releaseKey(db, userId, idempotencyKey, id)
      throw error
    }
    const { booked } = await this.#startNew(id, userId, request, signal).catch(release)
    return { id, booked: booked.catch(release) }
  }

  async #startNew(id: string, userId: string, request: ExecutionRequest, signal: AbortSignal): Promise<Started> {
    const { alive, place } = await this.#launcher.launch(id, userId, request, signal)
    return { id, booked: this.#books.enter(alive, place) }
  }

  /** Refuses with `not-found` what is not there or not this user's. */
  async read(userId: string, id: string): Promise<Execution> {
    const alive = this.#books.find(userId, id)
    if (alive !== undefined) return describeExecution(alive)
    const kept = await findExecution(this.#options.db.as(userId), userId, id)
    if (kept === null) throw notFound()
    return kept
  }

  list(userId: string, limit: number, before: string | null): Promise<Execution[]> {
    return listExecutions(this.#options.db.as(userId), userId, limit, before)
  }

  /** The events of an execution, live or kept. */
  async follow(userId: string, id: string): Promise<EventSource> {
    const alive = this.#books.find(userId, id)
    if (alive !== undefined) return alive.live.events
    await this.read(userId, id)
    const kept = await findEvents(this.#options.db.as(userId), id)
    return endedEvents(kept.events, kept.droppedBytes)
  }

  /** The bytes of a file that the program made. Refuses with `not-found` what is not there or not this user's. */
  async readArtefact(userId: string, id: string, path: string): Promise<Uint8Array> {
    const alive = this.#books.find(userId, id)
    if (alive === undefined) await this.read(userId, id)
    const kept = alive?.live.artefacts.find((artefact) => artefact.path === path)?.content
    const content = kept ?? (alive === undefined ? await findArtefact(this.#options.db.as(userId), id, path) : null)
    if (content === null) throw new Refusal('not-found', 'This execution left no such file, or it is no longer kept.')
    return content
  }

  async command(userId: string, id: string, command: ExecutionCommand): Promise<void> {
    const live = await this.#running(userId, id)
    switch (command.type) {
      case 'stdin':
        return live.write(Buffer.from(command.data, command.encoding))
      case 'end-of-input':
        return live.endInput()
      case 'signal':
        return live.signal(command.signal)
      case 'resize':
        return live.resize({ columns: command.columns, rows: command.rows })
      case 'cancel':
        return live.cancel()
    }
  }

  async write(userId: string, id: string, bytes: Uint8Array): Promise<void> {
    const live = await this.#running(userId, id)
    live.write(bytes)
  }

  async #running(userId: string, id: string): Promise<LiveExecution> {
    const alive = this.#books.find(userId, id)
    if (alive !== undefined) return alive.live
    await this.read(userId, id)
    throw new Refusal('execution-ended', 'This execution has ended already. Start it again to go on.')
  }

  /** For administrators: stops whoever's it is. False: it does not run on this server. */
  stop(id: string): boolean {
    const live = this.#books.running(id)
    live?.cancel()
    return live !== undefined
  }

  /** Ends what runs, and waits until every result is written. */
  async close(): Promise<void> {
    this.#options.admission.close()
    await this.#books.close()
  }
}

const notFound = (): Refusal => new Refusal('not-found', 'There is no such execution, or it is no longer kept.')
