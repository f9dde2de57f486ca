/**
 * The host as it must stay while attacks run: no descendant of ours with kernel user 0 inside a box, nothing of a box alive
 * after it, no descriptor kept, and our own memory in bounds.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { chain } from '../cgroups/base-v2.ts'
import { readHierarchy } from '../cgroups/hierarchy.ts'
import { folders } from '../cgroups/instance.ts'
import { findProcesses, type HostProcess } from '../container/host-processes.ts'

export type Watch = {
  /** What is still there that was not there at the beginning, in sentences. */
  leftovers(): Promise<string[]>
  /** The most that our own memory has grown, bytes. */
  growth(): number
  close(): void
}

const sampleMs = 50
const rootCheckMs = 300
const settleMs = 20_000

type Users = { readonly first: number; readonly count: number } | null

/** `users`: the kernel users of this driver's boxes, when they have their own. `keepsWorkers`: it leaves processes alive by design. */
export function watchHost(users: Users, keepsWorkers = false): Watch {
  const memoryBefore = process.memoryUsage.rss()
  let memoryMost = memoryBefore
  const sampler = setInterval(() => {
    memoryMost = Math.max(memoryMost, process.memoryUsage.rss())
  }, sampleMs)
  let roots = new Set<string>()
  const rootCheck = setInterval(() => {
    if (users === null) return
    for (const one of ofBoxes(users)) if (one.users.includes(0)) roots.add(`${one.pid} ${one.command}`)
  }, rootCheckMs)
  const before = { files: countFiles(), processes: ofBoxes(users).length, groups: groupsOfBoxes().length }
  return {
    async leftovers() {
      const found = [...roots].map((one) => `a process of a box was root of the host: ${one}`)
      roots = new Set()
      const until = performance.now() + settleMs
      while (
        performance.now() < until &&
        ((!keepsWorkers && ofBoxes(users).length > before.processes) || groupsOfBoxes().length > before.groups)
      ) {
        await wait(20)
      }
      const alive = ofBoxes(users)
      if (alive.length > before.processes && !keepsWorkers)
        found.push(`processes are left: ${alive.map((one) => `${one.pid} ${one.command.slice(0, 60)}`).join('; ')}`)
      const groups = groupsOfBoxes()
      if (groups.length > before.groups) found.push(`control groups are left: ${groups.join(' ')}`)
      const files = countFiles()
      if (files > before.files + 20) found.push(`${files - before.files} descriptors more are open`)
      return found
    },
    growth: () => memoryMost - memoryBefore,
    close() {
      clearInterval(sampler)
      clearInterval(rootCheck)
    },
  }
}

/** Those with a user of boxes and what descends from them; without own users, what descends from us. */
function ofBoxes(users: Users): HostProcess[] {
  const all = findProcesses('')
  const children = Map.groupBy(all, (one) => one.parent)
  const withBelow = (one: HostProcess): HostProcess[] => [one, ...(children.get(one.pid) ?? []).flatMap(withBelow)]
  if (users === null)
    return (children.get(process.pid) ?? []).filter((one) => !one.command.startsWith('sleep')).flatMap(withBelow)
  const inRange = (one: HostProcess) => one.users.some((user) => user >= users.first && user < users.first + users.count)
  return [
    ...new Map(
      all
        .filter(inRange)
        .flatMap(withBelow)
        .map((one) => [one.pid, one]),
    ).values(),
  ]
}

/** Control groups of this process's boxes: `…/atelier-<pid>-…/box-7`. */
function groupsOfBoxes(): string[] {
  const { v1, v2 } = readHierarchy()
  const bases = [...new Set([...v1.values(), ...(v2 === null ? [] : chain(v2.own, v2.mount))])]
  const ours = bases.flatMap((base) =>
    folders(base).flatMap((name) => (name.startsWith(`atelier-${process.pid}-`) ? [join(base, name)] : [])),
  )
  return ours.flatMap((folder) => folders(folder).map((box) => join(folder, box)))
}

const countFiles = (): number => readdirSync('/proc/self/fd').length
