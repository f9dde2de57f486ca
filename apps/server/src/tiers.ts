/** The drivers of this version and how each is examined. A driver's code is loaded when its tier is. */
import { join } from 'node:path'
import type { Log } from '@atelier/base/log'
import { examineDriver } from '@atelier/sandbox/posture/examine'
import type { Isolation, Probe, Root, SandboxDriver, SandboxLimits } from '@atelier/sandbox/sandbox'
import type { TierMaker } from '@atelier/sandbox/tiers/tiers'

export type TierMeans = {
  readonly log: Log
  readonly nodeBinary: string
  readonly limits: SandboxLimits
  readonly slots: number
  /** The most memory that a request may ask for, bytes. */
  readonly mostMemoryBytes: number
  /** For what a driver keeps between starts, and for what it makes; each has a folder of its own in it. */
  readonly folder: string
  /** An installed runsc for gVisor; without it, one is fetched when it is first needed. */
  readonly runsc?: string
  /** The toolchain image in use; null while there is none. */
  readonly image: () => string | null
  /** Where the proxies of programs with a network have their sockets; without it they have none. */
  readonly egressFolder?: string
}

export function tierMakers(means: TierMeans): Readonly<Partial<Record<Isolation, TierMaker>>> {
  const { log, nodeBinary, limits, slots } = means
  const egress = means.egressFolder === undefined ? {} : { egressFolder: means.egressFolder }
  return {
    process: {
      make: async () => (await import('@atelier/sandbox/process/process')).createProcessDriver({ log, nodeBinary, slots }),
      roots: ['host'],
    },
    container: {
      make: async () =>
        (await import('@atelier/sandbox/container/container')).createContainerDriver({
          ...{ log, nodeBinary, limits, slots, ...egress },
        }),
    },
    gvisor: {
      make: async () =>
        (await import('@atelier/sandbox/gvisor/gvisor')).createGvisorDriver({
          ...{ log, nodeBinary, limits, slots, folder: join(means.folder, 'gvisor'), environment: process.env },
          ...(means.runsc === undefined ? {} : { program: means.runsc }),
        }),
    },
    microvm: {
      make: async () =>
        (await import('@atelier/sandbox/microvm/microvm')).createMicrovmDriver({
          ...{ log, nodeBinary, limits, slots, folder: join(means.folder, 'microvm') },
          ...{ image: means.image, mostMemoryBytes: means.mostMemoryBytes },
        }),
      // A machine has disks, not folders.
      roots: ['image'],
    },
  }
}

/** Looks at a driver with a filesystem that it can show: this machine's, or an image that is there. */
export function examineIn(images: () => readonly Root[], limits: SandboxLimits): (driver: SandboxDriver) => Promise<Probe> {
  return (driver) => examineDriver(driver, { roots: [{ kind: 'host' }, ...images()], limits })
}
