/**
 * Processor time of the whole machine, the kernel's own included (what it tidies up behind a namespace belongs to no process).
 * Right only where nothing else runs; what a tree of processes used cannot be added up once parts of it have other parents.
 */
import { readFileSync } from 'node:fs'

const tickMs = 10
/** Fields of the first line of /proc/stat that are work: user, nice, system, hard and soft interrupts. */
const work = [1, 2, 3, 6, 7] as const

export function cpuMsOfMachine(): number {
  const fields = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? []
  return work.reduce((sum, index) => sum + (fields[index] ?? 0), 0) * tickMs
}

/** Resolves when the machine has little to do, or after `mostMs`. */
export async function machineIsQuiet(mostMs: number): Promise<void> {
  const lookMs = 100
  const until = performance.now() + mostMs
  for (let before = cpuMsOfMachine(); performance.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, lookMs))
    const now = cpuMsOfMachine()
    if (now - before <= lookMs / 4) return
    before = now
  }
}
