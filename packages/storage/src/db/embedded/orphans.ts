import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@atelier/base/log'
import { DatabaseRefusal } from '../database-refusal.ts'
import { commandLines, isAlive } from './processes.ts'

/**
 * After kill -9 of Atelier, or of PostgreSQL's main process, parts of PostgreSQL may still run on the data folder. They
 * are recognised by their command lines, never by a number in a file alone: numbers are reused.
 *
 *   main process:  … postgres -D <data folder> … -c cluster_name=<name>
 *   its children:  postgres: <name>: checkpointer
 *
 * Whoever calls this holds the folder's lock, so nobody looks after what is found.
 */
export async function endOrphans(dataFolder: string, clusterName: string, socketFolder: string, log: Log): Promise<void> {
  const pidFile = join(dataFolder, 'postmaster.pid')
  const recorded = await readFile(pidFile, 'utf8').catch(() => undefined)
  if (recorded === undefined) return
  let remaining = find(dataFolder, clusterName)
  if (remaining.length > 0) log.info('database of an earlier life still runs', { processes: remaining.map((each) => each.pid) })
  for (const { signal, patienceMs } of escalation) {
    if (remaining.length === 0) break
    // Children follow their main process; alone, they understand SIGQUIT and SIGKILL.
    const main = remaining.filter((each) => each.isMain)
    for (const { pid } of main.length > 0 ? main : remaining)
      sendSignal(pid, main.length > 0 || signal !== 'SIGINT' ? signal : 'SIGQUIT')
    remaining = await findAfter(patienceMs, dataFolder, clusterName)
  }
  if (remaining.length > 0) {
    throw new DatabaseRefusal(
      `An earlier PostgreSQL (process ${remaining[0]?.pid}) on ${dataFolder} does not end. End it, then start again.`,
    )
  }
  // To PostgreSQL a number that exists means "in use", even when it is by now a stranger's, or that of a process
  // which has ended and that nobody has collected.
  if (mayExist(Number.parseInt(recorded, 10))) await rm(pidFile, { force: true })
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) await rm(join(socketFolder, name), { force: true })
}

/** First politely (with a checkpoint), then without one, then by force. */
const escalation = [
  { signal: 'SIGINT', patienceMs: 10_000 },
  { signal: 'SIGQUIT', patienceMs: 5_000 },
  { signal: 'SIGKILL', patienceMs: 5_000 },
] as const

type Found = { readonly pid: number; readonly isMain: boolean }

function find(dataFolder: string, clusterName: string): Found[] {
  const found: Found[] = []
  for (const { pid, args } of commandLines()) {
    const isMain = args.includes(dataFolder) && args.includes(`cluster_name=${clusterName}`)
    if (isMain || args[0]?.startsWith(`postgres: ${clusterName}: `)) found.push({ pid, isMain })
  }
  return found
}

async function findAfter(patienceMs: number, dataFolder: string, clusterName: string): Promise<Found[]> {
  const deadline = performance.now() + patienceMs
  let left = find(dataFolder, clusterName)
  while (left.length > 0 && performance.now() < deadline) {
    await delay(20)
    left = left.some((each) => isAlive(each.pid)) ? left : find(dataFolder, clusterName)
  }
  return left.length > 0 ? find(dataFolder, clusterName) : left
}

function mayExist(pid: number): boolean {
  return pid > 0 && sendSignal(pid, 0)
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
