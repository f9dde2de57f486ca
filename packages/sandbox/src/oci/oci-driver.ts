/**
 * What the gVisor driver and the OCI flavour of the container driver have in common: a stage per root filesystem, control
 * groups from outside, a slot with a user of its own per box, and the guest agent.
 */
import type { Log } from '@atelier/base/log'
import type { Cgroups } from '../cgroups/cgroups.ts'
import { makeGroup } from '../cgroups/make-group.ts'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { defaultFirstUser } from '../container/users.ts'
import { PerRoot } from '../driver/per-root.ts'
import { type Place, Places } from '../driver/places.ts'
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
  readonly #places: Places
  readonly #stages = new PerRoot<Stage>()
  #cgroups: Cgroups | null = null

  constructor(options: OciDriverOptions, runtime: () => Promise<Runtime>) {
    this.#options = options
    this.#runtime = runtime
    this.#places = new Places(options.slots, 'a box could not be opened')
    this.users = { first: options.firstUser ?? defaultFirstUser, count: options.slots + 1 }
  }

  get cgroups(): Cgroups {
    this.#cgroups ??= openCgroups(this.#options.limits, null)
    return this.#cgroups
  }

  open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    return this.#places.open(signal, async (place) => {
      const runtime = await this.#runtime()
      this.#places.refuseWhenClosed()
      const stage = await this.#stages.get(spec.root, () => this.#stage(spec.root, runtime))
      signal?.throwIfAborted()
      this.#places.refuseWhenClosed()
      const box = this.#box(spec, stage, runtime, place)
      await readyInTime(box, signal)
      return box
    })
  }

  close(): Promise<void> {
    return this.#places.close(async () => {
      await this.#stages.end()
      await this.#cgroups?.close()
    })
  }

  #box(spec: SandboxSpec, stage: Stage, runtime: Runtime, place: Place): GuestBox {
    const { limits, log } = this.#options
    const { id } = place
    const name = `box-${place.number}`
    const user = this.users.first + 1 + place.slot
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
      onGone: place.free,
      onStubborn: () => log.error('a box would not die', { box: id }),
      onFault: (error) => log.warn('a box left something behind', { box: id, error }),
    })
    place.hold(box)
    return box
  }

  #stage(root: Root, runtime: Runtime): Stage {
    const { nodeBinary } = this.#options
    return new Stage({ root, nodeBinary, tools: [[runtime.program, 'runtime']], agentUser: runtime.agentUser })
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
