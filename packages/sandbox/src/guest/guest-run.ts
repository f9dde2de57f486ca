/** A program started behind a guest agent: what it is sent, what it writes, which limits end it, and how its end is told. */
import { constants } from 'node:os'
import { crc32 } from 'node:zlib'
import type { GroupUsage } from '../cgroups/cgroups.ts'
import { judge, type Stop } from '../container/end.ts'
import { encodeFrame, processLimits } from '../container/frame.ts'
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

/** A group's CPU use is looked at when it could first have reached the limit, and at least this often. */
const CPU_CHECK_MS = { least: 10, most: 250 }

export class GuestRun implements Running {
  readonly ended: Promise<SandboxEnd>
  readonly #options: GuestRunOptions
  readonly #startedAt = performance.now()
  readonly #files: GuestFiles
  readonly #wayOut: WayOut | null
  readonly #before: GroupUsage | null
  #endedAt: number | null = null
  #stop: Stop | null = null
  #fault: Error | null = null
  #report: GuestEnd | null = null
  #isSettled = false
  #isPaused = false
  /** Held back while paused: at most a window of each stream. */
  #held: [OutputStream, Buffer][] = []
  #outputBytes = 0
  #wallTimer: NodeJS.Timeout | null = null
  #cpuTimer: NodeJS.Timeout | null = null
  #onEnded: (end: SandboxEnd) => void = () => {}

  constructor(options: GuestRunOptions) {
    this.#options = options
    const { program, stream } = options
    this.#files = new GuestFiles({
      collect: program.collect ?? [],
      collectBytes: program.collectBytes ?? 0,
      artefacts: program.artefacts ?? null,
    })
    this.#wayOut = program.egress === undefined ? null : new WayOut(program.egress.proxySocket, stream)
    this.#before = this.#usage()
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve
    })
  }

  begin(): void {
    const { program, vessel, defaults, setup } = this.#options
    const { limits } = program
    this.#wallTimer = setTimeout(() => this.#end('wall'), limits.wallMs)
    const hasOtherDisk = limits.diskBytes !== defaults.diskBytes || limits.diskFiles !== defaults.diskFiles
    const disk = hasOtherDisk && setup.mountsDisk ? { bytes: limits.diskBytes, files: limits.diskFiles } : null
    try {
      vessel.groups?.setLimits(limits)
      if (vessel.groups !== null) this.#watchCpu(limits.cpuMs)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (!hasOtherDisk || vessel.resizeDisk === undefined) this.#send(disk)
    else
      vessel.resizeDisk(limits.diskBytes, limits.diskFiles).then(
        () => this.#send(null),
        (error) => this.#fail(error),
      )
  }

  #send(disk: { bytes: number; files: number } | null): void {
    if (this.#stop !== null) return
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
    const { program, onOutput, stream } = this.#options
    const room = program.limits.outputBytes - this.#outputBytes
    if (this.#stop === 'output') return
    const kept = bytes.byteLength > room ? bytes.subarray(0, room) : bytes
    this.#outputBytes += kept.byteLength
    // Before the listener, who may pause: what it got is consumed.
    stream.consumed(channels[name], bytes.byteLength)
    if (kept.byteLength > 0) onOutput(name, kept)
    if (kept !== bytes) {
      this.#isPaused = false
      this.#held = []
      this.#end('output')
    }
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
    this.#end('killed')
  }

  pause(): void {
    if (this.#stop !== 'output') this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    while (!this.#isPaused) {
      const next = this.#held.shift()
      if (next === undefined) break
      this.#deliver(...next)
    }
    if (this.#held.length === 0 && this.#endedAt !== null) this.#settle()
  }

  /** A throttled group must run to die. */
  liftCpu(): void {
    try {
      this.#options.vessel.groups?.liftCpu()
    } catch (error) {
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The agent's last word: all output and all files came before it. */
  reported(report: GuestEnd): void {
    if (this.#endedAt !== null) return
    this.#report = report
    this.#finish()
  }

  vesselGone(fault: Error): void {
    this.#fault ??= this.#report === null && this.#stop === null ? fault : null
    this.#finish()
  }

  #finish(): void {
    this.#stopTimers()
    this.#wayOut?.close()
    if (this.#held.length === 0 || this.#stop === 'killed') this.#settle()
  }

  #settle(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const after = this.#usage()
    const inner = this.#report === null ? null : usageOf(this.#report)
    const usage = inner ?? difference(this.#before, after)
    const report = this.#report === null ? null : reportOf(this.#report)
    const verdict = this.#judge(report, usage)
    this.#onEnded({
      ...verdict,
      cpuMs: usage?.cpuMs ?? report?.cpuMs ?? 0,
      wallMs: (this.#endedAt ?? performance.now()) - this.#startedAt,
      peakBytes: Math.min(Math.max(usage?.peakBytes ?? 0, report?.residentBytes ?? 0), this.#options.program.limits.memoryBytes),
      outputBytes: this.#outputBytes,
      collected: verdict.reason === 'exited' ? this.#files.collected : [],
      ...(this.#options.program.artefacts === undefined
        ? {}
        : { artefacts: { files: this.#files.artefacts, areAll: this.#files.areAll ?? false } }),
    })
    this.liftCpu()
    this.#options.kill()
  }

  #judge(report: ReturnType<typeof reportOf> | null, usage: GroupUsage | null): ReturnType<typeof judge> {
    // The kernel may have taken the vessel itself, and with it the agent who would have told.
    if (report === null && this.#stop === null && usage !== null && usage.outOfMemory > 0)
      return { reason: 'oom', exitCode: null, signal: 'SIGKILL' }
    return judge({ stop: this.#stop, report, usage, fault: this.#fault?.message ?? null })
  }

  #usage(): GroupUsage | null {
    try {
      return this.#options.vessel.groups?.usage() ?? null
    } catch (error) {
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)))
      return null
    }
  }

  #watchCpu(limitMs: number): void {
    const { groups } = this.#options.vessel
    if (groups === null) return
    const used = () => {
      try {
        return groups.cpuMs() - (this.#before?.cpuMs ?? 0)
      } catch {
        return 0
      }
    }
    // The group has one core, so it cannot use its time faster than the wall clock runs.
    const check = (remainingMs: number) => {
      const delayMs = Math.min(CPU_CHECK_MS.most, Math.max(CPU_CHECK_MS.least, remainingMs))
      this.#cpuTimer = setTimeout(() => {
        const left = limitMs - used()
        if (left <= 0) this.#end('cpu')
        else check(left)
      }, delayMs)
    }
    check(limitMs)
  }

  #stopTimers(): void {
    this.#endedAt ??= performance.now()
    if (this.#wallTimer !== null) clearTimeout(this.#wallTimer)
    if (this.#cpuTimer !== null) clearTimeout(this.#cpuTimer)
  }

  #end(stop: Stop): void {
    if (this.#stop !== null || this.#endedAt !== null) return
    this.#stop = stop
    this.liftCpu()
    this.#options.kill()
  }

  #fail(error: unknown): void {
    this.#fault = error instanceof Error ? error : new Error(String(error))
    this.#options.kill()
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
