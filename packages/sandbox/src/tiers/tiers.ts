/**
 * The walls that this server may put around a program, one tier for each level of isolation. A tier is made of its driver,
 * what was found out about it here, and a pool of its own:
 *
 *     asleep ──examine──▶ examining ──▶ usable (its pool leases)
 *                           ▲   └─────▶ unusable (the findings say why)
 *                           └─tryAgain─────┘
 *
 * Until it is examined a tier costs nothing: its driver is not even loaded.
 */
import type { Log } from '@atelier/base/log'
import { missing, notUsable } from '../driver/findings.ts'
import type { PoolSnapshot } from '../pool.ts'
import type { Isolation, Probe, Root, Sandbox, SandboxDriver, SandboxSpec } from '../sandbox.ts'

export type TierMaker = {
  /** Called once, when the tier is examined for the first time; imports what the driver needs. */
  readonly make: () => SandboxDriver | Promise<SandboxDriver>
  /** The filesystems it can show to a program; without it, every one. */
  readonly roots?: readonly Root['kind'][]
}

/** What a tier needs of a pool. */
export interface TierPool {
  lease(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox>
  snapshot(): PoolSnapshot
  close(): Promise<void>
}

export type TierState =
  | { readonly state: 'asleep' | 'examining'; readonly probe: null }
  | { readonly state: 'usable' | 'unusable'; readonly probe: Probe }

export type TiersOptions<P extends TierPool> = {
  readonly log: Log
  readonly makers: Readonly<Partial<Record<Isolation, TierMaker>>>
  /** Finds out whether the driver can be trusted here; see posture/examine.ts. */
  readonly examine: (driver: SandboxDriver) => Promise<Probe>
  readonly makePool: (driver: SandboxDriver) => P
}

type Tier<P> = {
  readonly maker: TierMaker
  driver: SandboxDriver | null
  pool: P | null
  examination: Promise<Probe> | null
  probe: Probe | null
}

export class Tiers<P extends TierPool> {
  readonly #options: TiersOptions<P>
  readonly #tiers: ReadonlyMap<Isolation, Tier<P>>
  readonly #listeners = new Set<() => void>()
  #closing: Promise<void> | null = null

  constructor(options: TiersOptions<P>) {
    this.#options = options
    const makers = Object.entries(options.makers) as [Isolation, TierMaker][]
    this.#tiers = new Map(
      makers.map(([level, maker]) => [level, { maker, driver: null, pool: null, examination: null, probe: null }]),
    )
  }

  /** Those that this version has, whatever this machine can do. */
  get levels(): readonly Isolation[] {
    return [...this.#tiers.keys()]
  }

  /** What it can do here: found out at the first call, remembered afterwards. Never rejects. */
  examine(level: Isolation): Promise<Probe> {
    const tier = this.#tiers.get(level)
    if (tier === undefined) return Promise.resolve(notBuilt(level))
    tier.examination ??= this.#examine(level, tier)
    return tier.examination
  }

  /** What was unusable is examined once more, one after another: something that it may have lacked is there now. */
  async tryAgain(): Promise<void> {
    for (const [level, tier] of this.#tiers) {
      if (this.state(level).state !== 'unusable' || this.#closing !== null) continue
      tier.probe = null
      tier.examination = this.#examine(level, tier)
      await tier.examination
    }
  }

  state(level: Isolation): TierState {
    const tier = this.#tiers.get(level)
    if (tier === undefined) return { state: 'unusable', probe: notBuilt(level) }
    if (tier.probe !== null) return { state: tier.probe.usable ? 'usable' : 'unusable', probe: tier.probe }
    return { state: tier.examination === null ? 'asleep' : 'examining', probe: null }
  }

  canShow(level: Isolation, root: Root): boolean {
    const roots = this.#tiers.get(level)?.maker.roots
    return roots === undefined || roots.includes(root.kind)
  }

  /** The pools of the tiers that are usable. */
  pools(): readonly (readonly [Isolation, P])[] {
    return [...this.#tiers].flatMap(([level, { pool }]) => (pool === null ? [] : [[level, pool] as const]))
  }

  /** Waits for the examination of the tier, if need be. Rejects like the pool, and when the tier is not usable here. */
  async lease(level: Isolation, spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const pool = this.#tiers.get(level)?.pool
    if (pool !== undefined && pool !== null) return pool.lease(spec, signal)
    const { usable, summary } = await unlessAborted(this.examine(level), signal)
    const made = this.#tiers.get(level)?.pool
    if (!usable || made === undefined || made === null) throw new Error(`no ${level} sandbox: ${summary}`)
    return made.lease(spec, signal)
  }

  /** Calls back when the state of a tier has changed; returns what stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#listeners.clear()
    await Promise.all([...this.#tiers.values()].map(closeTier))
  }

  async #examine(level: Isolation, tier: Tier<P>): Promise<Probe> {
    if (this.#closing !== null) return broken('the server is shutting down')
    queueMicrotask(() => this.#tell())
    const probe = await this.#findOut(level, tier)
    // Closed meanwhile: its driver and its pool would have no owner.
    if (this.#closing === null && probe.usable && tier.driver !== null) tier.pool = this.#options.makePool(tier.driver)
    tier.probe = probe
    this.#tell()
    return probe
  }

  async #findOut(level: Isolation, tier: Tier<P>): Promise<Probe> {
    const { log, examine } = this.#options
    try {
      tier.driver ??= await tier.maker.make()
      const probe = await examine(tier.driver)
      if (!probe.usable) log.warn('a tier is refused', { isolation: level, why: probe.summary })
      return probe
    } catch (error) {
      log.error('a tier could not be examined', { isolation: level, error })
      return broken(error instanceof Error ? error.message : String(error))
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

async function closeTier<P extends TierPool>(tier: Tier<P>): Promise<void> {
  if (tier.pool !== null) await tier.pool.close()
  if (tier.driver !== null) await tier.driver.close()
  // What was under way fails at the closed driver; one that was only being made is closed when it is there.
  await tier.examination
  await tier.driver?.close()
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

const broken = (detail: string, remedy = 'see the log, and report this'): Probe =>
  notUsable(detail, [missing('driver', detail, remedy)])

const notBuilt = (level: Isolation): Probe => broken(`this version has no ${level} driver`, '')
