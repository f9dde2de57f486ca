/**
 * Runs the project's tests, group by group, with one PostgreSQL for all of them. Started by scripts/test.mjs, which has set
 * up the machine and writes the last line, and by scripts/check.mjs for the unit tests.
 *
 *   run-tests.ts [--only GROUP] [--totals FILE] [PATTERN...]
 */
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startTestServer } from '@atelier/storage/db/test-server'
import { testFiles, testGroups } from './groups.mjs'
import { runGroup } from './run-group.ts'

const projectFolder = resolve(import.meta.dirname, '../..')

async function main(): Promise<number> {
  const { values, positionals: patterns } = parseArgs({
    options: { only: { type: 'string' }, totals: { type: 'string' } },
    allowPositionals: true,
  })
  const groups = testGroups.filter((group) => values.only === undefined || group.name === values.only)
  const files = testFiles(projectFolder, patterns).filter((file) => groups.some((group) => group.owns(file)))
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort())

  // Everything temporary goes into one folder, so that what a test leaves there is seen. Others may walk through it: some
  // tests run programs as another account.
  const folder = await mkdtemp(join(tmpdir(), 'atelier-tests-'))
  await chmod(folder, 0o711)
  const temporary = await mkdtemp(join(folder, 't'))
  await chmod(temporary, 0o711)
  const server = files.some(needsPostgres) ? await startTestServer() : undefined
  const total = { passed: 0, failed: 0, skipped: 0 }
  try {
    const environment = { ...process.env, TMPDIR: temporary, ...(server ? { ATELIER_TEST_DATABASE_URL: server.address } : {}) }
    for (const group of groups) {
      const own = files.filter(group.owns)
      if (own.length === 0 || interrupted.signal.aborted) continue
      const groupStartedAt = performance.now()
      const result = await runGroup(group, own, { cwd: projectFolder, folder, environment, signal: interrupted.signal })
      console.log(
        ` ${result.failed === 0 ? '✓' : '✗'} ${group.name.padEnd(20)} ${seconds(groupStartedAt).padStart(6)} s   ${countsOf(result)}`,
      )
      total.passed += result.passed
      total.failed += result.failed
      total.skipped += result.skipped
    }
    for (const name of await readdir(temporary)) {
      console.log(` ✗ a test left ${name} in its temporary folder`)
      total.failed += 1
    }
  } finally {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  if (interrupted.signal.aborted) return 130
  if (values.totals !== undefined) await writeFile(values.totals, JSON.stringify(total))
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

const needsPostgres = (file: string): boolean => testGroups.some((group) => group.needs !== 'nothing' && group.owns(file))
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)
const countsOf = (counts: { passed: number; failed: number; skipped: number }): string =>
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`

process.exitCode = await main()
