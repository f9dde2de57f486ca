/** The sandboxes of one kind: those that stand ready, those that are being opened, and who waits for one. */
import { WaitingLine } from '../driver/waiting-line.ts'
import type { Sandbox, SandboxSpec } from '../sandbox.ts'
import { Demand } from './demand.ts'

const RETRY_MS = { first: 100, most: 10_000 }

export class Shelf {
  readonly spec: SandboxSpec
  readonly demand: Demand
  readonly idle: Sandbox[] = []
  readonly waiting = new WaitingLine<Sandbox>()
  opening = 0
  /** Among the pool's targets. */
  isKept = false
  /** So many stand ready however small the demand is. */
  least = 0
  /** By demand, as far as memory reaches. */
  size = 0
  /** Openings that failed one after the other. */
  failures = 0
  /** Runs while nothing is opened after a failure. */
  retry: NodeJS.Timeout | null = null

  /** `profile`: the usual demand, as the pool before knew it. */
  constructor(spec: SandboxSpec, profile: unknown) {
    this.spec = spec
    this.demand = new Demand(profile)
  }

  get stock(): number {
    return this.idle.length + this.opening
  }

  get fullness(): number {
    return this.stock / Math.max(1, this.size)
  }

  /** After a failure nothing is opened for a while, each time for longer. Returns for how long. */
  backOff(resume: () => void): number {
    this.failures += 1
    const pauseMs = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** (this.failures - 1))
    const again = () => {
      this.retry = null
      resume()
    }
    this.retry ??= setTimeout(again, pauseMs).unref()
    return pauseMs
  }

  /** What stood there is the caller's to destroy. */
  close(reason: unknown): Sandbox[] {
    if (this.retry !== null) clearTimeout(this.retry)
    this.waiting.refuse(reason)
    return this.idle.splice(0)
  }

  /** What tells it from others in the log. */
  get labels(): object {
    return { warmth: this.spec.warmth, root: this.spec.root.kind }
  }
}

export const keyOf = ({ root, warmth }: SandboxSpec): string => `${warmth} ${root.kind === 'host' ? 'host' : root.folder}`
