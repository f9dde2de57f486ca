/**
 * cgroup v2: one hierarchy, one group per box, below the base that base-v2.ts finds. Zygotes live in a group of their own
 * beside the boxes: a process may move itself only within what its user owns.
 */
import { chownSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chain, enableControllers, findBase } from './base-v2.ts'
import type { BoxGroups, Cgroups, GroupLimits, GroupPlan, GroupUsage } from './cgroups.ts'
import { field } from './cgroups-v1.ts'
import { removeGroup, sweepGroups } from './instance.ts'

const QUOTA = '100000 100000'

/** `own`: our own group's folder, `mount`: where the hierarchy begins. `owner`: the user the zygote runs as, who makes the boxes' groups. */
export function openCgroupsV2(
  own: string,
  mount: string,
  instance: string,
  defaults: GroupLimits,
  owner: number | null,
): Cgroups {
  for (const folder of chain(own, mount)) sweepGroups(folder)
  const base = findBase(own, mount)
  const folder = join(base.folder, instance)
  const zygotes = join(folder, 'zygotes')
  mkdirSync(folder)
  enableControllers(folder)
  if (owner !== null) {
    for (const file of ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control'])
      chownSync(join(folder, file), owner, owner)
  }
  return {
    kind: 'v2',
    detail: 'cgroup v2: memory, processes and CPU time are limited for each box as a whole',
    plan: planV2(folder, defaults),
    adopt(pid) {
      mkdirSync(zygotes, { recursive: true })
      writeFileSync(join(zygotes, 'cgroup.procs'), String(pid))
    },
    box: (name) => boxGroupsV2(join(folder, name)),
    async close() {
      await removeGroup(zygotes)
      await removeGroup(folder)
      base.release()
    },
  }
}

/** Every limit stands before the program joins; `needed` are those without which no box is opened. */
export function planV2(folder: string, defaults: GroupLimits): GroupPlan {
  return {
    binds: [{ folder: 'unified', source: folder }],
    folders: ['unified'],
    limits: [
      ['unified', 'memory.max', String(defaults.memoryBytes), true],
      ['unified', 'memory.swap.max', '0', false],
      ['unified', 'memory.oom.group', '1', false],
      ['unified', 'pids.max', String(defaults.processes), true],
      ['unified', 'cpu.max', QUOTA, false],
    ],
    joins: [['unified', 'cgroup.procs']],
  }
}

/** The group of one box, in the folder that its init made. */
export function boxGroupsV2(folder: string): BoxGroups {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const optional = (file: string) => {
    try {
      return read(file)
    } catch {
      return ''
    }
  }
  const cpuMs = () => field(read('cpu.stat'), 'usage_usec') / 1000
  return {
    setLimits(limits) {
      writeFileSync(join(folder, 'memory.max'), String(limits.memoryBytes))
      writeFileSync(join(folder, 'pids.max'), String(limits.processes))
    },
    cpuMs,
    usage(): GroupUsage {
      return {
        cpuMs: cpuMs(),
        // Since Linux 5.19; before, what is used now is the best there is.
        peakBytes: Number(optional('memory.peak') || optional('memory.current')),
        outOfMemory: field(optional('memory.events'), 'oom_kill'),
        refusedForks: field(optional('pids.events'), 'max'),
      }
    },
    memoryBytes: () => Number(read('memory.current')),
    liftCpu() {
      try {
        writeFileSync(join(folder, 'cpu.max'), 'max 100000', { flag: 'r+' })
      } catch (error) {
        // Where the cpu controller was not given, there is no quota to lift.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      }
    },
    async remove() {
      try {
        rmdirSync(folder)
      } catch {
        await removeGroup(folder)
      }
    },
  }
}
