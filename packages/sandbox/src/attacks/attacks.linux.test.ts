/** The quick part of the attack corpus; `npm run attacks -- --driver container` runs all of it. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '../container/container.ts'
import type { SandboxDriver } from '../sandbox.ts'
import { type Canaries, openCanaries } from './canaries.ts'
import { loadAttacks } from './corpus.ts'
import { attackLimits, canRun, type Field, measureNeighbour, runAttack } from './run-attack.ts'
import { watchHost } from './watch.ts'

const slots = 8
/** A range of users of this test's own, so that other servers on the machine do not disturb the watch. */
const firstUser = 2_010_000_000 + randomInt(100_000) * 100
const attacks = (await loadAttacks()).filter((attack) => attack.fast)

describe('a container stops every quick attack of the corpus', { timeout: 240_000 }, () => {
  let driver: SandboxDriver
  let canaries: Canaries
  let field: Field

  before(async () => {
    const log = silentLog
    driver = createContainerDriver({ log, nodeBinary: process.execPath, slots, limits: attackLimits, firstUser })
    canaries = await openCanaries()
    const base = { driver, canaries, root: { kind: 'host' } } as const
    const neighbourAloneMs = await measureNeighbour(base)
    const users = process.geteuid?.() === 0 ? { first: firstUser, count: slots + 1 } : null
    field = { ...base, neighbourAloneMs, watch: watchHost(users) }
  })
  after(async () => {
    field.watch.close()
    await canaries.close()
    await driver.close()
  })

  for (const { name, tries, needs, architecture } of attacks) {
    const cannot = canRun({ needs, architecture }, { kind: 'host' })
    it(`${name}: a program that ${tries}`, { skip: cannot ?? false }, async () => {
      const [attack] = await loadAttacks(name, canaries.words)
      assert.ok(attack !== undefined)
      assert.deepEqual((await runAttack(field, attack)).holes, [])
    })
  }

  it('and the server’s memory stays in bounds meanwhile', () => {
    assert.ok(field.watch.growth() <= 150 * 1024 * 1024, `it grew by ${field.watch.growth()} bytes`)
  })
})
