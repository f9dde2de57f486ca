/** The drivers of this version, one line each, and how each is examined. A driver's code is loaded when its tier is. */
import type { Log } from '@atelier/base/log'
import { examineDriver } from '@atelier/sandbox/posture/examine'
import type { Isolation, Probe, Root, SandboxDriver, SandboxLimits } from '@atelier/sandbox/sandbox'
import type { TierMaker } from '@atelier/sandbox/tiers/tiers'

export type TierMeans = {
  readonly log: Log
  readonly nodeBinary: string
  readonly limits: SandboxLimits
  readonly slots: number
  /** For what a driver keeps between starts, and for what it makes; each has a folder of its own in it. */
  readonly folder: string
}

export function tierMakers(means: TierMeans): Readonly<Partial<Record<Isolation, TierMaker>>> {
  const { log, nodeBinary, limits, slots } = means
  return {
    container: {
      make: async () =>
        (await import('@atelier/sandbox/container/container')).createContainerDriver({ log, nodeBinary, limits, slots }),
    },
  }
}

/** Looks at a driver with a filesystem that it can show: this machine's, or an image that is there. */
export function examineIn(images: () => readonly Root[], limits: SandboxLimits): (driver: SandboxDriver) => Promise<Probe> {
  return (driver) => examineDriver(driver, { roots: [{ kind: 'host' }, ...images()], limits })
}
