/**
 * What is asked of the thread that builds whole texts. Questions wait in a bounded queue; a thread that dies, or does not answer
 * in time, is replaced, and the question that it had is refused: whoever asked still has all it needs to ask again.
 */
import { Worker } from 'node:worker_threads'
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import { BadMessage, DamagedText, type EngineName, type Stored } from '@atelier/text/engine'
import { Gauge } from 'prom-client'
import { registry } from '../observe/metrics.ts'
import { type PackedText, packText } from './packed-text.ts'

const waitingGauge = new Gauge({
  name: 'atelier_document_text_jobs_waiting',
  help: 'Questions that wait for the thread that builds texts',
  registers: [registry],
})

/**
 * What a text is to become, which knows nothing of the latest changes: it was made from the first `base` records, or from another
 * text, which is in there.
 */
export type Rewriting = { readonly text: string } & ({ readonly base: number } | { readonly from: string })
type Ask<Text> =
  | { readonly kind: 'compact'; readonly stored: Text }
  | ({ readonly kind: 'rewrite'; readonly stored: Text; readonly author: string } & Rewriting)
  | { readonly kind: 'missing'; readonly stored: Text; readonly request: Uint8Array }
  | { readonly kind: 'snapshot'; readonly text: string }
type Numbered = { readonly id: number; readonly engine: EngineName }
export type TextQuestion = Ask<PackedText> & Numbered
export type TextAnswer = { readonly id: number } & (
  | { readonly compacted: Compacted }
  | { readonly rewriting: Uint8Array | null }
  | { readonly bodies: readonly Uint8Array[] }
  | { readonly snapshot: Uint8Array }
  | { readonly failure: string; readonly isDamage: boolean }
)
export type Compacted = { readonly snapshot: Uint8Array; readonly text: string }

const waitingJobs = 512
const usualAnswerMs = 30_000
const ownProgram = new URL('./text-worker.ts', import.meta.url)
const heapMegabytes = 768
/** A small nursery: the thread would fill a large one with what it has long forgotten. */
const nurseryMegabytes = 8
/** Without a question for so long, the thread ends, and its memory is given back. */
const idleMs = 60_000

export type TextJobsOptions = { readonly program?: URL; readonly answerWithinMs?: number }

/** The thread ended before it answered. */
export class TextThreadDied extends Refusal {
  constructor(why: string) {
    const detail = 'The text of a document could not be put together just now; nothing of it is lost. Try again shortly.'
    super('storage-unavailable', detail, { retryAfterSeconds: 2, cause: new Error(why) })
  }
}

type Job = {
  /** Texts are packed when it is sent: what waits holds no copy. */
  readonly question: Ask<Stored> & Numbered
  readonly resolve: (answer: TextAnswer) => void
  readonly reject: (error: unknown) => void
}

function send(worker: Worker, question: Job['question']): void {
  if (!('stored' in question)) {
    worker.postMessage(question satisfies TextQuestion)
    return
  }
  const stored = packText(question.stored)
  worker.postMessage({ ...question, stored } satisfies TextQuestion, [stored.bytes.buffer])
}

export class TextJobs {
  readonly #log: Log
  readonly #waiting: Job[] = []
  #worker: Worker | null = null
  #current: Job | null = null
  #timeout: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #lastId = 0
  #isClosed = false

  readonly #program: URL
  readonly #answerWithinMs: number

  /** `program`, `answerWithinMs`: others in tests only. */
  constructor(log: Log, { program = ownProgram, answerWithinMs = usualAnswerMs }: TextJobsOptions = {}) {
    this.#log = log
    this.#program = program
    this.#answerWithinMs = answerWithinMs
  }

  /** @throws DamagedText */
  async compact(engine: EngineName, stored: Stored): Promise<Compacted> {
    return (await this.#ask(engine, { kind: 'compact', stored }, 'compacted')).compacted
  }

  /** As the engine's: the body of a change message, or null. @throws DamagedText */
  async rewrite(engine: EngineName, stored: Stored, author: string, wanted: Rewriting): Promise<Uint8Array | null> {
    return (await this.#ask(engine, { kind: 'rewrite', stored, author, ...wanted }, 'rewriting')).rewriting
  }

  /** @throws DamagedText, BadMessage */
  async missing(engine: EngineName, stored: Stored, request: Uint8Array): Promise<readonly Uint8Array[]> {
    const ask = { kind: 'missing', stored, request: Uint8Array.from(request) } as const
    return (await this.#ask(engine, ask, 'bodies')).bodies
  }

  async snapshotOf(engine: EngineName, text: string): Promise<Uint8Array> {
    return (await this.#ask(engine, { kind: 'snapshot', text }, 'snapshot')).snapshot
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#idle)
    for (const job of this.#waiting.splice(0)) job.reject(new TextThreadDied('closing'))
    await this.#worker?.terminate()
  }

  async #ask<Field extends 'compacted' | 'rewriting' | 'bodies' | 'snapshot'>(
    engine: EngineName,
    ask: Ask<Stored>,
    field: Field,
  ): Promise<Extract<TextAnswer, Record<Field, unknown>>> {
    const answer = await this.#enqueue({ ...ask, engine, id: ++this.#lastId })
    if (field in answer) return answer as Extract<TextAnswer, Record<Field, unknown>>
    if (!('failure' in answer)) throw new Error('the text thread answered another question')
    if (answer.isDamage) throw new DamagedText(answer.failure)
    throw ask.kind === 'missing' ? new BadMessage(answer.failure) : new Error(answer.failure)
  }

  #enqueue(question: Job['question']): Promise<TextAnswer> {
    if (this.#isClosed) return Promise.reject(new TextThreadDied('closed'))
    if (this.#waiting.length >= waitingJobs)
      return Promise.reject(
        new Refusal('storage-unavailable', 'Too many documents are being opened and saved at once. Try again shortly.', {
          retryAfterSeconds: 2,
        }),
      )
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject })
      waitingGauge.set(this.#waiting.length)
      this.#next()
    })
  }

  #next(): void {
    if (this.#current !== null) return
    const job = this.#waiting.shift()
    waitingGauge.set(this.#waiting.length)
    if (job === undefined) {
      this.#worker?.unref()
      clearTimeout(this.#idle)
      this.#idle = setTimeout(() => this.#endWorker(), idleMs).unref()
      return
    }
    clearTimeout(this.#idle)
    this.#current = job
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#timeout = setTimeout(() => void this.#worker?.terminate(), this.#answerWithinMs)
    send(this.#worker, job.question)
  }

  /** The next question gets a new one. */
  #endWorker(): void {
    const worker = this.#worker
    this.#worker = null
    void worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#program, {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: nurseryMegabytes },
    })
    worker.on('message', (answer: TextAnswer) => this.#settle((job) => job.resolve(answer)))
    worker.on('error', (error) => this.#log.error('the text thread failed', { error }))
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#worker = null
      this.#settle((job) => job.reject(new TextThreadDied('the text thread ended')))
    })
    return worker
  }

  #settle(how: (job: Job) => void): void {
    const job = this.#current
    clearTimeout(this.#timeout)
    this.#current = null
    if (job !== null) how(job)
    if (!this.#isClosed) this.#next()
  }
}
