/**
 * The warm pool: keeps sandboxes ready over any driver, hands each to one program, and makes the next behind the click.
 *
 *     lease ──hit──▶ an idle sandbox, at once           ┐
 *       └────miss──▶ the next that is opened, in order  ┴─▶ the shelf is refilled in the background
 *
 * A sandbox is never handed out twice and never comes back: whoever leased it destroys it. What breaks while it waits is
 * replaced; a driver that keeps failing is asked less and less often.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '@atelier/base/log'
import type { Sandbox, SandboxDriver, SandboxSpec } from './sandbox.ts'

export type PoolTarget = { readonly spec: SandboxSpec; readonly size: number }

export type PoolOptions = {
  readonly driver: SandboxDriver
  readonly log: Log
  readonly targets: readonly PoolTarget[]
  /** Sandboxes that may be warm or being opened at once, over all specs. Leased ones are the caller's to count. */
  readonly ceiling: number
  /** Sandboxes opened at once; below six, the waits inside the kernel show. */
  readonly parallel?: number
}

/** Plain numbers since the pool began; `idle`, `opening` and `waiting` are of now. */
export type PoolSnapshot = {
  readonly hits: number
  readonly misses: number
  readonly opened: number
  readonly failed: number
  /** Broke while it stood warm. */
  readonly died: number
  readonly idle: number
  readonly opening: number
  readonly waiting: number
  /** How long the latest openings took, exponentially averaged, milliseconds. */
  readonly refillMs: number
}

const FULL_CHECK_MS = 5
const RETRY_MS = { first: 100, most: 10_000 }

type Waiter = { take: (sandbox: Sandbox) => void; refuse: (error: unknown) => void }

/** What stands ready of one spec. */
type Shelf = {
  readonly spec: SandboxSpec
  size: number
  idle: Sandbox[]
  opening: number
  waiting: Waiter[]
  failures: number
  retry: NodeJS.Timeout | null
}

export class Pool {
  readonly #options: PoolOptions
  readonly #parallel: number
  readonly #shelves = new Map<string, Shelf>()
  readonly #closing = new AbortController()
  readonly #openings = new Set<Promise<void>>()
  #counts = { hits: 0, misses: 0, opened: 0, failed: 0, died: 0, refillMs: 0 }
  #fillSoon = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#parallel = options.parallel ?? 8
    this.retarget(options.targets)
  }

  /**
   * A warm sandbox: at once when one is idle, otherwise the next that gets ready. Rejects when `signal` aborts, when none
   * can be opened, or when the pool closes. The caller owns it: it starts it, or destroys it.
   */
  lease(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('the pool is closed'))
    if (signal?.aborted) return Promise.reject(signal.reason)
    const shelf = this.#shelf(spec)
    // The latest: its memory is the likeliest to be in the processor's caches, which is half of the time to first byte.
    const sandbox = shelf.idle.pop()
    this.#refill()
    if (sandbox !== undefined) {
      this.#counts.hits += 1
      return Promise.resolve(sandbox)
    }
    this.#counts.misses += 1
    return this.#wait(shelf, signal)
  }

  /** New target sizes; specs that are no longer named are emptied. */
  retarget(targets: readonly PoolTarget[]): void {
    const wanted = new Map(targets.map((target) => [keyOf(target.spec), target]))
    for (const [key, shelf] of this.#shelves) if (!wanted.has(key)) shelf.size = 0
    for (const { spec, size } of wanted.values()) this.#shelf(spec).size = size
    for (const shelf of this.#shelves.values()) {
      for (const surplus of shelf.idle.splice(shelf.size)) this.#destroy(surplus)
    }
    this.#refill()
  }

  /** Resolves when every shelf is full, or rejects with `signal`. For benchmarks and the start of a server. */
  async full(signal?: AbortSignal): Promise<void> {
    while ([...this.#shelves.values()].some((shelf) => shelf.idle.length < shelf.size)) {
      signal?.throwIfAborted()
      this.#closing.signal.throwIfAborted()
      if (this.#openings.size > 0) await Promise.race(this.#openings)
      else await wait(FULL_CHECK_MS)
    }
  }

  snapshot(): PoolSnapshot {
    const shelves = [...this.#shelves.values()]
    const sum = (count: (shelf: Shelf) => number) => shelves.reduce((total, shelf) => total + count(shelf), 0)
    return {
      ...this.#counts,
      idle: sum((shelf) => shelf.idle.length),
      opening: sum((shelf) => shelf.opening),
      waiting: sum((shelf) => shelf.waiting.length),
    }
  }

  /** Destroys what is idle or being opened, refuses who waits. Leased sandboxes belong to their holders. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the pool is closed'))
    const idle: Sandbox[] = []
    for (const shelf of this.#shelves.values()) {
      if (shelf.retry !== null) clearTimeout(shelf.retry)
      for (const waiter of shelf.waiting.splice(0)) waiter.refuse(this.#closing.signal.reason)
      idle.push(...shelf.idle.splice(0))
    }
    await Promise.all([...idle.map((sandbox) => sandbox.destroy()), ...this.#openings])
  }

  #shelf(spec: SandboxSpec): Shelf {
    const key = keyOf(spec)
    let shelf = this.#shelves.get(key)
    if (shelf === undefined) {
      shelf = { spec, size: 0, idle: [], opening: 0, waiting: [], failures: 0, retry: null }
      this.#shelves.set(key, shelf)
    }
    return shelf
  }

  #wait(shelf: Shelf, signal: AbortSignal | undefined): Promise<Sandbox> {
    return new Promise((resolve, reject) => {
      const leave = () => signal?.removeEventListener('abort', abort)
      const waiter: Waiter = {
        take: (sandbox) => {
          leave()
          resolve(sandbox)
        },
        refuse: (error) => {
          leave()
          reject(error)
        },
      }
      const abort = () => {
        shelf.waiting.splice(shelf.waiting.indexOf(waiter), 1)
        reject(signal?.reason)
      }
      shelf.waiting.push(waiter)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** After the click, not on it. */
  #refill(): void {
    if (this.#fillSoon || this.#closing.signal.aborted) return
    this.#fillSoon = true
    setImmediate(() => {
      this.#fillSoon = false
      this.#fill()
    })
  }

  /** Those that somebody waits for first, then the shelf that is emptiest for its size. */
  #fill(): void {
    while (!this.#closing.signal.aborted) {
      const { idle, opening } = this.snapshot()
      if (opening >= this.#parallel) return
      const shelves = [...this.#shelves.values()].filter((shelf) => shelf.retry === null)
      const missed = shelves.find((shelf) => shelf.waiting.length > shelf.opening)
      const emptiest = shelves
        .filter((shelf) => shelf.idle.length + shelf.opening < shelf.size + shelf.waiting.length)
        .toSorted((a, b) => fullness(a) - fullness(b))[0]
      const shelf = missed ?? (idle + opening < this.#options.ceiling ? emptiest : undefined)
      if (shelf === undefined) return
      if (missed !== undefined && idle + opening >= this.#options.ceiling) this.#makeRoom(missed)
      const opened = this.#open(shelf)
      this.#openings.add(opened)
      opened.finally(() => this.#openings.delete(opened))
    }
  }

  /** Somebody waits and the ceiling is reached: an idle sandbox of another kind goes. */
  #makeRoom(wanting: Shelf): void {
    const richest = [...this.#shelves.values()]
      .filter((shelf) => shelf !== wanting)
      .toSorted((a, b) => b.idle.length - a.idle.length)[0]
    const sandbox = richest?.idle.shift()
    if (sandbox !== undefined) this.#destroy(sandbox)
  }

  async #open(shelf: Shelf): Promise<void> {
    shelf.opening += 1
    const startedAt = performance.now()
    try {
      const sandbox = await this.#options.driver.open(shelf.spec, this.#closing.signal)
      shelf.opening -= 1
      shelf.failures = 0
      this.#counts.opened += 1
      this.#counts.refillMs += (performance.now() - startedAt - this.#counts.refillMs) / Math.min(this.#counts.opened, 16)
      if (this.#closing.signal.aborted) return await sandbox.destroy()
      const waiter = shelf.waiting.shift()
      if (waiter !== undefined) waiter.take(sandbox)
      else this.#keep(shelf, sandbox)
    } catch (error) {
      shelf.opening -= 1
      if (!this.#closing.signal.aborted) this.#backOff(shelf, error)
    }
    this.#refill()
  }

  #keep(shelf: Shelf, sandbox: Sandbox): void {
    if (shelf.idle.length >= shelf.size) {
      this.#destroy(sandbox)
      return
    }
    shelf.idle.push(sandbox)
    void sandbox.died.then(() => {
      const index = shelf.idle.indexOf(sandbox)
      if (index < 0) return
      shelf.idle.splice(index, 1)
      this.#counts.died += 1
      this.#options.log.warn('a warm sandbox died', { sandbox: sandbox.id, ...labels(shelf.spec) })
      this.#refill()
    })
  }

  #backOff(shelf: Shelf, error: unknown): void {
    this.#counts.failed += 1
    shelf.failures += 1
    // Who can still be served by another opening under way keeps waiting.
    for (const waiter of shelf.waiting.splice(shelf.opening)) waiter.refuse(error)
    const pauseMs = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** (shelf.failures - 1))
    this.#options.log.error('a sandbox could not be opened', { ...labels(shelf.spec), failures: shelf.failures, pauseMs, error })
    if (shelf.retry !== null) return
    shelf.retry = setTimeout(() => {
      shelf.retry = null
      this.#refill()
    }, pauseMs)
    shelf.retry.unref()
  }

  #destroy(sandbox: Sandbox): void {
    sandbox
      .destroy()
      .catch((error) => this.#options.log.error('a sandbox could not be destroyed', { sandbox: sandbox.id, error }))
  }
}

const fullness = (shelf: Shelf) => (shelf.idle.length + shelf.opening) / Math.max(1, shelf.size)

const keyOf = ({ root, warmth }: SandboxSpec) => `${warmth} ${root.kind === 'host' ? 'host' : root.folder}`

const labels = ({ root, warmth }: SandboxSpec) => ({ warmth, root: root.kind })
