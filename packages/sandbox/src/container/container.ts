/**
 * The container driver: namespaces, cgroups and seccomp by way of bubblewrap. One zygote per root filesystem forks single-use
 * boxes for every warmth (inside/ holds what runs there); several hundred executions a second cost less than as many starts
 * of a bare interpreter.
 */
import type { Log } from '@atelier/base/log'
import type { Cgroups } from '../cgroups/cgroups.ts'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { PerRoot } from '../driver/per-root.ts'
import { type Place, Places } from '../driver/places.ts'
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
  readonly #places: Places
  readonly #zygotes = new PerRoot<Zygote>()
  readonly #seccomp: Uint8Array
  #cgroups: Cgroups | null = null

  constructor(options: ContainerOptions) {
    this.#options = options
    this.#places = new Places(options.slots, 'a box could not be opened')
    const asRoot = options.asRoot ?? process.geteuid?.() === 0
    this.#users = asRoot ? { first: options.firstUser ?? defaultFirstUser, count: options.slots + 1 } : null
    this.#seccomp = seccompFilter(architecture())
  }

  async probe(): Promise<Probe> {
    return probeContainer({ users: this.#users, cgroups: this.#groups() })
  }

  open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    return this.#places.open(signal, async (place) => {
      const zygote = await this.#zygotes.get(spec.root, () => this.#zygote(spec.root))
      signal?.throwIfAborted()
      const box = this.#box(spec, zygote, place)
      const abort = () => void box.destroy()
      signal?.addEventListener('abort', abort, { once: true })
      await box.ready
      signal?.removeEventListener('abort', abort)
      return box
    })
  }

  close(): Promise<void> {
    return this.#places.close(async () => {
      await this.#zygotes.end()
      await this.#cgroups?.close()
    })
  }

  #box(spec: SandboxSpec, zygote: Zygote, place: Place): ContainerBox {
    const name = `box-${place.number}`
    const box = new ContainerBox({
      ...{ id: place.id, name, spec, zygote },
      groups: this.#groups().box(name),
      defaults: this.#options.limits,
      egressFolder: this.#options.egressFolder ?? null,
      onGone: place.free,
      onStubborn: () => {
        // Its zygote does not obey: all of it goes, by the kernel's hand, and the next box gets a new one.
        this.#options.log.error('a box would not die; its zygote is killed', { box: place.id })
        zygote.kill()
      },
      onFault: (error) => this.#options.log.warn('a box left something behind', { box: place.id, error }),
    })
    place.hold(box)
    zygote.open(name, place.slot, spec.warmth, box)
    return box
  }

  #zygote(root: Root): Zygote {
    const { log, nodeBinary, limits, egressFolder = null, preload = defaultPreload } = this.#options
    const { diskBytes, diskFiles } = limits
    return new Zygote({
      ...{ log, root, nodeBinary, diskBytes, diskFiles, preload, egressFolder },
      ...{ cgroups: this.#groups(), users: this.#users, seccomp: this.#seccomp },
    })
  }

  #groups(): Cgroups {
    this.#cgroups ??= openCgroups(this.#options.limits, this.#users?.first ?? null)
    return this.#cgroups
  }
}
