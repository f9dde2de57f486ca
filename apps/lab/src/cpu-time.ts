/** Processor time of a process and all its descendants, those included that have ended and were waited for. */
import { readdirSync, readFileSync } from 'node:fs'

const tickMs = 10
/** Fields of /proc/<pid>/stat after the name: parent, then user, system, and both of the children that were waited for. */
const fields = { parent: 1, first: 11, last: 14 } as const

export function cpuMsOfTree(root: number): number {
  const children = new Map<number, number[]>()
  const ticks = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = statOf(Number(name))
    if (stat === null) continue
    const siblings = children.get(stat.parent) ?? []
    children.set(stat.parent, [...siblings, Number(name)])
    ticks.set(Number(name), stat.ticks)
  }
  let sum = 0
  const open = [root]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    sum += ticks.get(pid) ?? 0
    open.push(...(children.get(pid) ?? []))
  }
  return sum * tickMs
}

function statOf(pid: number): { parent: number; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const values = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = values.slice(fields.first, fields.last + 1).reduce((sum, value) => sum + value, 0)
    return { parent: values[fields.parent] ?? 0, ticks }
  } catch {
    return null // It ended meanwhile, and its parent has its time now.
  }
}
