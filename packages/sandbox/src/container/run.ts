/** A started program: what it is sent, what it writes, which limits end it, and how its end is told. */
import { constants } from 'node:os'
import { basename, dirname } from 'node:path'
import type { BoxGroups, GroupUsage } from '../cgroups/cgroups.ts'
import type {
  OutputListener,
  OutputStream,
  Program,
  Running,
  SandboxEnd,
  SandboxLimits,
  SandboxSpec,
  Signal,
  TerminalSize,
} from '../sandbox.ts'
import { judge, type Stop } from './end.ts'
import { artefactRequest, encodeFrame, processLimits } from './frame.ts'
import type { PipeReader, PipeWriter } from './pipes.ts'
import type { BoxResult } from './result.ts'
import type { Zygote } from './zygote.ts'

export type BoxOptions = {
  readonly id: string
  readonly name: string
  readonly spec: SandboxSpec
  readonly zygote: Zygote
  readonly groups: BoxGroups | null
  /** What the box was opened with. */
  readonly defaults: SandboxLimits
  readonly egressFolder: string | null
  /** Called once, when nothing of the box is alive. */
  readonly onGone: () => void
  /** Called when the box was killed and would not die. */
  readonly onStubborn: () => void
  /** Called when something could not be tidied up. */
  readonly onFault: (error: Error) => void
}

export type BoxPipes = {
  control: PipeWriter
  input: PipeWriter
  request: PipeWriter
  stdout: PipeReader
  stderr: PipeReader
  result: PipeReader
}

/** A killed box is gone in milliseconds; one that is not is beyond its zygote's reach. */
const STUBBORN_MS = 5000

/** The group's CPU use is looked at when it could first have reached the limit, and at least this often. */
const CPU_CHECK_MS = { least: 10, most: 250 }

export class Run implements Running {
  readonly ended: Promise<SandboxEnd>
  readonly #options: BoxOptions
  readonly #pipes: BoxPipes
  readonly #program: Program
  readonly #onOutput: OutputListener
  readonly #cpuBeforeMs: number
  readonly #startedAt = performance.now()
  #endedAt: number | null = null
  #stop: Stop | null = null
  #fault: Error | null = null
  #outputBytes = 0
  #wallTimer: NodeJS.Timeout | null = null
  #cpuTimer: NodeJS.Timeout | null = null
  #patience: NodeJS.Timeout | null = null
  #onEnded: (end: SandboxEnd) => void = () => {}

  constructor(options: BoxOptions, pipes: BoxPipes, program: Program, onOutput: OutputListener, cpuBeforeMs: number) {
    this.#options = options
    this.#pipes = pipes
    this.#program = program
    this.#onOutput = onOutput
    this.#cpuBeforeMs = cpuBeforeMs
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve
    })
  }

  begin(): void {
    const { limits } = this.#program
    this.#wallTimer = setTimeout(() => this.#end('wall'), limits.wallMs)
    try {
      this.#applyGroupLimits(limits)
    } catch (error) {
      this.#fail(error)
      return
    }
    const { defaults } = this.#options
    const asOpened = limits.diskBytes === defaults.diskBytes && limits.diskFiles === defaults.diskFiles
    // At once where nothing is to be changed: most programs, and what they pay for the others.
    if (asOpened && this.#program.egress === undefined) this.#send()
    else {
      this.#change(asOpened).then(
        () => this.#send(),
        (error) => this.#fail(error),
      )
    }
  }

  async #change(asOpened: boolean): Promise<void> {
    const { zygote, name, egressFolder } = this.#options
    const { limits, egress } = this.#program
    if (!asOpened) await zygote.resize(name, limits.diskBytes, limits.diskFiles)
    if (egress === undefined) return
    if (egressFolder === null || dirname(egress.proxySocket) !== egressFolder)
      throw new Error('the proxy of this program is not in the folder that its driver was given')
    await zygote.route(name, basename(egress.proxySocket))
  }

  #applyGroupLimits(limits: SandboxLimits): void {
    const { groups, defaults } = this.#options
    if (groups === null) return
    if (limits.memoryBytes !== defaults.memoryBytes || limits.processes !== defaults.processes) groups.setLimits(limits)
    this.#watchCpu(limits.cpuMs)
  }

  #send(): void {
    if (this.#stop !== null) return
    const program = this.#program
    const { spec, groups } = this.#options
    const limits = processLimits(program.limits, groups !== null)
    // A running Node cannot set its own limits; the init does it from outside.
    if (spec.warmth === 'node') this.#request(`limits ${limits.join(' ')}`)
    if (groups === null) this.#request(`watch ${program.limits.cpuMs} ${program.limits.memoryBytes}`)
    if (program.collect !== undefined && program.collect.length > 0) {
      this.#request(`collect ${[program.collectBytes ?? 0, ...program.collect].join('\0')}`)
    }
    if (program.terminal !== undefined) this.#request(`terminal ${program.terminal.columns} ${program.terminal.rows}`)
    if (program.artefacts !== undefined) this.#request(`artefacts ${artefactRequest(program, program.artefacts)}`)
    for (const part of encodeFrame(program, limits)) void this.#pipes.control.write(part)
    this.#pipes.control.end()
  }

  #request(line: string): void {
    void this.#pipes.request.write(Buffer.from(`${line}\n`))
  }

  deliver(stream: OutputStream, bytes: Uint8Array): void {
    const room = this.#program.limits.outputBytes - this.#outputBytes
    if (room <= 0 && this.#stop === 'output') return
    const kept = bytes.byteLength > room ? bytes.subarray(0, room) : bytes
    this.#outputBytes += kept.byteLength
    if (kept.byteLength > 0) this.#onOutput(stream, kept)
    if (kept !== bytes) {
      this.#end('output')
      this.resume()
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#pipes.input.write(bytes)
  }

  endInput(): void {
    this.#pipes.input.end()
  }

  signal(name: Signal): void {
    this.#request(`signal ${constants.signals[name]}`)
  }

  resize(size: TerminalSize): void {
    this.#request(`resize ${size.columns} ${size.rows}`)
  }

  kill(): void {
    this.#end('killed')
  }

  pause(): void {
    if (this.#stop === 'output') return
    this.#pipes.stdout.pause()
    this.#pipes.stderr.pause()
  }

  resume(): void {
    this.#pipes.stdout.resume()
    this.#pipes.stderr.resume()
  }

  /** A throttled group must run to die. */
  liftCpu(): void {
    try {
      this.#options.groups?.liftCpu()
    } catch (error) {
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)))
    }
  }

  stopTimers(): void {
    this.#endedAt ??= performance.now()
    if (this.#wallTimer !== null) clearTimeout(this.#wallTimer)
    if (this.#cpuTimer !== null) clearTimeout(this.#cpuTimer)
    if (this.#patience !== null) clearTimeout(this.#patience)
  }

  settle(result: BoxResult, usage: GroupUsage | null, fault: Error | null): void {
    const { report, collected, artefacts } = result
    const verdict = judge({
      stop: this.#fault === null ? this.#stop : null,
      report: this.#fault === null ? report : null,
      usage,
      fault: this.#fault?.message ?? fault?.message ?? result.fault,
    })
    this.#onEnded({
      ...verdict,
      cpuMs: usage === null ? (report?.cpuMs ?? 0) : Math.max(0, usage.cpuMs - this.#cpuBeforeMs),
      wallMs: (this.#endedAt ?? performance.now()) - this.#startedAt,
      peakBytes: usage?.peakBytes ?? report?.residentBytes ?? 0,
      outputBytes: this.#outputBytes,
      collected: verdict.reason === 'exited' ? collected : [],
      ...(this.#program.artefacts === undefined ? {} : { artefacts: artefacts ?? { files: [], areAll: false } }),
    })
  }

  #watchCpu(limitMs: number): void {
    const { groups } = this.#options
    if (groups === null) return
    // The group has one core, so it cannot use its time faster than the wall clock runs.
    const check = (remainingMs: number) => {
      this.#cpuTimer = setTimeout(
        () => {
          const left = limitMs - (readCpu(groups) - this.#cpuBeforeMs)
          if (left <= 0) this.#end('cpu')
          else check(left)
        },
        Math.min(CPU_CHECK_MS.most, Math.max(CPU_CHECK_MS.least, remainingMs)),
      )
    }
    check(limitMs)
  }

  #end(stop: Stop): void {
    if (this.#stop !== null || this.#endedAt !== null) return
    this.#stop = stop
    this.#destroyBox()
  }

  #fail(error: unknown): void {
    this.#fault = error instanceof Error ? error : new Error(String(error))
    this.#destroyBox()
  }

  #destroyBox(): void {
    this.liftCpu()
    this.#options.zygote.killBox(this.#options.name)
    this.#patience = setTimeout(() => this.#options.onStubborn(), STUBBORN_MS)
  }
}

function readCpu(groups: BoxGroups): number {
  try {
    return groups.cpuMs()
  } catch {
    return 0
  }
}
