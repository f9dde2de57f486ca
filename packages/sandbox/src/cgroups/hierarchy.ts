/** Where this process stands in the machine's control groups, from /proc/self/cgroup and /proc/self/mountinfo (cgroups(7)). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Hierarchy = {
  /** Folder of our own group per v1 controller. */
  readonly v1: ReadonlyMap<string, string>
  /** Folder of our own group in the unified hierarchy, and where that is mounted. */
  readonly v2: { readonly own: string; readonly mount: string } | null
}

export function readHierarchy(proc = '/proc/self'): Hierarchy {
  return parseHierarchy(readFileSync(join(proc, 'cgroup'), 'utf8'), readFileSync(join(proc, 'mountinfo'), 'utf8'))
}

export function parseHierarchy(cgroup: string, mountinfo: string): Hierarchy {
  const mounts = mountinfo.split('\n').flatMap(parseMount)
  const v1 = new Map<string, string>()
  let v2: Hierarchy['v2'] = null
  for (const line of cgroup.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line)
    if (match === null) continue
    const [, controllers = '', group = '/'] = match
    if (controllers === '') {
      const mount = mounts.find((candidate) => candidate.kind === 'cgroup2')
      if (mount !== undefined) v2 = { own: folderOf(mount, group), mount: mount.point }
      continue
    }
    for (const controller of controllers.split(',')) {
      const mount = mounts.find((candidate) => candidate.kind === 'cgroup' && candidate.options.includes(controller))
      if (mount !== undefined) v1.set(controller, folderOf(mount, group))
    }
  }
  return { v1, v2 }
}

type Mount = { root: string; point: string; kind: string; options: readonly string[] }

function parseMount(line: string): Mount[] {
  const [front = '', back] = line.split(' - ')
  const [, , , root = '/', point = ''] = front.split(' ')
  const [kind = '', , options = ''] = back?.split(' ') ?? []
  return kind === 'cgroup' || kind === 'cgroup2' ? [{ root, point, kind, options: options.split(',') }] : []
}

/** In a container the mount may show only a part of the hierarchy: `root` is where that part begins. */
function folderOf(mount: Mount, group: string): string {
  const inside =
    mount.root !== '/' && (group === mount.root || group.startsWith(`${mount.root}/`)) ? group.slice(mount.root.length) : group
  return join(mount.point, inside).replace(/\/$/, '')
}
