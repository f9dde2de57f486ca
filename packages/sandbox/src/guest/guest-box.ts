/**
 * One single-use sandbox behind a guest agent, whatever carries it (vessel.ts).
 *
 *     opening ──ready──▶ warm ──start──▶ running ──▶ gone
 *        └────────────────┴──────────────────────────▲   (it broke, or was destroyed)
 *
 * A program has ended when the agent has said so after all its output and files: all that ran is dead then. The vessel, in
 * which only the agent is left, is killed in the same moment. A vessel that dies without that word tells its end by itself.
 */
import { baseEnvironment, nodeEnvironment } from '../container/environment.ts'
import { checkProgram, encodeFrame } from '../container/frame.ts'
import { asError } from '../driver/guard.ts'
import type { Isolation, OutputListener, Program, Running, Sandbox, SandboxLimits, SandboxSpec } from '../sandbox.ts'
import { type GuestMessage, readMessage } from './guest-report.ts'
import { GuestRun } from './guest-run.ts'
import { GuestStream } from './guest-stream.ts'
import type { GuestSetup, Vessel } from './vessel.ts'

export type GuestBoxOptions = {
  readonly id: string
  readonly isolation: Isolation
  readonly spec: SandboxSpec
  readonly vessel: Vessel
  readonly setup: GuestSetup
  /** What it is opened with. */
  readonly defaults: SandboxLimits
  /** Where the interpreter for `node` is, inside. */
  readonly node: string
  /** False: the agent was told `open` before the vessel was copied, and stands ready. */
  readonly opens?: boolean
  /** Called once, when nothing of the box is alive and its folders and groups are gone. */
  readonly onGone: () => void
  /** Called when the vessel was killed and would not die. */
  readonly onStubborn: () => void
  /** Called when something could not be tidied up. */
  readonly onFault: (error: Error) => void
}

/** A killed vessel is gone in milliseconds. */
const STUBBORN_MS = 5000

/** What `open` says to an agent; also for a template that is copied later. */
export function openMessage(setup: GuestSetup, spec: SandboxSpec, defaults: SandboxLimits, node: string): object {
  const { memoryBytes, processes, diskBytes, diskFiles } = defaults
  return {
    say: 'open',
    warmth: spec.warmth,
    user: setup.user,
    seccomp: setup.seccomp,
    disk: setup.mountsDisk ? { bytes: diskBytes, files: diskFiles } : null,
    hides: setup.hides,
    groups: setup.groups,
    preload: spec.warmth === 'python' ? setup.preload : [],
    memoryBytes,
    processes,
    environment: baseEnvironment,
    node,
    nodeEnvironment,
  }
}

export class GuestBox implements Sandbox {
  readonly isolation: Isolation
  readonly id: string
  readonly #died = Promise.withResolvers<void>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #options: GuestBoxOptions
  readonly #stream: GuestStream
  readonly #removed: Promise<void>
  #state: 'opening' | 'warm' | 'running' | 'gone' = 'opening'
  #run: GuestRun | null = null
  #fault: Error | null = null
  #isKilled = false

  constructor(options: GuestBoxOptions) {
    this.#options = options
    this.id = options.id
    this.isolation = options.isolation
    this.#ready.promise.catch(() => {})
    const { vessel, setup, spec, defaults, node } = options
    this.#stream = new GuestStream(vessel.source, vessel.target, {
      data: (channel, bytes) => this.#run?.data(channel, bytes),
      end: (channel) => this.#run?.channelEnded(channel),
      say: (message) => this.#hear(readMessage(message)),
      opened: (channel) => (this.#run === null ? this.#stream.close(channel) : this.#run.opened(channel)),
      over: (fault) => this.#broke(fault),
    })
    if (options.opens === false) this.#warm()
    else this.#stream.say(openMessage(setup, spec, defaults, node))
    this.#removed = this.#watch()
  }

  get died(): Promise<void> {
    return this.#died.promise
  }

  /** Settles when a program can be started; rejects when that never will be. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  start(program: Program, onOutput: OutputListener): Running {
    if (this.#state !== 'warm') throw new Error(`a box is started once; this one is ${this.#state}`)
    checkProgram(program)
    this.#state = 'running'
    const { vessel, setup, defaults, spec } = this.#options
    const run = new GuestRun({
      ...{ vessel, setup, defaults, spec, program, onOutput, stream: this.#stream },
      onFault: this.#options.onFault,
      kill: () => this.#kill(),
    })
    this.#run = run
    run.begin()
    return run
  }

  /** Tells a copied virtual machine what time it is, and gives it random numbers of its own. Before `start`. */
  refresh(entropy: Uint8Array, clockMs: number): void {
    this.#stream.say({ say: 'refresh', entropy: Buffer.from(entropy).toString('hex'), clockMs })
  }

  /** Lets the guest run a program of ours to its end, with no trace, while nobody waits; nothing once one was started. */
  rehearse(program: Program): void {
    if (this.#state !== 'warm') return
    const frame = Buffer.concat(encodeFrame(program, [])).toString('base64')
    this.#stream.say({ say: 'rehearse', frame, file: program.files[0]?.path ?? null })
  }

  async destroy(): Promise<void> {
    if (this.#run !== null) this.#run.kill()
    this.#kill()
    await this.#removed
  }

  #hear(message: GuestMessage): void {
    if (message.say === 'ready') this.#warm()
    else if (message.say === 'dying') this.#run?.liftCpu()
    else if (message.say === 'fault') {
      this.#fault ??= new Error(message.text)
      this.#kill()
    } else this.#run?.reported(message)
  }

  #warm(): void {
    if (this.#state !== 'opening') return
    this.#state = 'warm'
    this.#ready.resolve()
  }

  #broke(fault: Error | null): void {
    this.#fault ??= fault
    this.#kill()
  }

  #kill(): void {
    if (this.#isKilled) return
    this.#isKilled = true
    const { vessel, onStubborn } = this.#options
    const patience = setTimeout(onStubborn, STUBBORN_MS)
    void vessel.gone.finally(() => clearTimeout(patience))
    vessel.kill()
  }

  async #watch(): Promise<void> {
    const { vessel, onGone, onFault } = this.#options
    const complaint = await vessel.gone
    const before = this.#state
    this.#state = 'gone'
    // What it wrote last may still be on its way to us.
    await streamEnd(vessel.source)
    this.#stream.destroy()
    const fault = this.#fault ?? new Error(complaint.trim() || 'the box ended without a report')
    if (before === 'opening') this.#ready.reject(fault)
    if (before !== 'running') this.#died.resolve()
    this.#run?.vesselGone(fault)
    try {
      await vessel.remove()
    } catch (error) {
      onFault(asError(error))
    }
    onGone()
  }
}

/** For a moment only: a reader of ours that holds output back may keep a stream from ending. */
function streamEnd(source: Vessel['source']): Promise<void> {
  if (source.destroyed || source.readableEnded) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100)
    source.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
