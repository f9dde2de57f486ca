/**
 * What the gVisor driver and the OCI flavour of the container driver have in common: a stage per root filesystem, control
 * groups from outside, a slot with a user of its own per box, and the guest agent.
 */
import { randomBytes } from 'node:crypto'
import type { Log } from '@atelier/base/log'
import type { Cgroups } from '../cgroups/cgroups.ts'
import { makeGroup } from '../cgroups/make-group.ts'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { defaultFirstUser } from '../container/users.ts'
import { Slots } from '../driver/slots.ts'
import { GuestBox } from '../guest/guest-box.ts'
import type { GuestSetup } from '../guest/vessel.ts'
import type { Isolation, Root, Sandbox, SandboxLimits, SandboxSpec } from '../sandbox.ts'
import { OciVessel } from './oci-vessel.ts'
import { type Overhead, ProgramGroups } from './program-groups.ts'
import { Stage } from './stage.ts'

export type OciDriverOptions = {
  readonly log: Log
  /** The Node that programs get, bound into every box. */
  readonly nodeBinary: string
  /** How many boxes may exist at once, warm ones included. */
  readonly slots: number
  /** What boxes are opened with. Starting with other limits is possible and costs a little time on the click. */
  readonly limits: SandboxLimits
  /** The first of `slots + 1` user ids that nobody else on this machine uses. */
  readonly firstUser?: number
}

/** One kind of runtime: everything in which gVisor and crun differ. `user` is the slot's. */
export type Runtime = {
  readonly isolation: Isolation
  /** The runtime's program on the host. */
  readonly program: string
  readonly agentUser: number | null
  setup(user: number): GuestSetup
  config(box: { stageFolder: string; name: string; user: number; limits: SandboxLimits }): object
  command(box: { program: string; bundle: string; id: string; user: number }): string[]
  before(limits: SandboxLimits, user: number): string
  readonly resizeDisk?: (pid: number, bundle: string, bytes: number, files: number) => Promise<void>
  /** More files for the bundle, by name. */
  files?(user: number): Readonly<Record<string, string>>
  readonly overhead: Overhead
}

/** A box that is not ready by then is given up. */
const OPEN_MS = 30_000

export class OciBoxes {
  readonly users: { readonly first: number; readonly count: number }
  readonly #options: OciDriverOptions
  readonly #runtime: () => Promise<Runtime>
  readonly #slots: Slots
  readonly #instance = randomBytes(4).toString('hex')
  readonly #stages = new Map<string, Stage>()
  readonly #boxes = new Set<GuestBox>()
  #cgroups: Cgroups | null = null
  #count = 0
  #closing: Promise<void> | null = null

  constructor(options: OciDriverOptions, runtime: () => Promise<Runtime>) {
    this.#options = options
    this.#runtime = runtime
    this.#slots = new Slots(options.slots)
    this.users = { first: options.firstUser ?? defaultFirstUser, count: options.slots + 1 }
  }

  get cgroups(): Cgroups {
    this.#cgroups ??= openCgroups(this.#options.limits, null)
    return this.#cgroups
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    this.#refuseWhenClosed()
    const slot = await this.#slots.take(signal)
    let box: GuestBox | null = null
    try {
      this.#refuseWhenClosed()
      const runtime = await this.#runtime()
      const stage = await this.#stage(spec.root, runtime)
      signal?.throwIfAborted()
      this.#refuseWhenClosed()
      box = this.#box(spec, stage, runtime, slot)
      await readyInTime(box, signal)
      return box
    } catch (error) {
      if (box === null) this.#slots.give(slot)
      else await box.destroy()
      throw new Error('a box could not be opened', { cause: error })
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#slots.refuseAll(new Error('the driver is closed'))
    await Promise.all([...this.#boxes].map((box) => box.destroy()))
    for (const stage of this.#stages.values()) stage.end()
    await Promise.all([...this.#stages.values()].map((stage) => stage.ended))
    await this.#cgroups?.close()
  }

  #box(spec: SandboxSpec, stage: Stage, runtime: Runtime, slot: number): GuestBox {
    this.#count += 1
    const { limits, log } = this.#options
    const name = `box-${this.#count}`
    const id = `${this.#instance}-${this.#count}`
    const user = this.users.first + 1 + slot
    const inner = this.cgroups.box(name)
    const groups = inner === null ? null : new ProgramGroups(inner, runtime.overhead)
    let vessel: OciVessel
    try {
      const joins = makeGroup(this.cgroups.plan, name)
      groups?.open(limits)
      vessel = new OciVessel({
        ...{ stage, name, groups, joins },
        owner: runtime.agentUser === null ? user : 0,
        config: runtime.config({ stageFolder: stage.folder, name, user, limits }),
        command: (bundle, boxId) => runtime.command({ program: `${stage.folder}/tools/runtime`, bundle, id: boxId, user }),
        before: runtime.before(limits, user),
        files: runtime.files?.(user) ?? {},
        ...(runtime.resizeDisk === undefined ? {} : { resizeDisk: runtime.resizeDisk }),
      })
    } catch (error) {
      void groups?.remove().catch(() => {})
      throw error
    }
    const box = new GuestBox({
      ...{ id, spec, vessel, isolation: runtime.isolation, setup: runtime.setup(user), defaults: limits },
      node: '/atelier/bin/node',
      onGone: () => {
        this.#boxes.delete(box)
        this.#slots.give(slot)
      },
      onStubborn: () => log.error('a box would not die', { box: id }),
      onFault: (error) => log.warn('a box left something behind', { box: id, error }),
    })
    this.#boxes.add(box)
    return box
  }

  async #stage(root: Root, runtime: Runtime): Promise<Stage> {
    const key = root.kind === 'host' ? 'host' : `image:${root.folder}`
    let stage = this.#stages.get(key)
    if (stage === undefined || !stage.alive) {
      stage = new Stage({
        root,
        nodeBinary: this.#options.nodeBinary,
        tools: [[runtime.program, 'runtime']],
        agentUser: runtime.agentUser,
      })
      this.#stages.set(key, stage)
    }
    await stage.ready
    return stage
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== null) throw new Error('the driver is closed')
  }
}

async function readyInTime(box: GuestBox, signal: AbortSignal | undefined): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`the box was not ready after ${OPEN_MS / 1000} seconds`)), OPEN_MS)
  const abort = () => late.reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([box.ready, late.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
