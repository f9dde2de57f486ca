/**
 * Holds a program to its limits: its output, the clock on the wall, its group's CPU time, and the word of whoever started it.
 * The first that says stop, or the first fault of ours, is why it ended; what comes after changes nothing.
 */
import type { BoxGroups } from '../cgroups/cgroups.ts'
import type { OutputListener, OutputStream, Program, SandboxEnd } from '../sandbox.ts'
import type { Stop, Verdict } from './end.ts'

export type GuardOptions = {
  readonly program: Program
  readonly onOutput: OutputListener
  readonly groups: BoxGroups | null
  /** Ends all that the program is. Called once, unless it ends by itself. */
  readonly kill: () => void
  /** Called when the groups could not be written. */
  readonly onFault: (error: Error) => void
}

/** The group's CPU use is looked at when it could first have reached the limit, and at least this often. */
const CPU_CHECK_MS = { least: 10, most: 250 }

export class Guard {
  readonly #options: GuardOptions
  readonly #startedAt = performance.now()
  readonly #ended = Promise.withResolvers<SandboxEnd>()
  #endedAt: number | null = null
  #stop: Stop | null = null
  #fault: Error | null = null
  #outputBytes = 0
  #wallTimer: NodeJS.Timeout | undefined
  #cpuTimer: NodeJS.Timeout | undefined

  constructor(options: GuardOptions) {
    this.#options = options
  }

  get ended(): Promise<SandboxEnd> {
    return this.#ended.promise
  }

  get stop(): Stop | null {
    return this.#stop
  }

  get fault(): Error | null {
    return this.#fault
  }

  get isOver(): boolean {
    return this.#endedAt !== null
  }

  begin(): void {
    this.#wallTimer = setTimeout(() => this.end('wall'), this.#options.program.limits.wallMs)
  }

  /** `beforeMs`: what the group had used before the program. */
  watchCpu(beforeMs: number): void {
    const { groups, program } = this.#options
    if (groups === null) return
    // The group has one core, so it cannot use its time faster than the wall clock runs.
    const check = (remainingMs: number) => {
      const delayMs = Math.min(CPU_CHECK_MS.most, Math.max(CPU_CHECK_MS.least, remainingMs))
      this.#cpuTimer = setTimeout(() => {
        const left = program.limits.cpuMs - (readCpu(groups) - beforeMs)
        if (left <= 0) this.end('cpu')
        else check(left)
      }, delayMs)
    }
    check(program.limits.cpuMs)
  }

  /** Hands output on, as far as the program may write. False: something was cut, and the program is ended. */
  pass(stream: OutputStream, bytes: Uint8Array): boolean {
    const room = this.#options.program.limits.outputBytes - this.#outputBytes
    const kept = bytes.byteLength > room ? bytes.subarray(0, room) : bytes
    this.#outputBytes += kept.byteLength
    if (kept.byteLength > 0) this.#options.onOutput(stream, kept)
    if (kept === bytes) return true
    this.end('output')
    return false
  }

  end(stop: Stop): void {
    if (this.#isDecided) return
    this.#stop = stop
    this.#kill()
  }

  fail(error: unknown): void {
    if (this.#isDecided) return
    this.#fault = asError(error)
    this.#kill()
  }

  /** A throttled group must run to die. */
  liftCpu(): void {
    const { groups, onFault } = this.#options
    try {
      groups?.liftCpu()
    } catch (error) {
      onFault(asError(error))
    }
  }

  /** It is dead: nothing can stop it any more. */
  over(): void {
    this.#endedAt ??= performance.now()
    clearTimeout(this.#wallTimer)
    clearTimeout(this.#cpuTimer)
  }

  settle(
    verdict: Verdict,
    { collected, artefacts, ...used }: Pick<SandboxEnd, 'cpuMs' | 'peakBytes' | 'collected' | 'artefacts'>,
  ) {
    this.#ended.resolve({
      ...verdict,
      ...used,
      wallMs: (this.#endedAt ?? performance.now()) - this.#startedAt,
      outputBytes: this.#outputBytes,
      collected: verdict.reason === 'exited' ? collected : [],
      ...(this.#options.program.artefacts === undefined ? {} : { artefacts: artefacts ?? { files: [], areAll: false } }),
    })
  }

  get #isDecided(): boolean {
    return this.#stop !== null || this.#fault !== null || this.#endedAt !== null
  }

  #kill(): void {
    this.liftCpu()
    this.#options.kill()
  }
}

function readCpu(groups: BoxGroups): number {
  try {
    return groups.cpuMs()
  } catch {
    return 0
  }
}

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
