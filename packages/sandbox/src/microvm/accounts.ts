/**
 * What one machine uses as the host counts it, which no guest can falsify. From the control group of its QEMU; where the host
 * gives no groups, from /proc. The program's own limits are held by the guest's kernel, so a machine's stay as they are.
 */
import { readFileSync } from 'node:fs'
import type { BoxGroups, GroupUsage } from '../cgroups/cgroups.ts'

export function machineAccounts(groups: BoxGroups | null, pid: number): BoxGroups {
  if (groups !== null) return { ...groups, setLimits() {} }
  let last: GroupUsage = { cpuMs: 0, peakBytes: 0, outOfMemory: 0, refusedForks: 0 }
  const usage = () => {
    const now = readUsage(youngest(pid))
    if (now.cpuMs >= last.cpuMs) last = now
    return last
  }
  return {
    setLimits() {},
    cpuMs: () => usage().cpuMs,
    usage,
    memoryBytes: () => usage().peakBytes,
    liftCpu() {},
    async remove() {},
  }
}

/** Ticks of /proc, which Linux shows as hundredths of a second on every architecture. */
const TICK_MS = 10

function readUsage(pid: number): GroupUsage {
  const none = { outOfMemory: 0, refusedForks: 0 }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const peakKb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return { ...none, cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, peakBytes: Number(peakKb ?? 0) * 1024 }
  } catch {
    return { ...none, cpuMs: 0, peakBytes: 0 }
  }
}

/** The last of the line of only children: bubblewrap's child is QEMU. */
function youngest(pid: number): number {
  try {
    const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')[0])
    return child > 0 ? youngest(child) : pid
  } catch {
    return pid
  }
}
