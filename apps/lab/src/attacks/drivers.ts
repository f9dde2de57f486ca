/** The drivers that can be attacked, each opened as a server would. */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { silentLog } from '@atelier/base/log'
import { attackLimits } from '@atelier/sandbox/attacks/run-attack'
import type { Isolation, SandboxDriver } from '@atelier/sandbox/sandbox'

const slots = 8
/** A range of users of our own, so that other servers of this machine do not disturb the watch. */
const firstUser = 2_000_000_000 + randomInt(100_000) * 100

const options = { log: silentLog, nodeBinary: process.execPath, slots, limits: attackLimits, firstUser }
/** What tests keep between runs: a runtime of gVisor, the kernel and disks of machines. */
const kept = (name: string): string => join(import.meta.dirname, '../../../../.atelier', name)

const openers: Readonly<Record<Isolation, (image: string | null) => Promise<SandboxDriver>>> = {
  process: async () => {
    // Otherwise the attacks would be attacks on this machine; scripts/attacks.mjs sees to it.
    if (process.env.ATELIER_ATTACKS_ALONE !== '1') throw new Error('without isolation, only by `npm run attacks`')
    return (await import('@atelier/sandbox/process/process')).createProcessDriver(options)
  },
  container: async () => (await import('@atelier/sandbox/container/container')).createContainerDriver(options),
  gvisor: async () =>
    (await import('@atelier/sandbox/gvisor/gvisor')).createGvisorDriver({
      ...{ ...options, folder: kept('test-gvisor'), environment: process.env },
    }),
  microvm: async (image) =>
    (await import('@atelier/sandbox/microvm/microvm')).createMicrovmDriver({
      ...{ ...options, folder: kept('test-microvm'), image: () => image },
    }),
}

export const attackedDrivers = Object.keys(openers) as readonly Isolation[]

export function openAttackedDriver(name: Isolation, image: string | null): Promise<SandboxDriver> {
  return openers[name](image)
}

/** The kernel users of its boxes, where they have their own: only when we are root. */
export function boxUsers(name: Isolation): { first: number; count: number } | null {
  return name !== 'process' && process.geteuid?.() === 0 ? { first: firstUser, count: slots + 1 } : null
}
