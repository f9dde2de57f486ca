/**
 * The control groups of a box in which more runs than the program: a runtime, its kernel, our agent. Limits and figures are
 * the program's own: what the others had taken when it was started is left out.
 */
import type { BoxGroups, GroupLimits, GroupUsage } from '../cgroups/cgroups.ts'

export type Overhead = {
  /** The most that is needed until a program can be started. */
  readonly memoryBytes: number
  /** What the others may take more while a program runs, in the program's interest. */
  readonly growthBytes: number
  /** Threads of theirs. */
  readonly processes: number
}

export class ProgramGroups implements BoxGroups {
  readonly #groups: BoxGroups
  readonly #overhead: Overhead
  #othersBytes: number

  constructor(groups: BoxGroups, overhead: Overhead) {
    this.#groups = groups
    this.#overhead = overhead
    this.#othersBytes = overhead.memoryBytes
  }

  /** While the box is being opened. */
  open(limits: GroupLimits): void {
    this.#set(limits, this.#overhead.memoryBytes)
  }

  /** At the start of the program. */
  setLimits(limits: GroupLimits): void {
    this.#othersBytes = this.#groups.memoryBytes()
    this.#set(limits, this.#othersBytes + this.#overhead.growthBytes)
  }

  cpuMs(): number {
    return this.#groups.cpuMs()
  }

  memoryBytes(): number {
    return Math.max(0, this.#groups.memoryBytes() - this.#othersBytes)
  }

  usage(): GroupUsage {
    const usage = this.#groups.usage()
    return { ...usage, peakBytes: Math.max(0, usage.peakBytes - this.#othersBytes) }
  }

  liftCpu(): void {
    this.#groups.liftCpu()
  }

  remove(): Promise<void> {
    return this.#groups.remove()
  }

  #set({ memoryBytes, processes }: GroupLimits, othersBytes: number): void {
    this.#groups.setLimits({ memoryBytes: memoryBytes + othersBytes, processes: processes + this.#overhead.processes })
  }
}
