/**
 * The process driver: **no isolation**. Interpreters that are started once and used again and again, with ulimits, as the
 * simplest design there is. A program can read what its user can read, reach what the machine can reach, and change the
 * worker for the programs after it. It exists to be compared with, and for a server whose every user is trusted.
 */
import type { Log } from '@atelier/base/log'
import { checkProgram } from '../container/frame.ts'
import { Places } from '../driver/places.ts'
import type { OutputListener, Probe, Program, Running, Sandbox, SandboxDriver, SandboxSpec, Warmth } from '../sandbox.ts'
import { probeProcess } from './probe.ts'
import { ProcessRun } from './run.ts'
import { Worker } from './worker.ts'

export type ProcessOptions = {
  readonly log: Log
  readonly nodeBinary: string
  /** How many sandboxes may be open at once, warm ones included. */
  readonly slots: number
  /** Run by root: the user of all programs, who should own nothing. Never root itself. */
  readonly user?: number
}

/** How long a worker may take to clear away what a program left. */
const TIDY_MS = 10_000

/** Below the range of the containers' users, and like it handed out by nobody (container/users.ts). */
const defaultUser = 1_899_999_999

export function createProcessDriver(options: ProcessOptions): SandboxDriver {
  return new ProcessDriver(options)
}

class ProcessDriver implements SandboxDriver {
  readonly isolation = 'process'
  readonly #options: ProcessOptions
  readonly #user: number | null
  readonly #places: Places
  readonly #workers = new Set<Worker>()
  readonly #idle: Record<Warmth, Worker[]> = { python: [], node: [], exec: [] }

  constructor(options: ProcessOptions) {
    this.#options = options
    this.#places = new Places(options.slots, 'a worker could not be started')
    this.#user = process.geteuid?.() === 0 ? (options.user ?? defaultUser) : null
  }

  probe(): Promise<Probe> {
    return probeProcess({ user: this.#user, nodeBinary: this.#options.nodeBinary })
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    this.#places.refuseWhenClosed()
    if (spec.root.kind !== 'host') throw new Error('without isolation a program sees this machine’s own files, no image')
    return await this.#places.open(signal, async (place) => {
      const worker = await this.#worker(spec.warmth)
      const sandbox = new ProcessSandbox(place.id, worker, this.#options.slots, async () => {
        await this.#takeBack(worker)
        place.free()
      })
      place.hold(sandbox)
      signal?.throwIfAborted()
      return sandbox
    })
  }

  close(): Promise<void> {
    return this.#places.close(async () => {
      for (const worker of this.#workers) worker.kill()
      await Promise.all([...this.#workers].map((worker) => worker.ended))
    })
  }

  /** One that has run programs before, if there is one: that is the design. */
  async #worker(warmth: Warmth): Promise<Worker> {
    for (let worker = this.#idle[warmth].pop(); worker !== undefined; worker = this.#idle[warmth].pop())
      if (worker.alive) return worker
    const worker = await Worker.start({ warmth, nodeBinary: this.#options.nodeBinary, user: this.#user })
    this.#workers.add(worker)
    void worker.ended.then(() => this.#workers.delete(worker))
    if (this.#places.isClosing) worker.kill()
    return worker
  }

  /** Resolves when it can be used again, or is dead. */
  async #takeBack(worker: Worker): Promise<void> {
    const patience = setTimeout(() => worker.kill(), TIDY_MS)
    try {
      await worker.idle
      if (!this.#places.isClosing) this.#idle[worker.warmth].push(worker)
    } catch {
      // It died with its program.
    } finally {
      clearTimeout(patience)
    }
  }
}

/** A turn at a worker. */
class ProcessSandbox implements Sandbox {
  readonly isolation = 'process'
  readonly id: string
  readonly #died = Promise.withResolvers<void>()
  readonly #worker: Worker
  readonly #slots: number
  readonly #giveBack: () => Promise<void>
  #run: ProcessRun | null = null
  #destroyed: Promise<void> | null = null

  constructor(id: string, worker: Worker, slots: number, giveBack: () => Promise<void>) {
    this.id = id
    this.#worker = worker
    this.#slots = slots
    this.#giveBack = giveBack
    void worker.ended.then(() => {
      if (this.#run === null) this.#died.resolve()
    })
  }

  get died(): Promise<void> {
    return this.#died.promise
  }

  start(program: Program, onOutput: OutputListener): Running {
    if (this.#run !== null || this.#destroyed !== null) throw new Error('a sandbox is started once')
    checkProgram(program)
    this.#run = new ProcessRun(this.#worker, this.#slots, program, onOutput)
    return this.#run
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy()
    return this.#destroyed
  }

  async #destroy(): Promise<void> {
    if (this.#run === null) this.#died.resolve()
    else {
      this.#run.kill()
      this.#run.resume()
      await this.#run.ended
    }
    await this.#giveBack()
  }
}
