/** A program started behind a guest agent: what it is sent, what it writes, which limits end it, and how its end is told. */
import { constants } from 'node:os'
import { crc32 } from 'node:zlib'
import type { GroupUsage } from '../cgroups/cgroups.ts'
import { encodeFrame, processLimits } from '../container/frame.ts'
import { judge } from '../driver/end.ts'
import { asError, Guard } from '../driver/guard.ts'
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
import { GuestFiles } from './guest-files.ts'
import { type GuestEnd, reportOf, usageOf } from './guest-report.ts'
import type { GuestStream } from './guest-stream.ts'
import type { GuestSetup, Vessel } from './vessel.ts'
import { WayOut } from './way-out.ts'
import { channels } from './wire.ts'

export type GuestRunOptions = {
  readonly vessel: Vessel
  readonly setup: GuestSetup
  readonly spec: SandboxSpec
  readonly defaults: SandboxLimits
  readonly program: Program
  readonly onOutput: OutputListener
  readonly stream: GuestStream
  readonly onFault: (error: Error) => void
  /** Ends the vessel. */
  readonly kill: () => void
}

export class GuestRun implements Running {
  readonly #options: GuestRunOptions
  readonly #guard: Guard
  readonly #files: GuestFiles
  readonly #wayOut: WayOut | null
  readonly #before: GroupUsage | null
  #report: GuestEnd | null = null
  #isSettled = false
  #isPaused = false
  /** Held back while paused: at most a window of each stream. */
  #held: [OutputStream, Buffer][] = []

  constructor(options: GuestRunOptions) {
    this.#options = options
    const { program, stream, onOutput, vessel, onFault, kill } = options
    this.#guard = new Guard({ program, onOutput, groups: vessel.groups, onFault, kill })
    this.#files = new GuestFiles({
      collect: program.collect ?? [],
      collectBytes: program.collectBytes ?? 0,
      artefacts: program.artefacts ?? null,
    })
    this.#wayOut = program.egress === undefined ? null : new WayOut(program.egress.proxySocket, stream)
    this.#before = this.#usage()
  }

  get ended(): Promise<SandboxEnd> {
    return this.#guard.ended
  }

  begin(): void {
    const { program, vessel, defaults, setup } = this.#options
    const { limits } = program
    this.#guard.begin()
    const hasOtherDisk = limits.diskBytes !== defaults.diskBytes || limits.diskFiles !== defaults.diskFiles
    const disk = hasOtherDisk && setup.mountsDisk ? { bytes: limits.diskBytes, files: limits.diskFiles } : null
    try {
      vessel.groups?.setLimits(limits)
      this.#guard.watchCpu(this.#before?.cpuMs ?? 0)
    } catch (error) {
      this.#guard.fail(error)
      return
    }
    if (!hasOtherDisk || vessel.resizeDisk === undefined) this.#send(disk)
    else
      vessel.resizeDisk(limits.diskBytes, limits.diskFiles).then(
        () => this.#send(null),
        (error) => this.#guard.fail(error),
      )
  }

  #send(disk: { bytes: number; files: number } | null): void {
    if (this.#guard.stop !== null) return
    const { program, vessel, setup, stream } = this.#options
    const { limits, terminal, artefacts, collect } = program
    const hasGroups = vessel.groups !== null || setup.groups === 'v2'
    // The host's groups count CPU time; a guest's own kernel counts it in another way, and would come first.
    const perProcess = processLimits(limits, hasGroups).filter((limit) => vessel.groups === null || !limit.startsWith('0='))
    stream.say({
      say: 'start',
      limits: perProcess,
      memoryBytes: limits.memoryBytes,
      processes: limits.processes,
      disk,
      terminal: terminal === undefined ? null : [terminal.columns, terminal.rows],
      watch: hasGroups ? null : [limits.cpuMs, limits.memoryBytes],
      egress: this.#wayOut !== null,
      collect: collect === undefined || collect.length === 0 ? null : { paths: collect, bytes: program.collectBytes ?? 0 },
      artefacts: artefacts ?? null,
      placed: artefacts === undefined ? {} : sumsOf(program.files),
    })
    for (const part of encodeFrame(program, perProcess)) void stream.write(channels.program, part)
    stream.end(channels.program)
  }

  data(channel: number, bytes: Buffer): void {
    const { stream } = this.#options
    if (channel === channels.stdout || channel === channels.stderr) {
      const name = channel === channels.stdout ? 'stdout' : 'stderr'
      if (this.#isPaused || this.#held.length > 0) this.#held.push([name, Buffer.from(bytes)])
      else this.#deliver(name, bytes)
    } else if (channel === channels.files) {
      this.#files.push(bytes)
      stream.consumed(channel, bytes.byteLength)
    } else this.#wayOut?.data(channel, bytes)
  }

  channelEnded(channel: number): void {
    this.#wayOut?.ended(channel)
  }

  opened(channel: number): void {
    if (this.#wayOut === null) this.#options.stream.close(channel)
    else this.#wayOut.opened(channel)
  }

  #deliver(name: OutputStream, bytes: Buffer): void {
    if (this.#guard.stop === 'output') return
    // Before the listener, who may pause: what it got is consumed.
    this.#options.stream.consumed(channels[name], bytes.byteLength)
    if (this.#guard.pass(name, bytes)) return
    this.#isPaused = false
    this.#held = []
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#options.stream.write(channels.stdin, bytes)
  }

  endInput(): void {
    // A terminal has no end of its own: the character that says so to the program, as a person would type it.
    if (this.#options.program.terminal !== undefined) void this.write(Buffer.from('\x04'))
    else this.#options.stream.end(channels.stdin)
  }

  signal(name: Signal): void {
    this.#options.stream.say({ say: 'signal', number: constants.signals[name] })
  }

  resize({ columns, rows }: TerminalSize): void {
    if (this.#options.program.terminal !== undefined) this.#options.stream.say({ say: 'resize', columns, rows })
  }

  kill(): void {
    this.#guard.end('killed')
  }

  pause(): void {
    if (this.#guard.stop !== 'output') this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    while (!this.#isPaused) {
      const next = this.#held.shift()
      if (next === undefined) break
      this.#deliver(...next)
    }
    if (this.#held.length === 0 && this.#guard.isOver) this.#settle()
  }

  liftCpu(): void {
    this.#guard.liftCpu()
  }

  /** The agent's last word: all output and all files came before it. */
  reported(report: GuestEnd): void {
    if (this.#guard.isOver) return
    this.#report = report
    this.#finish()
  }

  vesselGone(fault: Error): void {
    this.#guard.fail(fault)
    this.#finish()
  }

  #finish(): void {
    this.#guard.over()
    this.#wayOut?.close()
    if (this.#held.length === 0 || this.#guard.stop === 'killed') this.#settle()
  }

  #settle(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const after = this.#usage()
    const inner = this.#report === null ? null : usageOf(this.#report)
    const usage = inner ?? difference(this.#before, after)
    const report = this.#report === null ? null : reportOf(this.#report)
    const { memoryBytes } = this.#options.program.limits
    this.#guard.settle(this.#judge(report, usage), {
      cpuMs: usage?.cpuMs ?? report?.cpuMs ?? 0,
      peakBytes: Math.min(Math.max(usage?.peakBytes ?? 0, report?.residentBytes ?? 0), memoryBytes),
      collected: this.#files.collected,
      artefacts: { files: this.#files.artefacts, areAll: this.#files.areAll ?? false },
    })
    this.liftCpu()
    this.#options.kill()
  }

  #judge(report: ReturnType<typeof reportOf> | null, usage: GroupUsage | null): ReturnType<typeof judge> {
    const { stop, fault } = this.#guard
    // The kernel may have taken the vessel itself, and with it the agent who would have told.
    if (report === null && stop === null && usage !== null && usage.outOfMemory > 0)
      return { reason: 'oom', exitCode: null, signal: 'SIGKILL' }
    return judge({ stop, report, usage, fault: fault?.message ?? null })
  }

  #usage(): GroupUsage | null {
    try {
      return this.#options.vessel.groups?.usage() ?? null
    } catch (error) {
      this.#options.onFault(asError(error))
      return null
    }
  }
}

/** What the agent needs to know of the placed files to tell which of them the program changed. */
function sumsOf(files: Program['files']): Record<string, [number, number]> {
  const inProject = files.filter(({ path }) => !path.startsWith('/'))
  return Object.fromEntries(inProject.map(({ path, content }) => [path, [content.byteLength, crc32(content)]]))
}

/** What the program used of a vessel that had used something before. */
function difference(before: GroupUsage | null, after: GroupUsage | null): GroupUsage | null {
  if (before === null || after === null) return after
  return {
    cpuMs: Math.max(0, after.cpuMs - before.cpuMs),
    peakBytes: after.peakBytes,
    outOfMemory: after.outOfMemory - before.outOfMemory,
    refusedForks: after.refusedForks - before.refusedForks,
  }
}
