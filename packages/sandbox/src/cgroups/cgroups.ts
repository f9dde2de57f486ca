/**
 * Control groups: what every process of one box may use together, on hosts with cgroup v1, v2, both (hybrid) or neither.
 *
 * While the box is being opened, the program's process, of which everything is still ours, makes the groups that the
 * `GroupPlan` names and moves itself into them. (A thread that moves itself needs no system-wide lock; moving another
 * process waits for a grace period of 12 to 15 ms on an idle machine.) The server only reads, adjusts and removes.
 *
 * Everything of one server lies in folders named `atelier-<pid>-<start time>-<random>` below the server's own group, so
 * that the next start can tell and remove what a killed server left behind.
 */
import type { SandboxLimits } from '../sandbox.ts'

export type GroupLimits = Pick<SandboxLimits, 'memoryBytes' | 'processes'>

/** How a box makes and joins its groups. `folder` names one of `binds`; files lie in `<folder>/<box>/`. */
export type GroupPlan = {
  readonly binds: readonly { readonly folder: string; readonly source: string }[]
  readonly folders: readonly string[]
  /** [folder, file, value, needed]: a limit that is not needed may be missing on this kernel. */
  readonly limits: readonly (readonly [string, string, string, boolean])[]
  readonly joins: readonly (readonly [string, string])[]
}

export type GroupUsage = {
  readonly cpuMs: number
  readonly peakBytes: number
  /** Processes the kernel killed because the group was out of memory. */
  readonly outOfMemory: number
  /** Refused forks. */
  readonly refusedForks: number
}

/** The groups of one box. */
export interface BoxGroups {
  /** Limits other than those of the plan. Synchronous and quick: it happens on the click. */
  setLimits(limits: GroupLimits): void
  /** CPU time used so far, for the limit on it. */
  cpuMs(): number
  usage(): GroupUsage
  /** Memory in use now. */
  memoryBytes(): number
  /** Lets a throttled group run, so that it can die. */
  liftCpu(): void
  /** Once everything in the box is dead. */
  remove(): Promise<void>
}

export interface Cgroups {
  readonly kind: 'v1' | 'v2' | 'none'
  /** One sentence: what was found, or why there is nothing. */
  readonly detail: string
  readonly plan: GroupPlan
  /** Takes in a zygote, once, before its first box: v2 lets it move itself only below the folder that it owns. */
  adopt(pid: number): void
  /** Null where there are no groups. */
  box(name: string): BoxGroups | null
  close(): Promise<void>
}

export const noPlan: GroupPlan = { binds: [], folders: [], limits: [], joins: [] }

export function noCgroups(detail: string): Cgroups {
  return { kind: 'none', detail, plan: noPlan, adopt() {}, box: () => null, close: async () => {} }
}
