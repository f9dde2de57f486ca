/** The tests of the project, by what they need of the machine, in the order in which they run. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{
 *   readonly name: string,
 *   readonly owns: (file: string) => boolean,
 *   readonly processes: 'one' | number,
 *   readonly timeoutMs: number,
 *   readonly groupTimeoutMs: number,
 *   readonly needs: 'nothing' | 'postgres' | 'sandbox' | 'page' | 'browser',
 * }} TestGroup
 * `processes`: one for all files (fast: they leave nothing behind), or one for each file, so many at once. `timeoutMs` is
 * for one test. Each need includes those before it.
 */

const minutes = (/** @type {number} */ count) => count * 60_000
const isJourney = (/** @type {string} */ file) => file.startsWith('journeys/')
const special = /\.(pg|linux|browser)\.test\.ts$/

/** @type {readonly TestGroup[]} */
export const testGroups = [
  {
    ...{ name: 'unit', owns: (file) => !special.test(file), processes: 'one', needs: 'nothing' },
    ...{ timeoutMs: minutes(1), groupTimeoutMs: minutes(5) },
  },
  {
    ...{ name: 'PostgreSQL', owns: (file) => file.endsWith('.pg.test.ts'), processes: 2, needs: 'postgres' },
    ...{ timeoutMs: minutes(3), groupTimeoutMs: minutes(20) },
  },
  {
    // One at a time: they measure limits of the machine that they would take from each other.
    ...{ name: 'Linux', owns: (file) => file.endsWith('.linux.test.ts') && !isJourney(file), processes: 1, needs: 'sandbox' },
    ...{ timeoutMs: minutes(5), groupTimeoutMs: minutes(20) },
  },
  {
    ...{ name: 'journeys', owns: (file) => file.endsWith('.linux.test.ts') && isJourney(file), processes: 1, needs: 'page' },
    ...{ timeoutMs: minutes(10), groupTimeoutMs: minutes(30) },
  },
  {
    ...{ name: 'browser journeys', owns: (file) => file.endsWith('.browser.test.ts'), processes: 1, needs: 'browser' },
    ...{ timeoutMs: minutes(10), groupTimeoutMs: minutes(30) },
  },
]

/**
 * Paths relative to the project, in a stable order. With `patterns`, only those that contain one of them.
 * @param {string} projectFolder @param {readonly string[]} patterns
 */
export function testFiles(projectFolder, patterns) {
  /** @type {string[]} */
  const files = []
  const visit = (/** @type {string} */ folder) => {
    if (!existsSync(join(projectFolder, folder))) return
    for (const entry of readdirSync(join(projectFolder, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== 'dist') visit(path)
      else if (entry.isFile() && entry.name.endsWith('.test.ts')) files.push(path)
    }
  }
  for (const folder of ['apps', 'packages', 'scripts', 'journeys']) visit(folder)
  return files.sort().filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
}
