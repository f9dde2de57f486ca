/**
 * `npm test`: sets up what tests need, runs them all, leaves nothing running, and ends with one line of counts.
 * `npm test -- executions` runs those whose path contains "executions".
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap, command } from './bootstrap.mjs'
import { handOver } from './setup/hand-over.mjs'
import { inProject, projectFolder } from './setup/places.mjs'
import { findProgram } from './setup/programs.mjs'
import { SetupError } from './setup/steps.mjs'
import { testFiles, testGroups } from './testing/groups.mjs'

await command(async () => {
  const patterns = process.argv.slice(2)
  const files = testFiles(projectFolder, patterns)
  if (files.length === 0) {
    throw new SetupError('No test file has one of these words in its path.', { next: 'npm test without words runs all of them.' })
  }
  const needs = testGroups.filter((group) => files.some(group.owns)).map((group) => group.needs)
  const page = needs.includes('page') || needs.includes('browser')
  const sandbox = needs.includes('sandbox') ? 'sandboxTests' : undefined
  const system = page ? 'test' : (sandbox ?? (needs.some((need) => need !== 'nothing') ? 'start' : undefined))
  const node = await bootstrap({ page, ...(system ? { system } : {}), systemRequired: true })
  const startedAt = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'atelier-test-run-'))
  const totalsFile = join(folder, 'totals.json')
  const leftFile = join(folder, 'left-running')
  try {
    const tests = [node, inProject('scripts/testing/run-tests.ts'), '--totals', totalsFile, ...patterns]
    const python = findProgram('python3') // only unit tests get this far without
    const [program = node, ...args] =
      python === undefined ? tests : [python, inProject('scripts/testing/reap.py'), leftFile, ...tests]
    await handOver(program, args, { cwd: projectFolder })
    const left = read(leftFile).split('\n').filter(Boolean)
    for (const each of left) process.stdout.write(` ✗ a test left this process running (now ended): ${each}\n`)
    const totals = read(totalsFile)
    if (totals === '') return // it has said itself why it did not get that far
    const { passed, failed, skipped } = JSON.parse(totals)
    if (left.length > 0) process.exitCode = 1
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    process.stdout.write(
      `\n${passed} passed, ${failed + left.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''} in ${seconds} s\n`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
