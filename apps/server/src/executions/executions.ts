/** Executions: start, watch, feed, stop. The face of this folder. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import type { Execution, ExecutionCommand, ExecutionRequest } from '@atelier/protocol/executions'
import type { Language } from '@atelier/protocol/languages'
import type { Isolation, Root, SandboxFile, SandboxLimits } from '@atelier/sandbox/sandbox'
import type { Database } from '@atelier/storage/db/database'
import { LRUCache } from 'lru-cache'
import { v7 as uuidv7 } from 'uuid'
import type { Projects } from '../projects/projects.ts'
import type { Admission, Place } from './admission.ts'
import { type Allowances, allowEverything } from './allowance.ts'
import { findArtefact, keepArtefacts } from './artefact-rows.ts'
import { type EventSource, endedEvents } from './event-log.ts'
import {
  findEvents,
  findExecution,
  finishExecution,
  insertExecution,
  listExecutions,
  type NewExecution,
  timeOfId,
} from './execution-rows.ts'
import { releaseKey, takeKey } from './idempotency.ts'
import type { ChosenIsolation } from './isolation.ts'
import { grantLimits, type LimitPolicy, sandboxLimitsOf } from './limits.ts'
import { type CompiledPrograms, type ExecutionPlan, LiveExecution } from './live-execution.ts'
import { type EgressGrant, type EgressSource, grantNetwork } from './network.ts'
import { type Choice, chooseEntryPoint, decodeFiles } from './prepare.ts'

/** What this folder needs to know of languages. */
export interface LanguageSource {
  list(): readonly Language[]
  plan(work: {
    readonly language: string
    readonly entryPoint: string
    readonly args: readonly string[]
    readonly environment: Readonly<Record<string, string>>
    readonly files: readonly SandboxFile[]
    readonly limits: SandboxLimits
    readonly canShow: (root: Root) => boolean
  }): ExecutionPlan
}

/** Which wall an execution gets. Refuses what the policy does not allow, and what this machine cannot do. */
export interface IsolationSource {
  choose(asked: Isolation | undefined): ChosenIsolation
}

export type ExecutionsOptions = {
  readonly db: Database
  readonly log: Log
  readonly now: () => number
  readonly serverKey: number
  readonly projects: Pick<Projects, 'readAllFiles'>
  readonly languages: LanguageSource
  readonly isolations: IsolationSource
  /** Null: no program has a network. */
  readonly egress: EgressSource | null
  readonly compiled: CompiledPrograms
  readonly admission: Admission
  readonly limits: LimitPolicy
  /** What each user may; without it everybody may what the limits say. */
  readonly allowances?: Allowances
  readonly keptBytes: number
}

/** Ended executions stay in memory this long, so that followers need not wait for the database. */
const rememberMs = 60_000
const rememberAtMost = 500
/** All of them together, counted by their output: whose output is large is read from the database at once. */
const rememberBytes = 32 * 1024 * 1024

/** An end that could not be written is tried again at least this often. */
const longestRetryMs = 5_000

/** `booked` settles when it is in the books, or rejects when that could not be done. */
type Started = { readonly id: string; readonly booked: Promise<void> }

type Alive = { readonly execution: NewExecution; readonly live: LiveExecution }

export class Executions {
  readonly #options: ExecutionsOptions
  readonly #allowances: Allowances
  readonly #alive = new Map<string, Alive>()
  readonly #remembered = new LRUCache<string, Alive>({
    ...{ max: rememberAtMost, ttl: rememberMs, maxSize: rememberBytes },
    sizeCalculation: ({ live }) =>
      live.artefacts.reduce((sum, { content }) => sum + content.byteLength, 1024 + live.events.sizeBytes),
  })
  readonly #finishing = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  readonly #listeners = new Set<(userId: string, execution: Execution) => void>()

  constructor(options: ExecutionsOptions) {
    this.#options = options
    this.#allowances = options.allowances ?? allowEverything(options.limits)
  }

  /** Calls back when one starts and when it ends, with whose it is. Returns what stops it. */
  onChange(listener: (userId: string, execution: Execution) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(alive: Alive): void {
    for (const listener of this.#listeners)
      try {
        listener(alive.execution.userId, describe(alive))
      } catch (error) {
        this.#options.log.error('a change of an execution was not taken', { error })
      }
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
    const hold = await takeKey(db, { userId, key: idempotencyKey, body: request, executionId: id, queueWaitMs })
    if (hold.kind === 'replay') return { id: hold.executionId, booked: Promise.resolve() }
    const release = async (error: unknown): Promise<never> => {
      await releaseKey(db, userId, idempotencyKey, id)
      throw error
    }
    const { booked } = await this.#startNew(id, userId, request, signal).catch(release)
    return { id, booked: booked.catch(release) }
  }

  async #startNew(id: string, userId: string, request: ExecutionRequest, signal: AbortSignal): Promise<Started> {
    const { admission, isolations, serverKey } = this.#options
    const isolation = isolations.choose(request.isolation)
    const network = grantNetwork(request.network, isolation.level, this.#options.egress)
    const files = await this.#filesOf(userId, request)
    const choice = chooseEntryPoint(
      request,
      files.map((file) => file.path),
      this.#options.languages.list(),
    )
    if (!choice.language.available)
      throw new Refusal(
        'language-unavailable',
        `${choice.language.name} is not ready: ${choice.language.reason ?? 'unknown reason'}. ${choice.language.remedy ?? ''}`.trim(),
        {
          retryAfterSeconds: 10,
        },
      )
    const allowance = await this.#allowances.of(userId)
    const limits = grantLimits(request.limits, allowance.limits)
    const { args, environment } = request
    const plan = this.#options.languages.plan({
      ...{ language: choice.language.id, entryPoint: choice.entryPoint, args, environment, files },
      limits: sandboxLimitsOf(limits),
      canShow: isolation.canShow,
    })
    isolation.checkPlan(plan, choice.language.name)
    const counted = await allowance.take()
    const place = await admission.enter(userId, signal, allowance.atOnce ?? undefined).catch((error: unknown) => {
      counted.giveBack()
      throw error
    })
    const live = this.#launch(id, request, choice, limits, plan, isolation, network)
    const execution: NewExecution = {
      ...{ id, userId, serverKey, limits, language: choice.language.id, entryPoint: choice.entryPoint },
      isolation: isolation.level,
      projectId: request.projectId ?? null,
      startedAt: new Date(live.startedAtMs),
    }
    return { id, booked: this.#book(this.#remember(execution, live), place) }
  }

  /** Into the books while it runs. Rejects when that cannot be done; then it is stopped. */
  #book(alive: Alive, place: Place): Promise<void> {
    const booked = insertExecution(this.#options.db, alive.execution).then(
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

  async #filesOf(userId: string, request: ExecutionRequest): Promise<readonly SandboxFile[]> {
    if ((request.files === undefined) === (request.projectId === undefined))
      throw new Refusal('invalid-request', 'Send either "projectId" or "files": one of the two.')
    if (request.files !== undefined) return decodeFiles(request.files)
    return this.#options.projects.readAllFiles(request.projectId ?? '', userId)
  }

  #launch(
    id: string,
    request: ExecutionRequest,
    choice: Choice,
    limits: LiveExecution['limits'],
    plan: ExecutionPlan,
    { sandboxes }: ChosenIsolation,
    openEgress: EgressGrant | null,
  ): LiveExecution {
    const { compiled, keptBytes, now, log } = this.#options
    return new LiveExecution({
      ...{ id, limits, plan, sandboxes, openEgress, compiled, keptBytes, now, log },
      language: choice.language.id,
      stdin: request.stdin === undefined ? null : Buffer.from(request.stdin, 'utf8'),
      interactive: request.interactive ?? request.stdin === undefined,
      waitsForReaders: request.waitsForReaders ?? false,
      terminal: request.terminal ?? null,
      wantsArtefacts: request.artefacts,
    })
  }

  /** Not the request itself: its files would be held for as long as the execution is remembered. */
  #remember(execution: NewExecution, live: LiveExecution): Alive {
    const alive: Alive = { execution, live }
    this.#alive.set(live.id, alive)
    this.#tell(alive)
    return alive
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
        await keepArtefacts(this.#options.db, live.id, live.artefacts)
        return await finishExecution(this.#options.db, ended)
      } catch (error) {
        this.#options.log.warn('end of execution not written', { execution: live.id, attempt, error })
        if (isLast) return
        const waitMs = Math.min(100 * 2 ** attempt, longestRetryMs)
        await wait(waitMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      }
    }
  }

  /** Refuses with `not-found` what is not there or not this user's. */
  async read(userId: string, id: string): Promise<Execution> {
    const alive = this.#find(userId, id)
    if (alive !== undefined) return describe(alive)
    const kept = await findExecution(this.#options.db.as(userId), userId, id)
    if (kept === null) throw notFound()
    return kept
  }

  list(userId: string, limit: number, before: string | null): Promise<Execution[]> {
    return listExecutions(this.#options.db.as(userId), userId, limit, before)
  }

  /** The events of an execution, live or kept. */
  async follow(userId: string, id: string): Promise<EventSource> {
    const alive = this.#find(userId, id)
    if (alive !== undefined) return alive.live.events
    await this.read(userId, id)
    const kept = await findEvents(this.#options.db.as(userId), id)
    return endedEvents(kept.events, kept.droppedBytes)
  }

  /** The bytes of a file that the program made. Refuses with `not-found` what is not there or not this user's. */
  async readArtefact(userId: string, id: string, path: string): Promise<Uint8Array> {
    const alive = this.#find(userId, id)
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
    const alive = this.#find(userId, id)
    if (alive !== undefined) return alive.live
    await this.read(userId, id)
    throw new Refusal('execution-ended', 'This execution has ended already. Start it again to go on.')
  }

  #find(userId: string, id: string): Alive | undefined {
    const alive = this.#alive.get(id) ?? this.#remembered.get(id)
    return alive?.execution.userId === userId ? alive : undefined
  }

  /** For administrators: stops whoever's it is. False: it does not run on this server. */
  stop(id: string): boolean {
    const alive = this.#alive.get(id)
    if (alive === undefined || alive.live.isEnded) return false
    alive.live.cancel()
    return true
  }

  /** Ends what runs, and waits until every result is written. */
  async close(): Promise<void> {
    this.#options.admission.close()
    this.#closing.abort()
    for (const { live } of this.#alive.values()) live.cancel('infrastructure')
    while (this.#finishing.size > 0) await Promise.allSettled([...this.#finishing])
  }
}

function describe({ execution, live }: Alive): Execution {
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

const notFound = (): Refusal => new Refusal('not-found', 'There is no such execution, or it is no longer kept.')
