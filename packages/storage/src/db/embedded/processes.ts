import { readdirSync, readFileSync } from 'node:fs'

/** Whether a process with this id runs, ours or not. One that has ended and was not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !'ZX'.includes(status.charAt(status.lastIndexOf(')') + 2)) // "pid (name) state …"
  } catch {
    return false
  }
}

/** The command lines of all processes. */
export function* commandLines(): Generator<{ pid: number; args: string[] }> {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      yield { pid: Number(name), args: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') }
    } catch {
      // It ended in the meantime.
    }
  }
}
