/** One program in a worker: what it is sent, what it writes, what ends it. */
import { constants } from 'node:os'
import { type InitReport, judge, type Stop } from '../container/end.ts'
import { PipeReader, PipeWriter } from '../container/pipes.ts'
import type { OutputListener, OutputStream, Program, Running, SandboxEnd, SandboxFile, Signal } from '../sandbox.ts'
import { type Done, type ReturnedFile, readUse, type Worker } from './worker.ts'

/** How often the program's use of CPU and memory is looked at; in between it may go over. */
const WATCH_MS = 50
/** What holds the output open after the end of the program is not waited for longer than this without a byte. */
const HELD_MS = 100
/** How long a worker may take to see its program off after it was killed. */
const PATIENCE_MS = 2000

type Ending = { readonly report: InitReport; readonly done: Done | null }

export class ProcessRun implements Running {
  readonly ended: Promise<SandboxEnd>
  readonly #worker: Worker
  readonly #program: Program
  readonly #onOutput: OutputListener
  readonly #input: PipeWriter
  readonly #readers: Readonly<Record<OutputStream, PipeReader>>
  readonly #startedAt = performance.now()
  readonly #settle: (end: SandboxEnd) => void
  #openReaders = 2
  #outputBytes = 0
  #paused = false
  #stop: Stop | 'oom' | null = null
  #before = 0
  #used = { cpuMs: 0, residentBytes: 0 }
  #ending: Ending | null = null
  #endedAt = 0
  #timers: { wall?: NodeJS.Timeout; watch?: NodeJS.Timeout; held?: NodeJS.Timeout; patience?: NodeJS.Timeout } = {}

  /** `slots`: how many programs share the user, and with it the number of its processes. */
  constructor(worker: Worker, slots: number, program: Program, onOutput: OutputListener) {
    this.#worker = worker
    this.#program = program
    this.#onOutput = onOutput
    const { promise, resolve } = Promise.withResolvers<SandboxEnd>()
    this.ended = promise
    this.#settle = resolve
    const { limits, artefacts } = program
    const mostBytes = (program.collectBytes ?? 0) * (program.collect?.length ?? 0) + (artefacts?.bytes ?? 0)
    const streams = worker.run(taskOf(program, slots), mostBytes, {
      started: (pid) => this.#watch(pid),
      done: (done) => this.#end({ report: reportOf(done), done }),
      gone: (status) => this.#end({ report: { status, ...this.#used, full: false }, done: null }),
    })
    const read = (stream: OutputStream) =>
      new PipeReader(
        streams[stream],
        (bytes) => this.#deliver(stream, bytes),
        () => {
          this.#openReaders -= 1
          this.#finish()
        },
      )
    this.#input = new PipeWriter(streams.input)
    this.#readers = { stdout: read('stdout'), stderr: read('stderr') }
    this.#timers.wall = setTimeout(() => this.#halt('wall'), limits.wallMs)
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#input.write(bytes)
  }

  endInput(): void {
    this.#input.end()
  }

  signal(name: Signal): void {
    if (this.#ending === null) this.#worker.signal(constants.signals[name])
  }

  /** There is no terminal here. */
  resize(): void {}

  kill(): void {
    this.#halt('killed')
  }

  pause(): void {
    if (this.#stop === 'output') return
    this.#paused = true
    for (const reader of Object.values(this.#readers)) reader.pause()
  }

  resume(): void {
    this.#paused = false
    for (const reader of Object.values(this.#readers)) reader.resume()
    this.#waitForRest()
  }

  #watch(pid: number): void {
    if (this.#timers.watch !== undefined || this.#ending !== null) return
    const { cpuMs, memoryBytes } = this.#program.limits
    this.#before = readUse(pid)?.cpuMs ?? 0
    this.#timers.watch = setInterval(() => {
      const use = readUse(pid)
      if (use === null) return
      const used = { cpuMs: use.cpuMs - this.#before, residentBytes: use.residentBytes }
      this.#used = { cpuMs: used.cpuMs, residentBytes: Math.max(used.residentBytes, this.#used.residentBytes) }
      if (used.cpuMs > cpuMs) this.#halt('cpu')
      else if (used.residentBytes > memoryBytes) this.#halt('oom')
    }, WATCH_MS)
  }

  #deliver(stream: OutputStream, bytes: Uint8Array): void {
    const room = this.#program.limits.outputBytes - this.#outputBytes
    if (room <= 0 && this.#stop === 'output') return
    const kept = bytes.byteLength > room ? bytes.subarray(0, room) : bytes
    this.#outputBytes += kept.byteLength
    if (kept.byteLength > 0) this.#onOutput(stream, kept)
    if (kept !== bytes) {
      this.#halt('output')
      this.resume()
    }
    this.#waitForRest()
  }

  #halt(stop: Stop | 'oom'): void {
    if (this.#stop !== null || this.#ending !== null) return
    this.#stop = stop
    this.#worker.signal(constants.signals.SIGKILL)
    this.#timers.patience = setTimeout(() => this.#worker.kill(), PATIENCE_MS)
  }

  #end(ending: Ending): void {
    if (this.#ending !== null) return
    this.#ending = ending
    this.#endedAt = performance.now()
    const { wall, watch, patience } = this.#timers
    for (const timer of [wall, watch, patience]) clearTimeout(timer)
    this.#input.destroy()
    this.#waitForRest()
    this.#finish()
  }

  /** All that the program wrote is in the pipes when its end is told; only what it left behind may still hold them. */
  #waitForRest(): void {
    clearTimeout(this.#timers.held)
    if (this.#ending === null || this.#paused) return
    this.#timers.held = setTimeout(() => {
      for (const reader of Object.values(this.#readers)) reader.destroy()
    }, HELD_MS)
  }

  #finish(): void {
    if (this.#ending === null || this.#openReaders > 0) return
    clearTimeout(this.#timers.held)
    const { report, done } = this.#ending
    const stop = this.#stop === 'oom' ? null : this.#stop
    const verdict = judge({
      // A worker is not killed for what it did: it says how its program ended, unless it was the program.
      ...{
        stop,
        report: stop === null || stop === 'output' ? { ...report, ...(this.#stop === 'oom' ? { stop: 'oom' } : {}) } : null,
      },
      ...{ usage: null, fault: null },
    })
    this.#settle({
      ...verdict,
      cpuMs: Math.max(report.cpuMs, this.#used.cpuMs),
      wallMs: this.#endedAt - this.#startedAt,
      peakBytes: Math.max(report.residentBytes, this.#used.residentBytes),
      outputBytes: this.#outputBytes,
      collected: verdict.reason === 'exited' ? (done?.files ?? []).map(fileOf) : [],
      ...(this.#program.artefacts === undefined
        ? {}
        : {
            artefacts: {
              files: (done?.artefacts?.files ?? []).map(fileOf),
              areAll: done?.artefacts?.areAll ?? false,
            },
          }),
    })
  }
}

/** Threads of a Node that waits, and the worker itself. */
const OWN_PROCESSES = 24

function taskOf(program: Program, slots: number): object {
  const { argv, environment, files, collect = [], collectBytes = 0, artefacts = null } = program
  const limits = { ...program.limits, sharedProcesses: slots * (program.limits.processes + OWN_PROCESSES) }
  return {
    ...{ argv, environment, limits, collect, collectBytes, artefacts },
    files: files.map(({ path, content, executable = false }) => ({
      path,
      content: Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64'),
      executable,
    })),
  }
}

const reportOf = ({ status = 0, cpuUs, residentBytes, fault, stop }: Done): InitReport => ({
  ...{ status, cpuMs: cpuUs / 1000, residentBytes, full: false },
  ...(stop === undefined ? {} : { stop }),
  ...(fault === undefined ? {} : { fault }),
})

const fileOf = ({ path, content, executable }: ReturnedFile): SandboxFile => ({
  path,
  content: Buffer.from(content, 'base64'),
  executable,
})
