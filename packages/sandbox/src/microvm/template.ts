/**
 * A template: a machine that was booted once, with an interpreter loaded and an agent that waits, and then stopped for good.
 * What is left is its memory (sealed: nobody can write to it) and a small file with the state of its processor and devices. Copies map
 * that memory and write to pages of their own. It has seen no byte of any user, and keeps no secret: every copy has the same.
 *
 *     boot ──agent opens, a program stands ready──▶ stop and save state ──▶ end of the process ──▶ seal
 */
import { once } from 'node:events'
import { closeSync, fchmodSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { GuestStream } from '../guest/guest-stream.ts'
import type { Warmth } from '../sandbox.ts'
import { Machine } from './machine.ts'
import type { MachineWalls } from './machine-process.ts'
import { MemoryFile } from './memory-file.ts'
import type { Orders } from './orders.ts'
import { type Accelerator, descriptors, type MachineFiles, type MachineShape, stateOrder } from './qemu.ts'

export type TemplateOrder = {
  readonly shape: Omit<MachineShape, 'files'>
  readonly files: Omit<MachineFiles, 'memory'>
  readonly walls: MachineWalls
  readonly warmth: Warmth
  /** The first message to the agent. */
  readonly opening: object
  /** For the moment between opening and removing the name of the state's file. */
  readonly folder: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const Status = z.object({ status: z.string().optional(), 'error-desc': z.string().optional() })
const Said = z.object({ say: z.string(), text: z.string().optional() })

const LAST_WORDS_MS = 200

export class Template {
  readonly bootMs: number
  /** KVM's, where its machine uses that. */
  readonly device: MachineWalls['device']
  readonly accelerator: Accelerator
  readonly warmth: Warmth
  readonly #shape: MachineShape
  readonly #memory: MemoryFile
  readonly #state: number

  private constructor(order: TemplateOrder, shape: MachineShape, memory: MemoryFile, state: number, bootMs: number) {
    this.device = order.walls.device
    this.accelerator = order.shape.accelerator
    this.warmth = order.warmth
    this.#shape = shape
    this.#memory = memory
    this.#state = state
    this.bootMs = bootMs
  }

  /** Rejects, with nothing left over, when the machine did not come up in time. */
  static async boot(order: TemplateOrder): Promise<Template> {
    const startedAt = performance.now()
    const memory = await MemoryFile.create(order.shape.memoryBytes)
    const state = openNameless(order.folder)
    const shape: MachineShape = { ...order.shape, files: { ...order.files, memory: memory.fd } }
    let machine: Machine | null = null
    try {
      machine = new Machine(shape, { kind: 'template', state }, order.walls)
      await Promise.race([prepare(machine, order), late(order)])
      machine.kill()
      await machine.ended
      fchmodSync(state, 0o444)
      await memory.seal()
      return new Template(order, shape, memory, state, performance.now() - startedAt)
    } catch (error) {
      // A machine that ends by itself says why.
      if (machine !== null) await Promise.race([machine.ended, wait(LAST_WORDS_MS)])
      machine?.kill()
      const words = await machine?.ended
      closeSync(state)
      await memory.close()
      order.signal.throwIfAborted()
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`the machine did not start: ${reason}${words === 'SIGKILL' ? '' : ` (${words})`}`, { cause: error })
    }
  }

  /**
   * A machine that goes on where the template was stopped. Nothing may be written to its port before `runs`: what arrives while
   * devices get their state is lost. Rejects when QEMU does not take the state.
   */
  copy(walls: MachineWalls): { machine: Machine; runs: Promise<void> } {
    // An open of its own: where one copy has read to is not the next one's business.
    const state = openSync(`/proc/self/fd/${this.#state}`, 'r')
    try {
      const machine = new Machine(this.#shape, { kind: 'copy', state }, walls)
      const runs = resume(machine)
      runs.catch(() => {})
      return { machine, runs }
    } finally {
      closeSync(state)
    }
  }

  /** Also its disks' descriptors, which were given to it. What was copied from it lives on. */
  async close(): Promise<void> {
    const { kernel, initrd, system, ours } = this.#shape.files
    for (const fd of [this.#state, kernel, initrd, system, ours]) closeSync(fd)
    await this.#memory.close()
  }
}

/** Resolves when the machine stands still and its state is saved. */
async function prepare(machine: Machine, { opening }: TemplateOrder): Promise<void> {
  const { orders } = machine
  await Promise.all(begin(orders))
  await agentReady(machine, opening)
  // It runs until QEMU itself stops it for the last part of its state: so a copy runs as soon as it has that.
  await orders.execute('migrate', stateOrder)
  for (;;) {
    const { status, 'error-desc': reason } = Status.parse(await orders.execute('query-migrate'))
    if (status === 'completed') return
    if (status === 'failed' || status === 'cancelled') throw new Error(`QEMU could not save its state: ${reason ?? status}`)
    await wait(2)
  }
}

async function resume({ orders, ended }: Machine): Promise<void> {
  const resumed = orders.event('RESUME')
  // Without waiting for each answer: QEMU obeys in order, and the machine runs as soon as its state is there.
  await Promise.all([...begin(orders), orders.execute('migrate-incoming', { uri: `fd:${descriptors.state}` })])
  const words = await Promise.race([resumed, ended])
  if (words !== undefined) throw new Error(`QEMU ended: ${words}`)
}

/** Memory that lies in a file of its own is not part of the state. */
const begin = (orders: Orders): Promise<unknown>[] => [
  orders.execute('qmp_capabilities'),
  orders.execute('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] }),
]

/** Resolves when a program stands ready in the guest. */
function agentReady(machine: Machine, opening: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = new GuestStream(machine.port, machine.port, {
      say(message) {
        const said = Said.safeParse(message)
        if (said.data?.say === 'ready') resolve()
        else reject(new Error(`the agent did not get ready: ${said.data?.text ?? JSON.stringify(message).slice(0, 200)}`))
      },
      data: () => reject(new Error('the agent sent what it was not asked for')),
      end: () => {},
      opened: () => {},
      over: (fault) => reject(fault ?? new Error('the agent closed its port')),
    })
    stream.say(opening)
  })
}

async function late({ timeoutMs, signal }: TemplateOrder): Promise<never> {
  const timeout = AbortSignal.timeout(timeoutMs)
  await once(AbortSignal.any([signal, timeout]), 'abort')
  throw new Error(`it was not ready after ${timeoutMs / 1000} s`)
}

/** A file that vanishes with the last process that has it open. Until it is full, the template's own user writes to it. */
function openNameless(folder: string): number {
  const path = join(folder, `state-${process.pid}-${performance.now()}`)
  const fd = openSync(path, 'wx+', 0o600)
  rmSync(path)
  fchmodSync(fd, 0o666)
  return fd
}
