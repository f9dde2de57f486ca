import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Log } from '@atelier/base/log'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { identity, postgresEnvironment } from './cluster.ts'

/** PostgreSQL's main process, while it lives. */
export interface Postmaster {
  readonly pid: number
  /** Settles when it has ended, for whatever reason, with a few words on it. */
  readonly ended: Promise<string>
  /** A fast, clean stop; harder when that takes too long. */
  stop(): Promise<void>
}

const readyMs = 120_000 // recovery after a crash may replay 2 GB of log
const stopMs = { fast: 20_000, immediate: 5_000 }

/** Starts it and resolves when it takes connections. Rejects with PostgreSQL's own words when it does not. */
export async function startPostmaster(
  binaries: Binaries,
  account: Account,
  args: readonly string[],
  log: Log,
): Promise<Postmaster> {
  const program = join(binaries.folder, 'bin', 'postgres')
  const child = spawn(...dyingWithUs(program, args), {
    ...identity(account),
    cwd: '/',
    env: postgresEnvironment,
    // A session of its own: Ctrl-C in the terminal is for us, who then stop it in the right order.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lastWords: string[] = []
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) =>
      resolve(`${signal ?? `exit code ${code}`}${lastWords.map((line) => `\n  ${line}`).join('')}`),
    )
  })
  let isReady = false
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      report(line, log, isReady)
      if (/^(FATAL|PANIC|DETAIL|HINT):/.test(line)) lastWords.splice(0, lastWords.length, ...lastWords.slice(-5), line)
      if (line.includes('database system is ready to accept connections')) resolve()
    })
  })
  const timeout = AbortSignal.timeout(readyMs)
  const outcome = await Promise.race([
    ready.then(() => 'ready' as const),
    ended,
    once(timeout, 'abort').then(() => 'no answer in two minutes'),
  ])
  const pid = child.pid
  if (outcome !== 'ready' || pid === undefined) {
    if (pid !== undefined && child.exitCode === null) child.kill('SIGKILL')
    throw new Error(`PostgreSQL did not start: ${outcome}`)
  }
  isReady = true
  // It must not keep a process alive that has nothing else to do.
  child.unref()
  unrefPipe(child)
  return { pid, ended, stop: () => stop(child, ended) }
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.ref()
  for (const [signal, patienceMs] of [
    ['SIGINT', stopMs.fast],
    ['SIGQUIT', stopMs.immediate],
    ['SIGKILL', stopMs.immediate],
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    const patience = AbortSignal.timeout(patienceMs)
    const hasEnded = await Promise.race([ended.then(() => true), once(patience, 'abort').then(() => false)])
    if (hasEnded) return
  }
}

/** Through setpriv (part of every Debian), the kernel stops it when we are killed, and it can gain no rights. */
function dyingWithUs(program: string, args: readonly string[]): [string, string[]] {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))
  return setpriv === undefined
    ? [program, [...args]]
    : [setpriv, ['--no-new-privs', '--pdeathsig', 'INT', '--', program, ...args]]
}

function report(line: string, log: Log, isReady: boolean): void {
  if (/^(FATAL|PANIC|WARNING):/.test(line) && isReady) log.warn('database says', { line })
  else log.debug('database says', { line })
}

function unrefPipe(child: ChildProcess): void {
  const pipe = child.stderr
  if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}
