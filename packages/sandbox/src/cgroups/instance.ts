/** The name under which one server keeps its groups, and the removal of what servers that are no more have left. */
import { readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const pattern = /^atelier-(\d+)-(\d+)-[0-9a-f]+$/

/** `pid` alone could be reused by another process; with its start time it cannot. */
export function instanceName(pid: number, random: string): string {
  return `atelier-${pid}-${startTime(pid) ?? 0}-${random}`
}

export function ownerIsAlive(name: string): boolean {
  const match = pattern.exec(name)
  return match === null || startTime(Number(match[1])) === match[2]
}

/** Removes the folders of dead servers in `base`; answers their names. What is still in use stays. */
export function sweepGroups(base: string): string[] {
  const swept: string[] = []
  for (const name of folders(base)) {
    if (!pattern.test(name) || ownerIsAlive(name)) continue
    const instance = join(base, name)
    try {
      for (const box of folders(instance)) {
        killGroup(join(instance, box))
        rmdirSync(join(instance, box))
      }
      rmdirSync(instance)
      swept.push(name)
    } catch {
      // Busy: something of it still dies. The next start tries again.
    }
  }
  return swept
}

function killGroup(folder: string): void {
  try {
    writeFileSync(join(folder, 'cgroup.kill'), '1', { flag: 'r+' })
  } catch {
    // v1 has no such file; there the boxes died with their server (die-with-parent).
  }
}

const patience = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

/** A group stays busy for a moment after its last process was reaped. */
export async function removeGroup(folder: string): Promise<void> {
  for (const pauseMs of patience) {
    if (pauseMs > 0) await wait(pauseMs)
    try {
      await rmdir(folder)
      return
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'ENOENT') return
      if (code !== 'EBUSY' || pauseMs === patience.at(-1)) throw error
    }
  }
}

export function folders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot; null when there is no such process. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
