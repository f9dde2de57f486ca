/**
 * One container box as the server sees it.
 *
 *     opening ──ready──▶ warm ──start──▶ running ──▶ gone
 *        └────────────────┴──────────────────────────▲   (it broke, or was destroyed)
 *
 * `ended` settles when the init's report is read, both outputs are at their end and the zygote has reaped the init: only then
 * is nothing of the box alive and no byte of it unread.
 */
import type { GroupUsage } from '../cgroups/cgroups.ts'
import { asError } from '../driver/guard.ts'
import type { OutputListener, Program, Running, Sandbox } from '../sandbox.ts'
import { checkProgram } from './frame.ts'
import { PipeReader, PipeWriter } from './pipes.ts'
import { BoxResult } from './result.ts'
import { type BoxOptions, type BoxPipes, Run } from './run.ts'
import type { BoxEnds, BoxListener } from './zygote.ts'

export class ContainerBox implements Sandbox, BoxListener {
  readonly isolation = 'container'
  readonly id: string
  readonly #died = Promise.withResolvers<void>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #removed = Promise.withResolvers<void>()
  readonly #options: BoxOptions
  #state: 'opening' | 'warm' | 'running' | 'gone' = 'opening'
  #pipes: BoxPipes | null = null
  #open = 0
  #pid = 0
  #run: Run | null = null
  #result: BoxResult
  #fault: Error | null = null
  #cpuBeforeMs = 0

  constructor(options: BoxOptions) {
    this.#options = options
    this.id = options.id
    this.#ready.promise.catch(() => {})
    this.#result = new BoxResult({ onReady: () => this.#warm(), onLeftovers: () => this.#run?.liftCpu() })
  }

  get died(): Promise<void> {
    return this.#died.promise
  }

  /** Settles when a program can be started; rejects when that never will be. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Process id of the box's init as the zygote sees it. */
  get pid(): number {
    return this.#pid
  }

  born(ends: BoxEnds, pid: number): void {
    this.#pid = pid
    this.#open = 3
    const closed = () => {
      this.#open -= 1
      this.#settle()
    }
    this.#pipes = {
      control: new PipeWriter(ends.control),
      input: new PipeWriter(ends.input),
      request: new PipeWriter(ends.request),
      stdout: new PipeReader(ends.output, (bytes) => this.#run?.deliver('stdout', bytes), closed),
      stderr: new PipeReader(ends.error, (bytes) => this.#run?.deliver('stderr', bytes), closed),
      result: new PipeReader(ends.result, (bytes) => this.#result.push(bytes), closed),
    }
  }

  gone(fault: Error | null): void {
    const before = this.#state
    this.#state = 'gone'
    this.#fault = fault
    for (const writer of ['control', 'input', 'request'] as const) this.#pipes?.[writer].destroy()
    this.#run?.stopTimers()
    if (before === 'opening') this.#ready.reject(fault ?? new Error(this.#result.fault ?? 'the box ended before it was ready'))
    if (before !== 'running') {
      this.#discard()
      this.#died.resolve()
    }
    this.#settle()
    this.#options.onGone()
  }

  start(program: Program, onOutput: OutputListener): Running {
    if (this.#state !== 'warm') throw new Error(`a box is started once; this one is ${this.#state}`)
    checkProgram(program)
    const pipes = this.#pipes
    if (pipes === null) throw new Error('the box has no pipes')
    this.#state = 'running'
    const run = new Run(this.#options, pipes, program, onOutput, this.#cpuBeforeMs)
    this.#run = run
    run.begin()
    return run
  }

  async destroy(): Promise<void> {
    if (this.#run !== null) this.#run.kill()
    else if (this.#state !== 'gone') this.#options.zygote.killBox(this.#options.name)
    this.#discard()
    await this.#removed.promise
  }

  #warm(): void {
    if (this.#state !== 'opening') return
    this.#state = 'warm'
    this.#cpuBeforeMs = this.#options.groups?.cpuMs() ?? 0
    this.#ready.resolve()
  }

  #discard(): void {
    for (const reader of ['stdout', 'stderr'] as const) this.#pipes?.[reader].destroy()
    if (this.#state === 'gone') this.#pipes?.result.destroy()
  }

  #settle(): void {
    if (this.#state !== 'gone' || this.#open > 0) return
    this.#open = Number.POSITIVE_INFINITY // once
    let usage: GroupUsage | null = null
    try {
      usage = this.#options.groups?.usage() ?? null
    } catch (error) {
      // A box that broke before its groups were made has none.
      if (this.#run !== null) this.#options.onFault(asError(error))
    }
    this.#run?.settle(this.#result, usage, this.#fault)
    const removal = this.#options.groups?.remove() ?? Promise.resolve()
    removal.catch(this.#options.onFault).finally(this.#removed.resolve)
  }
}
