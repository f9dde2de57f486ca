/** What a process and its children have used: processor time and memory, from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

const tickMs = 10

/** User and system time of all its threads, and of its children that have ended. */
export function cpuMsOf(pid: number): number {
  const fields = statOf(pid)
  // After the name: utime is the 12th field, then stime, cutime, cstime.
  return fields === null ? 0 : [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) * tickMs
}

export function residentKbOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0)
}

/** The children, and theirs. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(statOf(Number(name))?.[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  for (const waiting = [pid]; ; ) {
    const next = waiting.pop()
    if (next === undefined) return found
    const children = parents.get(next) ?? []
    found.push(...children)
    waiting.push(...children)
  }
}

/** The fields behind the name, which may have spaces in it; null when the process is gone. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
