/**
 * The container driver: namespaces, cgroups and seccomp by way of bubblewrap. One zygote per root filesystem forks single-use
 * boxes for every warmth (inside/ holds what runs there); several hundred executions a second cost less than as many starts
 * of a bare interpreter.
 */
import { randomBytes } from 'node:crypto'
import type { Log } from '@atelier/base/log'
import type { Cgroups } from '../cgroups/cgroups.ts'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { Slots } from '../driver/slots.ts'
import type { Probe, Root, Sandbox, SandboxDriver, SandboxLimits, SandboxSpec } from '../sandbox.ts'
import { ContainerBox } from './box.ts'
import { chooseFlavour } from './choose-flavour.ts'
import { createOciContainerDriver } from './oci/oci-container.ts'
import { defaultPreload } from './preload.ts'
import { probeContainer } from './probe.ts'
import { architecture } from './seccomp/architecture.ts'
import { seccompFilter } from './seccomp/filter.ts'
import { defaultFirstUser, type UserRange } from './users.ts'
import { Zygote } from './zygote.ts'

export { defaultPreload } from './preload.ts'

export type ContainerOptions = {
  readonly log: Log
  /** The Node that programs get, bound into every box. */
  readonly nodeBinary: string
  /** How many boxes may exist at once, warm ones included. */
  readonly slots: number
  /** What boxes are opened with. Starting with other limits is possible and costs a little time on the click. */
  readonly limits: SandboxLimits
  /** Whether we are root and every slot has its own user; by default what this process is. */
  readonly asRoot?: boolean
  /** The first of `slots + 1` user ids that nobody else on this machine uses. */
  readonly firstUser?: number
  /** The folder of the sockets that programs' `egress` names (EgressDoors makes it); without it nobody gets out. */
  readonly egressFolder?: string
  /** Python modules loaded before the fork. */
  readonly preload?: readonly string[]
}

/** By bubblewrap; by crun where that cannot work, which the driver finds out when it is probed. */
export function createContainerDriver(options: ContainerOptions): SandboxDriver {
  return chooseFlavour(new ContainerDriver(options), () => createOciContainerDriver(options))
}

class ContainerDriver implements SandboxDriver {
  readonly isolation = 'container'
  readonly #options: ContainerOptions
  readonly #users: UserRange | null
  readonly #slots: Slots
  readonly #instance = randomBytes(4).toString('hex')
  readonly #zygotes = new Map<string, Zygote>()
  readonly #boxes = new Set<ContainerBox>()
  readonly #seccomp: Uint8Array
  #cgroups: Cgroups | null = null
  #count = 0
  #closing: Promise<void> | null = null

  constructor(options: ContainerOptions) {
    this.#options = options
    this.#slots = new Slots(options.slots)
    const asRoot = options.asRoot ?? process.geteuid?.() === 0
    this.#users = asRoot ? { first: options.firstUser ?? defaultFirstUser, count: options.slots + 1 } : null
    this.#seccomp = seccompFilter(architecture())
  }

  async probe(): Promise<Probe> {
    return probeContainer({ users: this.#users, cgroups: this.#groups() })
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    this.#refuseWhenClosed()
    const slot = await this.#slots.take(signal)
    let box: ContainerBox | null = null
    try {
      this.#refuseWhenClosed()
      const zygote = await this.#zygote(spec.root)
      signal?.throwIfAborted()
      box = this.#box(spec, zygote, slot)
      const opened = box
      const abort = () => void opened.destroy()
      signal?.addEventListener('abort', abort, { once: true })
      await box.ready
      signal?.removeEventListener('abort', abort)
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
    for (const zygote of this.#zygotes.values()) zygote.kill()
    await Promise.all([...this.#zygotes.values()].map((zygote) => zygote.ended))
    await this.#cgroups?.close()
  }

  #box(spec: SandboxSpec, zygote: Zygote, slot: number): ContainerBox {
    this.#count += 1
    const name = `box-${this.#count}`
    const box: ContainerBox = new ContainerBox({
      id: `${this.#instance}-${this.#count}`,
      name,
      spec,
      zygote,
      groups: this.#groups().box(name),
      defaults: this.#options.limits,
      egressFolder: this.#options.egressFolder ?? null,
      onGone: () => {
        this.#boxes.delete(box)
        this.#slots.give(slot)
      },
      onStubborn: () => {
        // Its zygote does not obey: all of it goes, by the kernel's hand, and the next box gets a new one.
        this.#options.log.error('a box would not die; its zygote is killed', { box: box.id })
        zygote.kill()
      },
      onFault: (error) => this.#options.log.warn('a box left something behind', { box: box.id, error }),
    })
    this.#boxes.add(box)
    zygote.open(name, slot, spec.warmth, box)
    return box
  }

  async #zygote(root: Root): Promise<Zygote> {
    const key = root.kind === 'host' ? 'host' : `image:${root.folder}`
    let zygote = this.#zygotes.get(key)
    if (zygote === undefined || !zygote.alive) {
      const { log, nodeBinary, limits, egressFolder = null, preload = defaultPreload } = this.#options
      const { diskBytes, diskFiles } = limits
      const cgroups = this.#groups()
      zygote = new Zygote({
        log,
        root,
        nodeBinary,
        cgroups,
        users: this.#users,
        seccomp: this.#seccomp,
        diskBytes,
        diskFiles,
        preload,
        egressFolder,
      })
      this.#zygotes.set(key, zygote)
    }
    await zygote.ready
    return zygote
  }

  #groups(): Cgroups {
    this.#cgroups ??= openCgroups(this.#options.limits, this.#users?.first ?? null)
    return this.#cgroups
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== null) throw new Error('the driver is closed')
  }
}
