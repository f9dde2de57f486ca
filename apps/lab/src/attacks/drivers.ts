/** The drivers that can be attacked, each opened as a server would. */
import { randomInt } from 'node:crypto'
import { silentLog } from '@atelier/base/log'
import { attackLimits } from '@atelier/sandbox/attacks/run-attack'
import { createContainerDriver } from '@atelier/sandbox/container/container'
import type { Isolation, SandboxDriver } from '@atelier/sandbox/sandbox'

const slots = 8
/** A range of users of our own, so that other servers of this machine do not disturb the watch. */
const firstUser = 2_000_000_000 + randomInt(100_000) * 100

const options = { log: silentLog, nodeBinary: process.execPath, slots, limits: attackLimits }

const openers: Partial<Record<Isolation, () => Promise<SandboxDriver>>> = {
  container: async () => createContainerDriver({ ...options, firstUser }),
}

export const attackedDrivers = Object.keys(openers) as readonly Isolation[]

export async function openAttackedDriver(name: Isolation): Promise<SandboxDriver> {
  const open = openers[name]
  if (open === undefined) throw new Error(`no driver ${name}`)
  return open()
}

/** The kernel users of its boxes, where they have their own: only when we are root. */
export function boxUsers(name: Isolation): { first: number; count: number } | null {
  return name === 'container' && process.geteuid?.() === 0 ? { first: firstUser, count: slots + 1 } : null
}
