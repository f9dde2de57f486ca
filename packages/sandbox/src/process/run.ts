/** One program in a worker: what it is sent, what it writes, what ends it. */
import { constants } from 'node:os'
import { PipeReader, PipeWriter } from '../container/pipes.ts'
import { type InitReport, judge } from '../driver/end.ts'
import { Guard } from '../driver/guard.ts'
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
  readonly #worker: Worker
  readonly #program: Program
  readonly #guard: Guard
  readonly #input: PipeWriter
  readonly #readers: Readonly<Record<OutputStream, PipeReader>>
  #openReaders = 2
  #paused = false
  #before = 0
  #used = { cpuMs: 0, residentBytes: 0 }
  #ending: Ending | null = null
  #timers: { watch?: NodeJS.Timeout; held?: NodeJS.Timeout; patience?: NodeJS.Timeout } = {}

  /** `slots`: how many programs share the user, and with it the number of its processes. */
  constructor(worker: Worker, slots: number, program: Program, onOutput: OutputListener) {
    this.#worker = worker
    this.#program = program
    this.#guard = new Guard({ program, onOutput, groups: null, kill: () => this.#kill(), onFault: () => {} })
    const { artefacts } = program
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
    this.#guard.begin()
  }

  get ended(): Promise<SandboxEnd> {
    return this.#guard.ended
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
    this.#guard.end('killed')
  }

  pause(): void {
    if (this.#guard.stop === 'output') return
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
      if (used.cpuMs > cpuMs) this.#guard.end('cpu')
      else if (used.residentBytes > memoryBytes) this.#guard.end('oom')
    }, WATCH_MS)
  }

  #deliver(stream: OutputStream, bytes: Uint8Array): void {
    if (this.#guard.stop === 'output') return
    if (!this.#guard.pass(stream, bytes)) this.resume()
    else this.#waitForRest()
  }

  #kill(): void {
    this.#worker.signal(constants.signals.SIGKILL)
    this.#timers.patience = setTimeout(() => this.#worker.kill(), PATIENCE_MS)
  }

  #end(ending: Ending): void {
    if (this.#ending !== null) return
    this.#ending = ending
    this.#guard.over()
    clearTimeout(this.#timers.watch)
    clearTimeout(this.#timers.patience)
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
    const { stop } = this.#guard
    // A worker is not killed for what it did: it says how its program ended, unless it was the program.
    const verdict = judge({ stop, report: stop === null || stop === 'output' ? report : null, usage: null, fault: null })
    const { files = [], artefacts } = done ?? {}
    this.#guard.settle(verdict, {
      cpuMs: Math.max(report.cpuMs, this.#used.cpuMs),
      peakBytes: Math.max(report.residentBytes, this.#used.residentBytes),
      collected: files.map(fileOf),
      ...(artefacts === undefined ? {} : { artefacts: { ...artefacts, files: artefacts.files.map(fileOf) } }),
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
