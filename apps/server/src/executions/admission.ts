/**
 * Who may run now. A request waits in its user's own queue; places are given round robin over users, so one user with a
 * hundred requests delays another by one place only.
 */
import { Refusal } from '@atelier/protocol/errors'
import { Gauge, Histogram } from 'prom-client'
import { registry } from '../observe/metrics.ts'

const running = new Gauge({ name: 'atelier_executions_running', help: 'Programs that run now', registers: [registry] })
const waiting = new Gauge({
  name: 'atelier_execution_queue_depth',
  help: 'Requests that wait for a place',
  registers: [registry],
})
const waitSeconds = new Histogram({
  name: 'atelier_execution_queue_wait_seconds',
  help: 'How long a request waited for a place',
  buckets: [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
})

export type AdmissionLimits = {
  readonly atOnce: number
  readonly perUser: number
  readonly queueLength: number
  readonly waitMs: number
}

/** A place; give it back exactly once (further calls do nothing). */
export type Place = { leave(): void }

/** `perUser`: the most of this user at once. */
type Waiter = { readonly since: number; readonly perUser: number; admit(): void; refuse(refusal: Refusal): void }

export class Admission {
  readonly #limits: AdmissionLimits
  readonly #now: () => number
  readonly #runningOf = new Map<string, number>()
  /** Insertion order is the round: a user who was served goes to the end. */
  readonly #queues = new Map<string, Waiter[]>()
  #running = 0
  #waiting = 0
  #closed = false

  constructor(limits: AdmissionLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  get longestWaitMs(): number {
    return this.#limits.waitMs
  }

  /**
   * Resolves with a place. Refuses with `queue-full`, `queue-timeout` or `shutting-down`; rejects when `signal` aborts. `perUser`: how many
   * this user may have at once, when that is another number than the usual one.
   */
  enter(userId: string, signal: AbortSignal, perUser: number = this.#limits.perUser): Promise<Place> {
    if (this.#closed) return Promise.reject(shuttingDown())
    if (signal.aborted) return Promise.reject(signal.reason)
    if (!this.#queues.has(userId) && this.#hasRoomFor(userId, perUser)) {
      waitSeconds.observe(0)
      return Promise.resolve(this.#occupy(userId))
    }
    if (this.#waiting >= this.#limits.queueLength)
      return Promise.reject(
        new Refusal('queue-full', `${this.#waiting} programs are waiting already. Try again in a few seconds.`, {
          retryAfterSeconds: 5,
        }),
      )
    return this.#wait(userId, signal, perUser)
  }

  #wait(userId: string, signal: AbortSignal, perUser: number): Promise<Place> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        this.#remove(userId, waiter)
      }
      const waiter: Waiter = {
        since: this.#now(),
        perUser,
        admit: () => {
          settle()
          waitSeconds.observe((this.#now() - waiter.since) / 1000)
          resolve(this.#occupy(userId))
        },
        refuse: (refusal) => {
          settle()
          reject(refusal)
        },
      }
      const abort = (): void => {
        settle()
        reject(signal.reason)
      }
      const timer = setTimeout(() => waiter.refuse(this.#timedOut(userId, perUser)), this.#limits.waitMs)
      signal.addEventListener('abort', abort, { once: true })
      const queue = this.#queues.get(userId)
      if (queue === undefined) this.#queues.set(userId, [waiter])
      else queue.push(waiter)
      waiting.set(++this.#waiting)
      this.#serve()
    })
  }

  #timedOut(userId: string, perUser: number): Refusal {
    const own = this.#runningOf.get(userId) ?? 0
    const why =
      own >= perUser
        ? `You have ${own} programs running, which is the most that you may run at once. Stop one, or wait for it to end.`
        : 'All sandboxes of this server are in use. Try again in a few seconds.'
    return new Refusal('queue-timeout', `Waited ${this.#limits.waitMs / 1000} s for a free sandbox. ${why}`, {
      retryAfterSeconds: 5,
    })
  }

  #hasRoomFor(userId: string, perUser: number): boolean {
    return this.#running < this.#limits.atOnce && (this.#runningOf.get(userId) ?? 0) < perUser
  }

  #occupy(userId: string): Place {
    running.set(++this.#running)
    this.#runningOf.set(userId, (this.#runningOf.get(userId) ?? 0) + 1)
    let left = false
    return {
      leave: () => {
        if (left) return
        left = true
        running.set(--this.#running)
        const rest = (this.#runningOf.get(userId) ?? 1) - 1
        if (rest === 0) this.#runningOf.delete(userId)
        else this.#runningOf.set(userId, rest)
        this.#serve()
      },
    }
  }

  #serve(): void {
    for (const [userId, queue] of [...this.#queues]) {
      if (this.#running >= this.#limits.atOnce) return
      const first = queue[0]
      if (first === undefined || !this.#hasRoomFor(userId, first.perUser)) continue
      this.#queues.delete(userId)
      if (queue.length > 1) this.#queues.set(userId, queue)
      first.admit()
    }
  }

  #remove(userId: string, waiter: Waiter): void {
    const queue = this.#queues.get(userId)
    const found = queue?.indexOf(waiter) ?? -1
    if (queue !== undefined && found >= 0) {
      queue.splice(found, 1)
      if (queue.length === 0) this.#queues.delete(userId)
    }
    waiting.set(--this.#waiting)
  }

  /** Refuses everybody who waits, and everybody who comes. */
  close(): void {
    this.#closed = true
    for (const queue of [...this.#queues.values()]) for (const waiter of [...queue]) waiter.refuse(shuttingDown())
  }
}

const shuttingDown = (): Refusal =>
  new Refusal('shutting-down', 'The server is shutting down. Try again in a moment.', { retryAfterSeconds: 5 })
