/** cgroup v1: one hierarchy per controller (some share one). Each box has a group in those of memory, pids, cpu and cpuacct. */
import { chownSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BoxGroups, Cgroups, GroupLimits, GroupUsage } from './cgroups.ts'
import { removeGroup, sweepGroups } from './instance.ts'

const controllers = ['memory', 'pids', 'cpu', 'cpuacct'] as const
type Controller = (typeof controllers)[number]
/** The kernel's own period, in which a box may use this much: one processor. */
const QUOTA_US = 100_000

/** `own`: the folder of our own group per controller. `owner`: the user the zygote runs as, who makes the boxes' groups. */
export function openCgroupsV1(
  own: ReadonlyMap<string, string>,
  instance: string,
  defaults: GroupLimits,
  owner: number | null,
): Cgroups {
  const folderOf = new Map<Controller, string>()
  const distinct = new Map<string, Controller>()
  for (const controller of controllers) {
    const base = own.get(controller)
    if (base === undefined) throw new Error(`no cgroup v1 hierarchy for ${controller}`)
    const folder = join(base, instance)
    folderOf.set(controller, folder)
    if (!distinct.has(folder)) distinct.set(folder, controller)
  }
  for (const folder of distinct.keys()) {
    sweepGroups(join(folder, '..'))
    mkdirSync(folder)
    if (owner !== null) chownSync(folder, owner, owner)
  }
  const path = (controller: Controller, box: string, file: string) => join(folderOf.get(controller) ?? '', box, file)
  const named = (controller: Controller) => distinct.get(folderOf.get(controller) ?? '') ?? controller
  return {
    kind: 'v1',
    detail: 'cgroup v1: memory, processes and CPU time are limited for each box as a whole',
    plan: {
      binds: [...distinct].map(([source, folder]) => ({ folder, source })),
      folders: [...distinct.values()],
      limits: [
        [named('memory'), 'memory.limit_in_bytes', String(defaults.memoryBytes), true],
        // Memory and swap together: the same figure means no swap. Missing where the kernel does not account for swap.
        [named('memory'), 'memory.memsw.limit_in_bytes', String(defaults.memoryBytes), false],
        [named('pids'), 'pids.max', String(defaults.processes), true],
        [named('cpu'), 'cpu.cfs_quota_us', String(QUOTA_US), false],
      ],
      joins: [...distinct.values()].map((folder) => [folder, 'tasks']),
    },
    adopt() {},
    box: (name) =>
      boxGroups(
        (controller, file) => path(controller, name, file),
        [...distinct.keys()].map((folder) => join(folder, name)),
      ),
    async close() {
      for (const folder of distinct.keys()) {
        await removeGroup(folder)
      }
    },
  }
}

function boxGroups(path: (controller: Controller, file: string) => string, all: readonly string[]): BoxGroups {
  const read = (controller: Controller, file: string) => readFileSync(path(controller, file), 'utf8')
  const cpuMs = () => Number(read('cpuacct', 'cpuacct.usage')) / 1e6
  return {
    setLimits(limits) {
      const memory = String(limits.memoryBytes)
      const current = Number(read('memory', 'memory.limit_in_bytes'))
      const files = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes']
      // The limit with swap may never be the smaller one, not even for a moment.
      for (const file of limits.memoryBytes > current ? files.reverse() : files) {
        try {
          writeFileSync(path('memory', file), memory)
        } catch (error) {
          if (file === 'memory.limit_in_bytes') throw error
        }
      }
      writeFileSync(path('pids', 'pids.max'), String(limits.processes))
    },
    cpuMs,
    usage(): GroupUsage {
      return {
        cpuMs: cpuMs(),
        peakBytes: Number(read('memory', 'memory.max_usage_in_bytes')),
        outOfMemory: field(read('memory', 'memory.oom_control'), 'oom_kill'),
        refusedForks: field(read('pids', 'pids.events'), 'max'),
      }
    },
    memoryBytes: () => Number(read('memory', 'memory.usage_in_bytes')),
    liftCpu: () => writeFileSync(path('cpu', 'cpu.cfs_quota_us'), '-1'),
    async remove() {
      for (const folder of all) {
        try {
          rmdirSync(folder)
        } catch {
          await removeGroup(folder)
        }
      }
    },
  }
}

/** A number in a file of lines `name number`; 0 when it is not there. */
export function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}
