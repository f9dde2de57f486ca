/**
 * Threads that look through files, and who may have one. A search has a thread for itself until it ends; one that is given up while it
 * looks is ended with its thread, so that nothing goes on that nobody waits for.
 *
 *     asks ─► waits its turn (one at a time of each person, bounded) ─► has a thread ─► ends: the thread is kept for the next one, a while
 *                                                                  └─ given up or too slow while it looks: the thread is killed
 */
import { Worker } from 'node:worker_threads'
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import {
  type SearchCut,
  type SearchMatch,
  type SearchPattern,
  type SearchReplacement,
  searchLimits,
} from '@atelier/protocol/search'
import { Gauge } from 'prom-client'
import { registry } from '../observe/metrics.ts'
import type { Choice, Chosen } from './choose-paths.ts'

export type FileBytes = { readonly path: string; readonly version: number; readonly bytes: Uint8Array<ArrayBuffer> }
export type FoundInFile = {
  readonly path: string
  readonly version: number
  readonly matches: readonly SearchMatch[]
  readonly cut: SearchCut | null
}
/** `bytes`: where they were asked for. */
export type RewrittenFile = {
  readonly path: string
  readonly outcome: 'rewritten' | 'too-large' | 'too-slow' | 'not-there'
  readonly sizeBytes: number
  readonly replacements: number
  readonly bytes: Uint8Array<ArrayBuffer> | null
}

export type Begin = { readonly kind: 'begin'; readonly pattern: SearchPattern; readonly replacement: SearchReplacement | null }
export type ThreadQuestion =
  | Begin
  | { readonly kind: 'choose'; readonly paths: readonly string[]; readonly choice: Choice }
  | { readonly kind: 'look'; readonly files: readonly FileBytes[]; readonly most: number; readonly withinCpuMs: number }
  | {
      readonly kind: 'rewrite'
      readonly files: readonly (FileBytes & { readonly selected: readonly number[] | null })[]
      readonly wantsBytes: boolean
      readonly withinCpuMs: number
    }
export type ThreadAnswer =
  /** Comes first, unasked: it takes a moment until a thread has its program. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun' }
  | ({ readonly kind: 'chosen' } & Chosen)
  | { readonly kind: 'looked'; readonly files: readonly FoundInFile[]; readonly notText: number }
  | { readonly kind: 'rewritten'; readonly files: readonly RewrittenFile[] }
  | { readonly kind: 'failure'; readonly message: string; readonly isBadPattern: boolean }

/** The thread did not answer in time, or fell. The next question gets a new one. */
export class ThreadGaveUp extends Error {
  override readonly name = 'ThreadGaveUp'
}

export type SearchThread = {
  /** @throws ThreadGaveUp, Refusal invalid-request for a pattern that is none; whatever the signal was aborted with */
  ask<Kind extends ThreadQuestion['kind']>(
    question: Extract<ThreadQuestion, { kind: Kind }>,
  ): Promise<Exclude<ThreadAnswer, { kind: 'failure' }>>
  /** To be called when the search has ended, in whatever way. */
  end(): void
}

export type SearchThreadsOptions = { readonly program?: URL; readonly answerWithinMs?: number; readonly turnWithinMs?: number }

/** All searches together: they share the machine with everybody who types. More than one person may have, so that nobody has all. */
const searchesAtOnce = 2
const waitingSearches = 64
const waitingPerPerson = 4
const usualTurnMs = 20_000
/** A thread looks at its own clock, which counts what it works; this is for one that cannot, and for a machine that is very busy. */
const usualAnswerMs = searchLimits.fileSeconds * 1000 * 4
const keptIdleMs = 30_000
const heapMegabytes = 128
const nurseryMegabytes = 8
const ownProgram = new URL('./search-worker.ts', import.meta.url)

const runningGauge = new Gauge({
  name: 'atelier_searches_running',
  help: 'Searches through files that have a thread',
  registers: [registry],
})

type Waiting = { readonly userId: string; readonly begin: () => void }

export class SearchThreads {
  readonly #log: Log
  readonly #program: URL
  readonly #answerWithinMs: number
  readonly #turnWithinMs: number
  readonly #waiting: Waiting[] = []
  readonly #running = new Map<string, number>()
  readonly #workers = new Set<Worker>()
  readonly #isReady = new WeakSet<Worker>()
  readonly #idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout }[] = []
  #places = searchesAtOnce
  #isClosed = false

  /** All but the log: others in tests only. */
  constructor(log: Log, options: SearchThreadsOptions = {}) {
    const { program = ownProgram, answerWithinMs = usualAnswerMs, turnWithinMs = usualTurnMs } = options
    this.#log = log
    this.#program = program
    this.#answerWithinMs = answerWithinMs
    this.#turnWithinMs = turnWithinMs
  }

  /** For tests. */
  get counts(): { readonly running: number; readonly waiting: number; readonly threads: number } {
    return { running: searchesAtOnce - this.#places, waiting: this.#waiting.length, threads: this.#workers.size }
  }

  /** Resolves when it is this search's turn. @throws Refusal too-many-requests; whatever the signal was aborted with */
  async lease(userId: string, begin: Begin, signal: AbortSignal): Promise<SearchThread> {
    await this.#turn(userId, signal)
    return this.#threadFor(userId, begin, signal)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer)
    await Promise.all([...this.#workers].map((worker) => worker.terminate()))
  }

  #turn(userId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#mayBegin(userId)) {
      this.#take(userId)
      return Promise.resolve()
    }
    const own = this.#waiting.filter((each) => each.userId === userId).length
    if (this.#isClosed || own >= waitingPerPerson || this.#waiting.length >= waitingSearches)
      return Promise.reject(tooMany(own > 0))
    return new Promise((resolve, reject) => {
      const leave = (error: unknown): void => {
        settle()
        const at = this.#waiting.indexOf(waiting)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(error)
      }
      const onAbort = (): void => leave(signal.reason)
      const timer = setTimeout(() => leave(tooMany(true)), this.#turnWithinMs)
      const settle = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
      const waiting = {
        userId,
        begin: () => {
          settle()
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort)
      this.#waiting.push(waiting)
    })
  }

  #mayBegin(userId: string): boolean {
    return !this.#isClosed && this.#places > 0 && (this.#running.get(userId) ?? 0) < searchLimits.atOncePerUser
  }

  #take(userId: string): void {
    this.#places -= 1
    this.#running.set(userId, (this.#running.get(userId) ?? 0) + 1)
    runningGauge.set(searchesAtOnce - this.#places)
  }

  #release(userId: string): void {
    this.#places += 1
    const left = (this.#running.get(userId) ?? 1) - 1
    if (left === 0) this.#running.delete(userId)
    else this.#running.set(userId, left)
    runningGauge.set(searchesAtOnce - this.#places)
    for (const waiting of [...this.#waiting]) {
      if (!this.#mayBegin(waiting.userId)) continue
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      this.#take(waiting.userId)
      waiting.begin()
    }
  }

  #threadFor(userId: string, begin: Begin, signal: AbortSignal): SearchThread {
    let worker: Worker | null = null
    let hasEnded = false
    let isAsking = false
    const stop = (): void => {
      if (worker !== null) this.#kill(worker)
      worker = null
    }
    signal.addEventListener('abort', stop)

    const askNow = async (question: ThreadQuestion): Promise<Exclude<ThreadAnswer, { kind: 'failure' }>> => {
      signal.throwIfAborted()
      if (hasEnded) throw new Error('the search has ended')
      isAsking = true
      try {
        if (worker === null) {
          worker = this.#takeWorker()
          await this.#ready(worker)
          if (question.kind !== 'begin') await askNow(begin)
          isAsking = true
        }
        if (worker === null) throw new ThreadGaveUp('the thread ended')
        const answer = await this.#exchange(worker, question)
        if (answer.kind !== 'failure') return answer
        throw answer.isBadPattern ? badPattern(answer.message) : new Error(answer.message)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof ThreadGaveUp) stop()
        throw error
      } finally {
        isAsking = false
      }
    }
    return {
      ask: askNow,
      end: () => {
        if (hasEnded) return
        hasEnded = true
        signal.removeEventListener('abort', stop)
        if (worker !== null && !isAsking) this.#keepIdle(worker)
        else stop()
        this.#release(userId)
      },
    }
  }

  #ready(worker: Worker): Promise<void> {
    if (this.#isReady.has(worker)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      worker.once('message', () => {
        this.#isReady.add(worker)
        resolve()
      })
      worker.once('exit', () => reject(new ThreadGaveUp('the thread ended')))
    })
  }

  #exchange(worker: Worker, question: ThreadQuestion): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new ThreadGaveUp('no answer in time'))), this.#answerWithinMs)
      const settle = (how: () => void): void => {
        clearTimeout(timer)
        worker.off('message', onMessage).off('exit', onExit)
        how()
      }
      const onMessage = (answer: ThreadAnswer): void => settle(() => resolve(answer))
      const onExit = (): void => settle(() => reject(new ThreadGaveUp('the thread ended')))
      worker.on('message', onMessage).on('exit', onExit)
      worker.postMessage(question, 'files' in question ? question.files.map(({ bytes }) => bytes.buffer) : [])
    })
  }

  #takeWorker(): Worker {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      clearTimeout(idle.timer)
      idle.worker.ref()
      return idle.worker
    }
    const worker = new Worker(this.#program, {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: nurseryMegabytes },
    })
    this.#workers.add(worker)
    worker.on('error', (error) => this.#log.warn('a search thread fell', { error }))
    worker.on('exit', () => {
      this.#workers.delete(worker)
      const at = this.#idle.findIndex((each) => each.worker === worker)
      if (at >= 0) clearTimeout(this.#idle.splice(at, 1)[0]?.timer)
    })
    return worker
  }

  #keepIdle(worker: Worker): void {
    if (this.#isClosed) {
      this.#kill(worker)
      return
    }
    worker.unref()
    this.#idle.push({ worker, timer: setTimeout(() => this.#kill(worker), keptIdleMs).unref() })
  }

  #kill(worker: Worker): void {
    void worker.terminate()
  }
}

const badPattern = (detail: string): Refusal =>
  new Refusal('invalid-request', detail, { errors: [{ pointer: '/pattern', detail }] })

const tooMany = (areYours: boolean): Refusal =>
  new Refusal(
    'too-many-requests',
    areYours
      ? 'Other searches of yours are still running. Stop one of them, or try again in a moment.'
      : 'Many searches are running on this server. Try again in a moment.',
    { retryAfterSeconds: 2 },
  )
