/**
 * One execution while it is alive.
 *
 *   starting ──► compile (languages that need it, unless the binary is cached) ──► run ──► ended
 *        └────────────┴──────────────── cancel, a limit, a fault ──────────────────┴──────► ended
 *
 * Each stage has a sandbox of its own, used once and destroyed. `ended` never rejects: whatever happens becomes a result.
 */
import type { Log } from '@atelier/base/log'
import { Refusal } from '@atelier/protocol/errors'
import {
  type ExecutionLimits,
  type ExecutionResult,
  executionBounds,
  type Stage,
  type TerminalSize,
} from '@atelier/protocol/executions'
import { checkPath } from '@atelier/protocol/files'
import type { Program, Running, Sandbox, SandboxEnd, SandboxFile, SandboxSpec, Signal } from '@atelier/sandbox/sandbox'
import { Counter, Histogram } from 'prom-client'
import { registry } from '../observe/metrics.ts'
import { EventLog } from './event-log.ts'
import { type CancelReason, faultResult, resultOf } from './execution-result.ts'
import type { EgressGrant } from './network.ts'
import { OutputFramer } from './output-framer.ts'
import { Brake, Pacer } from './pacing.ts'

const ends = new Counter({
  name: 'atelier_executions_total',
  help: 'Ended executions',
  labelNames: ['language', 'reason'],
  registers: [registry],
})
const leaseSeconds = new Histogram({
  name: 'atelier_sandbox_lease_seconds',
  help: 'Wait for a sandbox',
  buckets: [0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2],
  registers: [registry],
})
const firstByteSeconds = new Histogram({
  name: 'atelier_execution_first_byte_seconds',
  help: 'From accepted to the first byte of output',
  labelNames: ['language'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
  registers: [registry],
})

/** Input that the program has not read yet, or that waits for the compiler, bytes. */
const unreadInputLimit = 8 * 1024 * 1024

export type StagePlan = { readonly spec: SandboxSpec; readonly program: Program }

/** What is to be done, worked out before: an optional compile stage, and the run stage made from its result. */
export type ExecutionPlan = {
  readonly compile: (StagePlan & { readonly cacheKey: string }) | null
  run(binary: Uint8Array | null): StagePlan
}

export interface SandboxSource {
  lease(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>
}

export interface CompiledPrograms {
  find(key: string): Promise<Uint8Array | null>
  keep(key: string, binary: Uint8Array): Promise<void>
}

export type LiveOptions = {
  readonly id: string
  readonly language: string
  readonly limits: ExecutionLimits
  readonly plan: ExecutionPlan
  readonly stdin: Uint8Array | null
  readonly interactive: boolean
  readonly waitsForReaders: boolean
  readonly terminal: TerminalSize | null
  readonly wantsArtefacts: boolean
  readonly sandboxes: SandboxSource
  /** Null: the program has no network. */
  readonly openEgress: EgressGrant | null
  readonly compiled: CompiledPrograms
  readonly keptBytes: number
  readonly now: () => number
  readonly log: Log
}

export class LiveExecution {
  readonly id: string
  readonly events: EventLog
  readonly startedAtMs: number
  /** Settles when the result is known and everything in the sandboxes is dead. */
  readonly ended: Promise<ExecutionResult>
  #options: LiveOptions
  readonly #abort = new AbortController()
  #stage: Stage = 'run'
  #running: Running | null = null
  #pacer: Pacer | null = null
  #cancelReason: CancelReason = null
  #inputOpen = true
  #waitingInput: Uint8Array[] = []
  #unreadInputBytes = 0
  #sawOutput = false
  #terminal: TerminalSize | null
  #artefacts: readonly SandboxFile[] = []
  #end: { readonly result: ExecutionResult; readonly atMs: number } | null = null

  constructor(options: LiveOptions) {
    this.#options = options
    this.#terminal = options.terminal
    this.id = options.id
    this.startedAtMs = options.now()
    this.events = new EventLog(options.keptBytes)
    if (options.stdin !== null) {
      this.#waitingInput.push(options.stdin)
      this.#unreadInputBytes = options.stdin.length
    }
    this.#inputOpen = options.interactive
    this.ended = this.#runToEnd()
  }

  /** The result, and when it was known; null while it runs. */
  get end(): { readonly result: ExecutionResult; readonly atMs: number } | null {
    return this.#end
  }

  get isEnded(): boolean {
    return this.#end !== null
  }

  /** What the program made, once it has ended and if that was asked for. */
  get artefacts(): readonly SandboxFile[] {
    return this.#artefacts
  }

  get limits(): ExecutionLimits {
    return this.#options.limits
  }

  async #runToEnd(): Promise<ExecutionResult> {
    const result = await this.#runStages().catch((fault: unknown) => this.#faultResult(fault))
    this.#inputOpen = false
    this.#forgetProgram()
    this.#end = { result, atMs: this.#options.now() }
    ends.inc({ language: this.#options.language, reason: result.reason })
    this.events.append({ type: 'end', result })
    return result
  }

  /** Followers may hold an ended execution for a while; its files and input are not needed for that. */
  #forgetProgram(): void {
    this.#waitingInput = []
    const run = (): never => {
      throw new Error('the execution has ended')
    }
    this.#options = { ...this.#options, stdin: null, plan: { compile: null, run } }
  }

  /** Sends input; what the program has not read yet is held, up to a bound. Refuses when the input is closed or the bound is reached. */
  write(bytes: Uint8Array): void {
    this.#refuseWhenEnded()
    if (!this.#inputOpen)
      throw new Refusal(
        'input-closed',
        'The input of this program was closed. Start it again with "interactive": true to type into it.',
      )
    if (this.#unreadInputBytes + bytes.length > unreadInputLimit)
      throw new Refusal(
        'too-large',
        'The program does not read its input: too much is waiting already. Send the rest when it has read some.',
      )
    this.#unreadInputBytes += bytes.length
    if (this.#running !== null && this.#stage === 'run') this.#feed(this.#running, bytes)
    else this.#waitingInput.push(bytes)
  }

  #feed(running: Running, bytes: Uint8Array): void {
    const read = (): void => {
      this.#unreadInputBytes -= bytes.length
    }
    running.write(bytes).then(read, read)
  }

  endInput(): void {
    this.#refuseWhenEnded()
    this.#inputOpen = false
    if (this.#stage === 'run') this.#running?.endInput()
  }

  signal(name: Signal): void {
    this.#refuseWhenEnded()
    if (this.#running === null || this.#stage === 'compile') this.cancel()
    else this.#running.signal(name)
  }

  resize(size: TerminalSize): void {
    this.#refuseWhenEnded()
    if (this.#options.terminal === null)
      throw new Refusal('invalid-request', 'This program has no terminal. Start it again with "terminal".')
    this.#terminal = size
    if (this.#stage === 'run') this.#running?.resize(size)
  }

  /** Stops it, whatever it does. `infrastructure`: the server is going away. */
  cancel(reason: 'cancelled' | 'infrastructure' = 'cancelled'): void {
    this.#cancelReason ??= reason
    this.#abort.abort(new Error('the execution was cancelled'))
    this.#pacer?.stop()
    this.#running?.kill()
  }

  #refuseWhenEnded(): void {
    if (this.isEnded) throw new Refusal('execution-ended', 'This execution has ended already. Start it again to go on.')
  }

  async #runStages(): Promise<ExecutionResult> {
    const { plan, compiled } = this.#options
    let binary: Uint8Array | null = null
    if (plan.compile !== null) {
      binary = await compiled.find(plan.compile.cacheKey)
      if (binary === null) {
        const end = await this.#runStage('compile', plan.compile)
        binary = end.collected[0]?.content ?? null
        if (end.reason !== 'exited' || end.exitCode !== 0 || binary === null) return this.#resultOf(end, 'compile')
        // Kept behind the run: the user does not wait for our disk.
        compiled
          .keep(plan.compile.cacheKey, binary)
          .catch((error) => this.#options.log.warn('compiled program not kept', { error }))
      }
    }
    const { spec, program } = plan.run(binary)
    const egress = (await this.#options.openEgress?.(this.id)) ?? null
    const wayOut = egress === null ? {} : { egress }
    const end = await this.#runStage('run', { spec, program: { ...program, ...this.#wishes(), ...wayOut } }).finally(() =>
      egress?.close(),
    )
    const { files, areAll } = presentable(end.artefacts)
    this.#artefacts = files
    const list = files.map(({ path, content }) => ({ path, sizeBytes: content.byteLength }))
    const result = this.#resultOf(end, 'run')
    return this.#options.wantsArtefacts ? { ...result, artefacts: { files: list, areAll } } : result
  }

  /** What only the program itself gets, not its compiler. */
  #wishes(): Pick<Program, 'terminal' | 'artefacts'> {
    const { artefactFiles: files, artefactBytes: bytes } = executionBounds
    return {
      ...(this.#terminal === null ? {} : { terminal: this.#terminal }),
      ...(this.#options.wantsArtefacts ? { artefacts: { files, bytes } } : {}),
    }
  }

  async #runStage(stage: Stage, plan: StagePlan): Promise<SandboxEnd> {
    const askedAt = performance.now()
    const sandbox = await this.#options.sandboxes.lease(plan.spec, this.#abort.signal)
    leaseSeconds.observe((performance.now() - askedAt) / 1000)
    try {
      this.#abort.signal.throwIfAborted()
      this.#stage = stage
      this.events.append({ type: 'stage', stage })
      return await this.#runProgram(sandbox, stage, plan.program)
    } finally {
      await sandbox.destroy()
    }
  }

  async #runProgram(sandbox: Sandbox, stage: Stage, program: Program): Promise<SandboxEnd> {
    const brake = new Brake(
      () => running.pause(),
      () => running.resume(),
    )
    const { keptBytes, waitsForReaders } = this.#options
    const { events } = this
    const pacer = waitsForReaders
      ? new Pacer({
          ...{ brake, keptBytes, wallMs: program.limits.wallMs },
          ...{ backlogBytes: () => events.backlogBytes(), sizeBytes: () => events.keptBytes },
        })
      : null
    this.#pacer = pacer
    const framer = new OutputFramer({
      emit: (framed) => {
        this.#emit(stage, framed)
        pacer?.check()
      },
      rest: () => brake.hold('many reads'),
      goOn: () => brake.release('many reads'),
    })
    const running = sandbox.start(program, (stream, bytes) => framer.push(stream, bytes))
    this.#running = running
    if (stage === 'run') this.#passInput(running)
    else running.endInput()
    try {
      return await running.ended
    } finally {
      this.#running = null
      pacer?.stop()
      framer.end()
    }
  }

  #passInput(running: Running): void {
    const waiting = this.#waitingInput
    this.#waitingInput = []
    for (const bytes of waiting) this.#feed(running, bytes)
    if (!this.#inputOpen) running.endInput()
  }

  #emit(stage: Stage, framed: { stream: 'stdout' | 'stderr'; data: string; encoding: 'utf8' | 'base64' }): void {
    if (!this.#sawOutput) {
      this.#sawOutput = true
      firstByteSeconds.observe({ language: this.#options.language }, (this.#options.now() - this.startedAtMs) / 1000)
    }
    this.events.append({ type: 'output', stage, ...framed })
  }

  #resultOf(end: SandboxEnd, stage: Stage): ExecutionResult {
    const compileLimits = this.#options.plan.compile?.program.limits
    const limits = stage === 'compile' ? (compileLimits ?? this.#options.limits) : this.#options.limits
    const result = resultOf(end, { stage, limits, cancelReason: this.#cancelReason, truncated: this.events.truncated })
    if (result.reason === 'infrastructure')
      this.#options.log.error('sandbox failed', { execution: this.id, stage, fault: end.fault })
    return result
  }

  #faultResult(fault: unknown): ExecutionResult {
    if (this.#cancelReason === null) this.#options.log.error('execution failed', { execution: this.id, error: fault })
    return faultResult(this.#options.now() - this.startedAtMs, {
      ...{ stage: this.#stage, limits: this.#options.limits, cancelReason: this.#cancelReason },
      truncated: this.events.truncated,
    })
  }
}

/** Those of which a project could have a file of the same name: others could not be asked for, nor kept. */
function presentable(artefacts: SandboxEnd['artefacts']): { files: readonly SandboxFile[]; areAll: boolean } {
  const { files, areAll } = artefacts ?? { files: [], areAll: artefacts === undefined }
  const plain = files.filter(({ path }) => isPath(path))
  return { files: plain, areAll: areAll && plain.length === files.length }
}

function isPath(path: string): boolean {
  try {
    return checkPath(path) === path
  } catch {
    return false
  }
}
