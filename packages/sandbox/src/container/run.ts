/** A started program: what it is sent, what it writes, which limits end it, and how its end is told. */
import { constants } from 'node:os'
import { basename, dirname } from 'node:path'
import type { BoxGroups, GroupUsage } from '../cgroups/cgroups.ts'
import { judge } from '../driver/end.ts'
import { Guard } from '../driver/guard.ts'
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

export class Run implements Running {
  readonly #options: BoxOptions
  readonly #pipes: BoxPipes
  readonly #program: Program
  readonly #cpuBeforeMs: number
  readonly #guard: Guard
  #patience: NodeJS.Timeout | undefined

  constructor(options: BoxOptions, pipes: BoxPipes, program: Program, onOutput: OutputListener, cpuBeforeMs: number) {
    this.#options = options
    this.#pipes = pipes
    this.#program = program
    this.#cpuBeforeMs = cpuBeforeMs
    const { groups, onFault } = options
    this.#guard = new Guard({ program, onOutput, groups, onFault, kill: () => this.#destroyBox() })
  }

  get ended(): Promise<SandboxEnd> {
    return this.#guard.ended
  }

  begin(): void {
    const { limits } = this.#program
    this.#guard.begin()
    try {
      this.#applyGroupLimits(limits)
    } catch (error) {
      this.#guard.fail(error)
      return
    }
    const { defaults } = this.#options
    const asOpened = limits.diskBytes === defaults.diskBytes && limits.diskFiles === defaults.diskFiles
    // At once where nothing is to be changed: most programs, and what they pay for the others.
    if (asOpened && this.#program.egress === undefined) this.#send()
    else {
      this.#change(asOpened).then(
        () => this.#send(),
        (error) => this.#guard.fail(error),
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
    this.#guard.watchCpu(this.#cpuBeforeMs)
  }

  #send(): void {
    if (this.#guard.stop !== null) return
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
    if (this.#guard.stop === 'output') return
    if (!this.#guard.pass(stream, bytes)) this.resume()
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
    this.#guard.end('killed')
  }

  pause(): void {
    if (this.#guard.stop === 'output') return
    this.#pipes.stdout.pause()
    this.#pipes.stderr.pause()
  }

  resume(): void {
    this.#pipes.stdout.resume()
    this.#pipes.stderr.resume()
  }

  liftCpu(): void {
    this.#guard.liftCpu()
  }

  stopTimers(): void {
    this.#guard.over()
    clearTimeout(this.#patience)
  }

  settle(result: BoxResult, usage: GroupUsage | null, fault: Error | null): void {
    const { report, collected, artefacts } = result
    const { stop, fault: ours } = this.#guard
    const verdict = judge({
      stop,
      report: ours === null ? report : null,
      usage,
      fault: ours?.message ?? fault?.message ?? result.fault,
    })
    this.#guard.settle(verdict, {
      cpuMs: usage === null ? (report?.cpuMs ?? 0) : Math.max(0, usage.cpuMs - this.#cpuBeforeMs),
      peakBytes: usage?.peakBytes ?? report?.residentBytes ?? 0,
      collected,
      ...(artefacts === null ? {} : { artefacts }),
    })
  }

  #destroyBox(): void {
    this.#options.zygote.killBox(this.#options.name)
    this.#patience = setTimeout(() => this.#options.onStubborn(), STUBBORN_MS)
  }
}
