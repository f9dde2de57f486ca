/**
 * A wall that somebody takes down is noticed. Each test takes one down in a copy of the container driver, in the very line
 * that builds it, opens a real box with the copy, and expects the examination to refuse the tier with that wall's name.
 */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { silentLog } from '@atelier/base/log'
import type * as container from '../container/container.ts'
import { contractLimits } from '../contract/run-program.ts'
import { examineDriver } from './examine.ts'

const source = join(import.meta.dirname, '..')
/** Below the project, so that the copy finds the packages that it imports. */
const place = join(source, '../../../.atelier')

type Weakening = {
  readonly title: string
  readonly file: string
  readonly line: string
  readonly instead: string
  readonly expected: RegExp
}

const weakenings: readonly Weakening[] = [
  {
    title: 'a box without its seccomp filter',
    ...{ file: 'container/inside/program.py', line: 'config["seccomp"].install()', instead: 'pass' },
    expected: /the seccomp mode is 0, not 2/,
  },
  {
    // The next program would lose all but the ambient ones.
    title: 'a program that keeps a capability',
    ...{ file: 'container/inside/program.py', line: 'kernel.drop_bounding_set()\n    kernel.drop_capabilities()' },
    instead: `kept = (kernel._Sets * 2)((1 << 13 | 1 << 8,) * 3)
    kernel._capset(kernel._HEADER_AT, kernel.ctypes.addressof(kept))
    kernel._prctl(47, 2, 13, 0, 0)
    kernel.drop_bounding_set()`,
    expected: /the set of capabilities effective is 0000000000002000/,
  },
  {
    title: 'a bounding set that is not emptied',
    ...{ file: 'container/inside/program.py', line: 'kernel.drop_bounding_set()', instead: 'pass' },
    expected: /the set of capabilities bounding is 0*[1-9a-f]/,
  },
  {
    title: 'a descriptor that is left open',
    ...{ file: 'container/inside/program.py', line: 'os.closerange(5, 1 << 20)' },
    instead: 'os.closerange(6, 1 << 20); os.dup2(0, 5, inheritable=True)',
    expected: /the open descriptor 5 \(pipe\) should not be there/,
  },
  {
    title: 'a folder of the machine that is mounted as well',
    ...{ file: 'container/bubblewrap.ts', line: "'--remount-ro', '/'," },
    instead: "'--bind', '/var/tmp', '/srv', '--remount-ro', '/',",
    expected: /the mount \/srv \(\w+, .*rw.*\) should not be there/,
  },
  {
    title: 'a /dev that can be written to',
    ...{ file: 'container/bubblewrap.ts', line: "'--remount-ro', '/dev',", instead: '' },
    expected: /the mount \/dev is not ro/,
  },
  {
    title: 'a variable of the server that programs can read',
    ...{ file: 'container/environment.ts', line: "LANG: 'C.UTF-8',", instead: "LANG: 'C.UTF-8', DATABASE_URL: 'secret'," },
    expected: /the environment variable DATABASE_URL should not be there/,
  },
]

const examineWith = async (change: Omit<Weakening, 'title' | 'expected'> | null) => {
  const copy = await mkdtemp(join(place, 'weakened-'))
  try {
    await cp(source, copy, { recursive: true })
    if (change !== null) {
      const path = join(copy, change.file)
      const text = await readFile(path, 'utf8')
      assert.ok(text.includes(change.line), `${change.file} has no ${change.line} any more: the wall is built elsewhere`)
      await writeFile(path, text.replaceAll(change.line, change.instead))
    }
    const { createContainerDriver } = (await import(pathToFileURL(join(copy, 'container/container.ts')).href)) as typeof container
    const driver = createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 4, limits: contractLimits })
    try {
      return await examineDriver(driver, { roots: [{ kind: 'host' }], limits: contractLimits })
    } finally {
      await driver.close()
    }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

describe('the examination of a tier', { timeout: 120_000 }, () => {
  it('passes a copy in which nothing was changed', async () => {
    const probe = await examineWith(null)
    assert.equal(probe.usable, true, JSON.stringify(probe.findings.at(-1)))
  })

  for (const { title, expected, ...change } of weakenings)
    it(`refuses ${title}`, async () => {
      const probe = await examineWith(change)
      assert.equal(probe.usable, false, JSON.stringify(probe.findings))
      assert.match(probe.summary, /^not usable here: a wall is not as meant: /)
      assert.match(probe.findings.at(-1)?.detail ?? '', expected)
    })
})
