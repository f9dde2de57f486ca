/** Looks at the host's processes, for tests: who a box's processes are from outside, and whether any is left. */
import { readdirSync, readFileSync } from 'node:fs'

export type HostProcess = {
  readonly pid: number
  readonly parent: number
  readonly users: readonly number[]
  readonly command: string
}

/** Processes whose command line contains `marker`. */
export function findProcesses(marker: string): HostProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const found = readProcess(Number(name))
    return found?.command.includes(marker) === true ? [found] : []
  })
}

/** Processes of any user in the range. */
export function processesOf(first: number, count: number): HostProcess[] {
  return findProcesses('').filter((found) => found.users.some((user) => user >= first && user < first + count))
}

export function readProcess(pid: number): HostProcess | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const numbers = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/).map(Number) ?? []
    return {
      pid,
      parent: numbers('PPid')[0] ?? 0,
      users: numbers('Uid'),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
    }
  } catch {
    return null // It has ended meanwhile.
  }
}
