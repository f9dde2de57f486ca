import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestGroup } from './groups.mjs'

export type GroupResult = { readonly passed: number; readonly failed: number; readonly skipped: number }

/** Runs files with Node's own test runner in a process group of their own, which ends with it in every case. */
export async function runGroup(
  group: TestGroup,
  files: readonly string[],
  given: { readonly cwd: string; readonly folder: string; readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<GroupResult> {
  const countsFile = join(given.folder, `${group.name.replaceAll(' ', '-')}.json`)
  const isolation = group.processes === 'one' ? ['--test-isolation=none'] : [`--test-concurrency=${group.processes}`]
  const child = spawn(
    process.execPath,
    [
      ...['--test', `--test-reporter=${join(import.meta.dirname, 'reporter.mjs')}`, '--test-reporter-destination=stdout'],
      ...[`--test-timeout=${group.timeoutMs}`, ...isolation, ...files],
    ],
    {
      cwd: given.cwd,
      env: { ...given.environment, ATELIER_TEST_COUNTS: countsFile },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    },
  )
  let killedBecause: string | undefined
  const kill = (reason: string) => {
    killedBecause ??= reason
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  const timer = setTimeout(() => kill(`took longer than ${group.groupTimeoutMs / 60_000} minutes`), group.groupTimeoutMs)
  const whenAborted = () => kill('was interrupted')
  given.signal.addEventListener('abort', whenAborted)
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  clearTimeout(timer)
  given.signal.removeEventListener('abort', whenAborted)
  const counts = readCounts(countsFile)
  // A process that dies between two tests has not counted what it died of.
  if (code === 0 || (code === 1 && counts.failed > 0)) return counts
  process.stdout.write(`   ✗ the ${group.name} tests ${killedBecause ?? `ended with ${signal ?? `exit code ${code}`}`}\n`)
  return { ...counts, failed: counts.failed + 1 }
}

function readCounts(file: string): GroupResult {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as GroupResult
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
}
