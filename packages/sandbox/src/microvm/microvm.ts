/**
 * The microvm driver: every program in a machine of its own, with a kernel of its own (QEMU; with KVM where that works, else
 * emulated in software). One template per root file system and warmth is booted and stopped; each sandbox is a copy of it that shares its
 * memory until it writes. Inside, the guest agent (../guest) does what it does everywhere; this folder makes the machine around it.
 */
import { randomBytes } from 'node:crypto'
import type { Log } from '@atelier/base/log'
import type { Cgroups } from '../cgroups/cgroups.ts'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { defaultPreload } from '../container/container.ts'
import { type Architecture, seccompFilter } from '../container/seccomp/filter.ts'
import { defaultFirstUser } from '../container/users.ts'
import { type Place, Places } from '../driver/places.ts'
import { GuestBox } from '../guest/guest-box.ts'
import type { GuestSetup, Vessel } from '../guest/vessel.ts'
import type { Probe, Program, Sandbox, SandboxDriver, SandboxLimits, SandboxSpec, Warmth } from '../sandbox.ts'
import { machineAccounts } from './accounts.ts'
import type { MachineWalls } from './machine-process.ts'
import { probeMicrovm } from './probe.ts'
import type { Template } from './template.ts'
import { Templates } from './templates.ts'

export type MicrovmOptions = {
  readonly log: Log
  /** The Node that programs get. */
  readonly nodeBinary: string
  /** How many machines may exist at once, warm ones included. */
  readonly slots: number
  /** What programs are given when nothing else is asked. */
  readonly limits: SandboxLimits
  /** Ours alone: kernel, disks, and the verdict on KVM. */
  readonly folder: string
  /** The folder of the toolchain image in use, null while there is none: for `probe`, which has no spec. */
  readonly image: () => string | null
  /** The most memory that a program may be given; a machine is that large and a little larger, and uses what it touches. */
  readonly mostMemoryBytes?: number
  /** Whether we are root and every slot has its own user; by default what this process is. */
  readonly asRoot?: boolean
  /** The first of `slots + 1` user ids that nobody else on this machine uses. */
  readonly firstUser?: number
  /** Python modules loaded in the template. */
  readonly preload?: readonly string[]
}

const MB = 1024 * 1024
/** The guest's kernel, its agent and a program's page tables. */
export const guestOverheadBytes = 192 * MB
/** QEMU's own memory beside the guest's. */
const qemuOverheadBytes = 320 * MB
const QEMU_PROCESSES = 64
/** Beyond the container driver's users. */
const firstUserAfter = 100_000

const REHEARSE_AFTER_MS = 50

/** A start of Node costs more than it would save. */
const rehearsals: Readonly<Record<Warmth, Pick<Program, 'argv' | 'files'> | null>> = {
  python: { argv: ['rehearsal.py'], files: [{ path: 'rehearsal.py', content: Buffer.from('print("ready")\n') }] },
  exec: { argv: ['sh', '-c', 'true; echo ready'], files: [] },
  node: null,
}

export const microvmSetup = (preload: readonly string[] = defaultPreload): GuestSetup => ({
  ...{ user: 1000, mountsDisk: true, hides: true, groups: 'v2', preload },
  // The guest's kernel is not the host's; but a smaller way into it costs nothing.
  seccomp: Buffer.from(seccompFilter(process.arch as Architecture)).toString('base64'),
})

/** Throws on a processor for which there is neither kernel nor filter; `probe` says so before. */
export function createMicrovmDriver(options: MicrovmOptions): SandboxDriver {
  return new MicrovmDriver(options)
}

class MicrovmDriver implements SandboxDriver {
  readonly isolation = 'microvm'
  readonly #options: MicrovmOptions
  readonly #firstUser: number | null
  readonly #places: Places
  readonly #setup: GuestSetup
  readonly #templates: Templates
  readonly #ending = new AbortController()
  #cgroups: Cgroups | null = null

  constructor(options: MicrovmOptions) {
    this.#options = options
    this.#places = new Places(options.slots, 'a machine could not be started')
    this.#setup = microvmSetup(options.preload)
    const asRoot = options.asRoot ?? process.geteuid?.() === 0
    this.#firstUser = asRoot ? (options.firstUser ?? defaultFirstUser + firstUserAfter) : null
    this.#templates = new Templates({
      ...{ log: options.log, folder: options.folder, nodeBinary: options.nodeBinary, limits: options.limits },
      setup: this.#setup,
      memoryBytes: this.#memoryBytes,
      signal: this.#ending.signal,
      user: this.#firstUser,
      walls: (name, device) => this.#walls(name, 0, device),
      forget: async (name) => await this.#groups().box(name)?.remove(),
    })
  }

  async probe(): Promise<Probe> {
    const { image, limits } = this.#options
    return await probeMicrovm({
      ...{ image: image(), limits, isRoot: this.#firstUser !== null, cgroups: () => this.#groups() },
      open: (spec) => this.open(spec),
      accelerator: (folder) => this.#templates.accelerator(folder),
    })
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    this.#places.refuseWhenClosed()
    if (spec.root.kind === 'host')
      throw new Error('a machine has disks, not folders: it needs the toolchain image, and was asked for the host’s own files')
    const template = await this.#templates.get(spec.root.folder, spec.warmth)
    signal?.throwIfAborted()
    return await this.#places.open(signal, (place) => this.#copy(spec, template, place, signal))
  }

  close(): Promise<void> {
    this.#ending.abort(new Error('the driver is closed'))
    return this.#places.close(async () => {
      await this.#templates.close()
      await this.#cgroups?.close()
    })
  }

  async #copy(spec: SandboxSpec, template: Template, place: Place, signal?: AbortSignal): Promise<Sandbox> {
    const name = `machine-${place.number}`
    const { limits, log } = this.#options
    const { machine, runs } = template.copy(this.#walls(name, place.slot + 1, template.device))
    const groups = machineAccounts(this.#groups().box(name), machine.pid)
    const vessel: Vessel = {
      ...{ source: machine.port, target: machine.port, groups },
      kill: () => machine.kill(),
      gone: machine.ended,
      remove: () => groups.remove(),
    }
    const abort = () => machine.kill()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await runs
      signal?.throwIfAborted()
    } catch (error) {
      machine.kill()
      await machine.ended
      await groups.remove()
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    const box = new GuestBox({
      ...{ id: place.id, isolation: 'microvm', spec, vessel, setup: this.#setup, defaults: limits },
      ...{ node: '/atelier/bin/node', opens: false },
      onGone: place.free,
      onStubborn: () => log.error('a machine would not die', { box: place.id }),
      onFault: (error) => log.warn('a machine left something behind', { box: place.id, error }),
    })
    place.hold(box)
    box.refresh(randomBytes(64), Date.now())
    this.#rehearse(box, template)
    return box
  }

  /** Where the processor is emulated, a pooled machine warms up; one that is started at once is not held up by it. */
  #rehearse(box: GuestBox, { accelerator, warmth }: Template): void {
    const program = accelerator === 'tcg' ? rehearsals[warmth] : null
    if (program === null) return
    const timer = setTimeout(() => box.rehearse({ environment: {}, limits: this.#options.limits, ...program }), REHEARSE_AFTER_MS)
    void box.died.then(() => clearTimeout(timer))
  }

  /** Slot 0 is the templates' own. */
  #walls(name: string, slot: number, device: MachineWalls['device']): MachineWalls {
    const user = this.#firstUser === null ? null : this.#firstUser + slot
    return { user, groups: { name, plan: this.#groups().plan }, device }
  }

  get #memoryBytes(): number {
    const { limits, mostMemoryBytes = 1024 * MB } = this.#options
    return Math.ceil((Math.max(limits.memoryBytes, mostMemoryBytes) + guestOverheadBytes) / (64 * MB)) * 64 * MB
  }

  #groups(): Cgroups {
    this.#cgroups ??= openCgroups({ memoryBytes: this.#memoryBytes + qemuOverheadBytes, processes: QEMU_PROCESSES }, null)
    return this.#cgroups
  }
}
