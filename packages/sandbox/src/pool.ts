/**
 * The warm pool: keeps sandboxes ready over any driver, hands each to one program, and makes the next behind the click.
 *
 *     lease ──hit──▶ an idle sandbox, at once           ┐
 *       └────miss──▶ the next that is opened, in order  ┴─▶ the shelf is refilled in the background
 *
 * A sandbox is never handed out twice and never comes back: whoever leased it destroys it. How many stand ready follows the
 * demand (pool/demand.ts), as far as memory reaches (pool/sizes.ts). What breaks while it waits is replaced, now and then one
 * is tried out (pool/health.ts), what does not die is held (pool/quarantine.ts); a driver that keeps failing is asked less and
 * less often.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '@atelier/base/log'
import type { DayProfile } from './pool/demand.ts'
import { ailmentOf } from './pool/health.ts'
import { Leased } from './pool/leased.ts'
import { Quarantine } from './pool/quarantine.ts'
import { keyOf, Shelf } from './pool/shelf.ts'
import { emptiest, nextMissed, shareOut, sum } from './pool/sizes.ts'
import type { Sandbox, SandboxDriver, SandboxSpec } from './sandbox.ts'

/** `size`: how many stand ready however small the demand is. */
export type PoolTarget = { readonly spec: SandboxSpec; readonly size: number }

export type PoolOptions = {
  readonly driver: SandboxDriver
  readonly log: Log
  readonly targets: readonly PoolTarget[]
  /** Sandboxes that may be warm or being opened at once, over all specs. Leased ones are the caller's to count. */
  readonly ceiling: number
  /** Sandboxes opened at once; below six, the waits inside the kernel show. */
  readonly parallel?: number
  /** What warm sandboxes may take together, bytes, asked again and again; by default there is no such bound. */
  readonly memoryBytes?: () => number
  /** What one warm sandbox takes, bytes. */
  readonly costBytes?: (spec: SandboxSpec) => number
  readonly now?: () => number
  /** Usual demands as `profiles` gave them when the server was stopped. */
  readonly profiles?: Readonly<Record<string, unknown>>
  /** How often the sizes follow the demand, and one warm sandbox of each kind is tried out. */
  readonly adaptMs?: number
  readonly healthMs?: number
}

/** Plain numbers; `hits` to `died` and `ailing` count since the pool began, the others are of now. */
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
  /** Of those handed out, the ones that are not destroyed yet. */
  readonly leased: number
  /** How many should stand ready, by demand and memory. */
  readonly wanted: number
  /** Do not die. */
  readonly quarantined: number
  /** Failed when they were tried out. */
  readonly ailing: number
  /** How long the latest openings took, exponentially averaged, milliseconds. */
  readonly refillMs: number
}

const FULL_CHECK_MS = 5
const USUAL_ADAPT_MS = 5000
/** A miss says that the sizes are wrong, but not a thousand times a second. */
const ADAPT_ON_MISS_MS = 250
const USUAL_HEALTH_MS = 300_000

export class Pool {
  readonly #options: PoolOptions
  readonly #parallel: number
  readonly #shelves = new Map<string, Shelf>()
  readonly #closing = new AbortController()
  readonly #openings = new Set<Promise<void>>()
  readonly #leased = new Set<Sandbox>()
  readonly #quarantine: Quarantine
  readonly #now: () => number
  readonly #timers: readonly NodeJS.Timeout[]
  #counts = { hits: 0, misses: 0, opened: 0, failed: 0, died: 0, ailing: 0, refillMs: 0 }
  #fillSoon = false
  #adaptedAt = 0

  constructor(options: PoolOptions) {
    this.#options = options
    this.#parallel = options.parallel ?? 8
    this.#now = options.now ?? Date.now
    this.#quarantine = new Quarantine(options.log)
    this.retarget(options.targets)
    this.#timers = [
      setInterval(() => this.adapt(), options.adaptMs ?? USUAL_ADAPT_MS).unref(),
      setInterval(() => void this.tryOut(), options.healthMs ?? USUAL_HEALTH_MS).unref(),
    ]
  }

  /**
   * A warm sandbox: at once when one is idle, otherwise the next that gets ready. Rejects when `signal` aborts, when none
   * can be opened, or when the pool closes. The caller owns it: it starts it, or destroys it.
   */
  lease(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('the pool is closed'))
    if (signal?.aborted) return Promise.reject(signal.reason)
    const shelf = this.#shelf(spec)
    shelf.demand.note(this.#now())
    // The latest: its memory is the likeliest to be in the processor's caches, which is half of the time to first byte.
    const sandbox = shelf.idle.pop()
    this.#refill()
    if (sandbox !== undefined) {
      this.#counts.hits += 1
      return Promise.resolve(this.#lend(sandbox))
    }
    this.#counts.misses += 1
    if (this.#now() - this.#adaptedAt >= ADAPT_ON_MISS_MS) this.adapt()
    return shelf.waiting.join(signal)
  }

  /** New target sizes; specs that are no longer named are emptied. */
  retarget(targets: readonly PoolTarget[]): void {
    const wanted = new Map(targets.map((target) => [keyOf(target.spec), target]))
    for (const { spec } of wanted.values()) this.#shelf(spec)
    for (const [key, shelf] of this.#shelves) {
      shelf.least = wanted.get(key)?.size ?? 0
      shelf.isKept = wanted.has(key)
      if (!wanted.has(key)) this.#drop(shelf, 0)
    }
    this.adapt()
    for (const shelf of this.#all) this.#drop(shelf, shelf.size)
  }

  /** Lets the sizes follow the demand; of what is too much, one of each kind goes at a time. */
  adapt(): void {
    const now = this.#now()
    this.#adaptedAt = now
    const { memoryBytes, costBytes = () => 0, ceiling } = this.#options
    const bytes = memoryBytes?.() ?? Number.POSITIVE_INFINITY
    shareOut(this.#all, now, { places: ceiling, bytes, costBytes })
    for (const shelf of this.#all) {
      const surplus = shelf.idle.length > shelf.size ? shelf.idle.shift() : undefined
      if (surplus !== undefined) this.#destroy(surplus)
    }
    this.#refill()
  }

  /** Uses up the oldest idle sandbox of each kind to see whether it works; if not, the others of that kind go too. */
  async tryOut(): Promise<void> {
    for (const shelf of this.#shelves.values()) {
      const sandbox = shelf.waiting.length === 0 ? shelf.idle.shift() : undefined
      if (sandbox === undefined) continue
      const ailment = await ailmentOf(sandbox, shelf.spec)
      this.#destroy(sandbox)
      if (ailment !== null) {
        this.#counts.ailing += 1
        this.#options.log.error('a warm sandbox does not work', { sandbox: sandbox.id, ...shelf.labels, ailment })
        this.#drop(shelf, 0)
      }
      this.#refill()
    }
  }

  /** The usual demand of each kind, to be given to the next pool. */
  get profiles(): Readonly<Record<string, DayProfile>> {
    return Object.fromEntries([...this.#shelves].map(([key, shelf]) => [key, shelf.demand.profile]))
  }

  /** Resolves when every shelf is full, or rejects with `signal`. For benchmarks and the start of a server. */
  async full(signal?: AbortSignal): Promise<void> {
    while (this.#all.some((shelf) => shelf.idle.length < shelf.size)) {
      signal?.throwIfAborted()
      this.#closing.signal.throwIfAborted()
      if (this.#openings.size > 0) await Promise.race(this.#openings)
      else await wait(FULL_CHECK_MS)
    }
  }

  snapshot(): PoolSnapshot {
    const all = this.#all
    return {
      ...this.#counts,
      idle: sum(all, (shelf) => shelf.idle.length),
      opening: sum(all, (shelf) => shelf.opening),
      waiting: sum(all, (shelf) => shelf.waiting.length),
      leased: this.#leased.size,
      wanted: sum(all, (shelf) => shelf.size),
      quarantined: this.#quarantine.size,
    }
  }

  /** Destroys what is idle or being opened, refuses who waits. Leased sandboxes belong to their holders. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the pool is closed'))
    for (const timer of this.#timers) clearInterval(timer)
    this.#quarantine.close()
    const idle = this.#all.flatMap((shelf) => shelf.close(this.#closing.signal.reason))
    await Promise.all([...idle.map((sandbox) => sandbox.destroy()), ...this.#openings])
  }

  get #all(): readonly Shelf[] {
    return [...this.#shelves.values()]
  }

  #shelf(spec: SandboxSpec): Shelf {
    const key = keyOf(spec)
    let shelf = this.#shelves.get(key)
    if (shelf === undefined) {
      shelf = new Shelf(spec, this.#options.profiles?.[key])
      this.#shelves.set(key, shelf)
    }
    return shelf
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
      const shelves = this.#all
      if (sum(shelves, ({ opening }) => opening) >= this.#parallel) return
      const hasRoom = sum(shelves, ({ stock }) => stock) < this.#options.ceiling
      const missed = nextMissed(shelves)
      const shelf = missed ?? (hasRoom ? emptiest(shelves) : undefined)
      if (shelf === undefined) return
      if (!hasRoom) this.#makeRoom(shelf)
      const opened = this.#open(shelf)
      this.#openings.add(opened)
      opened.finally(() => this.#openings.delete(opened))
    }
  }

  /** Somebody waits and the ceiling is reached: an idle sandbox of another kind goes. */
  #makeRoom(wanting: Shelf): void {
    const others = this.#all.filter((shelf) => shelf !== wanting)
    const richest = others.toSorted((a, b) => b.idle.length - a.idle.length)[0]
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
      if (shelf.waiting.length > 0) shelf.waiting.serve(this.#lend(sandbox))
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
      this.#options.log.warn('a warm sandbox died', { sandbox: sandbox.id, ...shelf.labels })
      this.#refill()
    })
  }

  #backOff(shelf: Shelf, error: unknown): void {
    this.#counts.failed += 1
    // Who can still be served by another opening under way keeps waiting.
    shelf.waiting.refuse(error, shelf.opening)
    const pauseMs = shelf.backOff(() => this.#refill())
    this.#options.log.error('a sandbox could not be opened', { ...shelf.labels, failures: shelf.failures, pauseMs, error })
  }

  #lend(sandbox: Sandbox): Sandbox {
    this.#leased.add(sandbox)
    return new Leased(sandbox, async () => {
      await this.#quarantine.destroy(sandbox)
      this.#leased.delete(sandbox)
    })
  }

  #drop(shelf: Shelf, kept: number): void {
    for (const surplus of shelf.idle.splice(kept)) this.#destroy(surplus)
  }

  #destroy(sandbox: Sandbox): void {
    void this.#quarantine.destroy(sandbox)
  }
}
