/** Chooses the kind of control groups this host offers; says in one sentence why when it offers none. */
import { randomBytes } from 'node:crypto'
import { type Cgroups, type GroupLimits, noCgroups } from './cgroups.ts'
import { openCgroupsV1 } from './cgroups-v1.ts'
import { openCgroupsV2 } from './cgroups-v2.ts'
import { readHierarchy } from './hierarchy.ts'
import { instanceName } from './instance.ts'

/** `owner`: the user who makes the boxes' groups when that is not ourselves. */
export function openCgroups(defaults: GroupLimits, owner: number | null): Cgroups {
  const { v1, v2 } = readHierarchy()
  const instance = instanceName(process.pid, randomBytes(4).toString('hex'))
  const reasons: string[] = []
  if (v1.has('memory') && v1.has('pids')) {
    try {
      return openCgroupsV1(v1, instance, defaults, owner)
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  if (v2 !== null) {
    try {
      return openCgroupsV2(v2.own, v2.mount, instance, defaults, owner)
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  return noCgroups(reasons.length > 0 ? reasons.join('; ') : 'this host has no control groups')
}
