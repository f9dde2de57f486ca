/**
 * Finds the group below which boxes can have limits on a cgroup v2 host. A group whose children have limits may hold no
 * process itself (but for the root of all), so:
 *
 *   1. our own group, when it holds only ourselves and processes we started: they step into a child named `server`;
 *   2. else the nearest group above that holds no process, where we have the right to (root; a user's own systemd slice);
 *   3. else our own group again, moving also the processes that started us, when there is nobody else in it.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const needed = ['memory', 'pids'] as const
/** Without `cpu`, a box may use more than one core; its CPU time is counted all the same. */
const wanted = [...needed, 'cpu'] as const

export type Base = { readonly folder: string; readonly release: () => void }

/** `own`: our own group's folder, `mount`: where the hierarchy begins. Throws with the reasons when there is no such group. */
export function findBase(own: string, mount: string): Base {
  const reasons: string[] = []
  const attempt = (folder: string, may: (pid: number) => boolean): Base | null => {
    try {
      return prepare(folder, may)
    } catch (error) {
      reasons.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`)
      return null
    }
  }
  const above = chain(own, mount).slice(1)
  const found =
    attempt(own, isOurs) ??
    above.reduce<Base | null>((base, folder) => base ?? attempt(folder, () => false), null) ??
    attempt(own, (pid) => isOurs(pid) || ancestors(process.pid).includes(pid))
  if (found === null) throw new Error(reasons[0] ?? 'no group')
  return found
}

/** Our own group and those above it, nearest first. */
export function chain(own: string, mount: string): string[] {
  const folders = [own]
  for (let folder = own; folder !== mount && folder.startsWith(`${mount}/`); ) {
    folder = dirname(folder)
    folders.push(folder)
  }
  return folders
}

/** Switches the controllers on for the children of `folder`. */
export function enableControllers(folder: string): void {
  const read = (file: string) => readFileSync(join(folder, file), 'latin1').trim().split(/\s+/)
  const available = read('cgroup.controllers')
  const missing = needed.filter((controller) => !available.includes(controller))
  if (missing.length > 0) throw new Error(`not given to this group: ${missing.join(', ')}`)
  const on = read('cgroup.subtree_control')
  const off = wanted.filter((controller) => available.includes(controller) && !on.includes(controller))
  if (off.length > 0) writeFileSync(join(folder, 'cgroup.subtree_control'), off.map((controller) => `+${controller}`).join(' '))
}

function prepare(folder: string, mayMove: (pid: number) => boolean): Base {
  const members = readFileSync(join(folder, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number)
  // Only the root of all groups has no type; it may hold processes.
  const leaf = members.length > 0 && hasType(folder) ? join(folder, 'server') : null
  if (leaf !== null) {
    const others = members.filter((pid) => !mayMove(pid))
    if (others.length > 0) throw new Error('it holds other processes')
    makeFolder(leaf)
    for (const pid of members) move(pid, leaf)
  }
  try {
    enableControllers(folder)
  } catch (error) {
    if (leaf !== null) stepBack(folder, leaf)
    throw error
  }
  return { folder, release: () => leaf !== null && stepBack(folder, leaf) }
}

/** As far as that goes: another server may have come to stay in the same group. */
function stepBack(folder: string, leaf: string): void {
  try {
    const on = readFileSync(join(folder, 'cgroup.subtree_control'), 'latin1').trim().split(/\s+/).filter(Boolean)
    if (on.length > 0) writeFileSync(join(folder, 'cgroup.subtree_control'), on.map((name) => `-${name}`).join(' '))
    for (const pid of readFileSync(join(leaf, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean)) move(Number(pid), folder)
    rmdirSync(leaf)
  } catch {
    // The group stays as it is; nothing of a box is in it.
  }
}

function move(pid: number, folder: string): void {
  try {
    writeFileSync(join(folder, 'cgroup.procs'), String(pid))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function hasType(folder: string): boolean {
  try {
    readFileSync(join(folder, 'cgroup.type'))
    return true
  } catch {
    return false
  }
}

const isOurs = (pid: number): boolean => pid === process.pid || ancestors(pid).includes(process.pid)

/** Parents of a process up to the first, nearest first. */
function ancestors(pid: number): number[] {
  const found: number[] = []
  for (let parent = parentOf(pid); parent > 0 && !found.includes(parent); parent = parentOf(parent)) found.push(parent)
  return found
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}
