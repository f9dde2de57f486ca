// 10,000 executions in a row, Python and JavaScript by turns, and whether anything is left: processes, groups, mounts, folders, descriptors, memory
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { sandboxRunner } from '../runners/sandbox.ts'
import { openWays } from '../runners/ways.ts'
import { median } from '../statistics.ts'

const executions = Number(process.env.ATELIER_BENCH_EXECUTIONS ?? 10_000)
const clients = 6
/** What is made once (compiled code, buffers, caches) is there after so many. */
const warmUp = Math.min(1000, Math.floor(executions / 4))

type Holdings = {
  readonly processes: number
  readonly groups: number
  readonly mounts: number
  readonly temporaryFolders: number
  readonly descriptors: number
  readonly memoryBytes: number
  /** Of the processes below ours: the zygotes, mostly. */
  readonly childrenBytes: number
}

async function endure(name: string): Promise<object> {
  const [pythonWay, nodeWay] = await Promise.all([openWays([name]), openWays([name])])
  if (pythonWay[0] === undefined || nodeWay[0] === undefined) throw new Error(`${name} cannot be measured here`)
  const runners = [
    sandboxRunner({ language: 'python', file: 'main.py', text: 'print("hello")\n' }, pythonWay[0]),
    sandboxRunner({ language: 'javascript', file: 'main.js', text: 'console.log("hello")\n' }, nodeWay[0]),
  ]
  try {
    let done = 0
    const run = async (upTo: number): Promise<void> => {
      await Promise.all(
        Array.from({ length: clients }, async () => {
          while (done < upTo) {
            const runner = runners[done++ % runners.length]
            const { output } = (await runner?.runOnce()) ?? { output: 'nothing' }
            if (output !== 'hello\n') throw new Error(`it printed ${JSON.stringify(output)}`)
          }
        }),
      )
      for (const runner of runners) await runner.settle()
    }
    const startedAt = performance.now()
    await run(warmUp)
    const before = await settledHoldings()
    const quarters: number[] = []
    for (let quarter = 1; quarter <= 4; quarter++) {
      await run(warmUp + Math.round(((executions - warmUp) * quarter) / 4))
      quarters.push((await settledHoldings()).memoryBytes)
    }
    const after = await settledHoldings()
    const rows = (Object.keys(before) as (keyof Holdings)[]).map((key) => [key, before[key], after[key]] as const)
    console.log(`\n${name}: ${executions} executions in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
    for (const [key, first, last] of rows)
      console.log(`  ${key.padEnd(18)}${String(first).padStart(14)}${String(last).padStart(14)}`)
    return { executions, before, after, memoryByQuarter: quarters }
  } finally {
    for (const runner of runners) await runner.close()
  }
}

/** The least of a few looks: what is under way is not what is left. */
async function settledHoldings(): Promise<Holdings> {
  const looks: Holdings[] = []
  for (let look = 0; look < 5; look++) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    looks.push(holdings())
  }
  const least = (key: keyof Holdings) => Math.min(...looks.map((each) => each[key]))
  const usual = (key: keyof Holdings) => median(looks.map((each) => each[key]))
  return {
    ...{ processes: least('processes'), groups: least('groups'), mounts: least('mounts') },
    ...{ temporaryFolders: least('temporaryFolders'), descriptors: least('descriptors') },
    ...{ memoryBytes: usual('memoryBytes'), childrenBytes: usual('childrenBytes') },
  }
}

function holdings(): Holdings {
  const children = descendants()
  return {
    processes: children.length,
    groups: foldersBelow('/sys/fs/cgroup', (name) => name.startsWith('box-')),
    mounts: readFileSync('/proc/self/mountinfo', 'latin1').split('\n').length,
    temporaryFolders: readdirSync(tmpdir()).length,
    descriptors: readdirSync('/proc/self/fd').length,
    memoryBytes: process.memoryUsage.rss(),
    childrenBytes: children.reduce((sum, pid) => sum + privateBytes(pid), 0),
  }
}

function descendants(): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const)
  const found = new Set([process.pid])
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid)
  }
  found.delete(process.pid)
  return [...found]
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}

function privateBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
    return 1024 * [...text.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, match) => sum + Number(match[1]), 0)
  } catch {
    return 0
  }
}

function foldersBelow(folder: string, counts: (name: string) => boolean): number {
  let found = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      if (counts(entry.name)) found++
      found += foldersBelow(`${folder}/${entry.name}`, counts)
    }
  } catch {
    // It went away while we looked.
  }
  return found
}

const names = process.argv.slice(2)
const result: Record<string, object> = {}
for (const name of names.length > 0 ? names : ['container']) result[name] = await endure(name)
console.log(`\n${JSON.stringify(result)}`)
process.exit(0)
