import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLog } from '@atelier/base/log'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { findProcesses, processesOf } from '../container/host-processes.ts'
import { openAhead } from '../contract/open-ahead.ts'
import { contractLimits, runProgram } from '../contract/run-program.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { examineDriver } from '../posture/examine.ts'
import { createGvisorDriver } from './gvisor.ts'
import { testGvisorFolder } from './test-runsc.ts'

/** A range of users of this test's own, so that other servers on the machine do not disturb the counting. */
const firstUser = 2_050_000_000 + randomInt(100_000) * 100
const slots = 16

const makeDriver = () =>
  createGvisorDriver({
    ...{ log: silentLog, nodeBinary: process.execPath, slots, limits: contractLimits, firstUser },
    ...{ folder: testGvisorFolder, environment: process.env },
  })

/** Whether this host has control groups; every promise but those about groups holds without. */
const groups = openCgroups(contractLimits, null)
await groups.close()
const host = { root: { kind: 'host' }, warmth: 'exec' } as const

// gVisor counts neither files nor refused forks; the memory of its own kernel is what they cost.
sandboxContract('gvisor', () => openAhead(makeDriver(), 2), {
  ...{ root: { kind: 'host' }, exactLimits: groups.kind !== 'none', tellsRefusedForks: false, countsFiles: false },
  timeoutMs: 600_000,
})

describe('a gVisor box', { timeout: 120_000 }, () => {
  it('is usable here, examined from inside, and the kernel that answers is its own', async () => {
    await using driver = closing(makeDriver())
    for (const warmth of ['exec', 'python'] as const) {
      const probe = await examineDriver(driver, { roots: [{ kind: 'host' }], limits: contractLimits, warmth })
      assert.equal(probe.usable, true, JSON.stringify(probe))
    }
    const ran = await runProgram(driver, host, { argv: ['uname', '-r'] })
    assert.equal(ran.stdout, '4.4.0\n')
  })

  it('is no process of root outside, and leaves none', async () => {
    await using driver = closing(makeDriver())
    const sandbox = await driver.open(host)
    const commands = processesOf(firstUser, slots + 1).map(({ command }) => / (run|gofer|boot) /.exec(command)?.[1] ?? command)
    for (const part of ['run', 'gofer', 'boot']) assert.ok(commands.includes(part), `${part} ${JSON.stringify(commands)}`)
    const asRoot = findProcesses('--platform=systrap').filter(({ users, command }) => users.includes(0) && / boot /.test(command))
    assert.deepEqual(asRoot, [])
    await sandbox.destroy()
    // What was killed takes the kernel a moment to take down.
    for (let tries = 0; tries < 1200 && processesOf(firstUser, slots + 1).length > 0; tries += 1) await wait(50)
    assert.deepEqual(processesOf(firstUser, slots + 1), [])
  })

  it('says what is missing when no runsc can be had', async () => {
    const options = { log: silentLog, nodeBinary: process.execPath, slots, limits: contractLimits, folder: testGvisorFolder }
    await using driver = closing(createGvisorDriver({ ...options, program: '/nowhere/runsc' }))
    const probe = await driver.probe()
    assert.equal(probe.usable, false)
    assert.match(probe.summary, /^not usable here: .*\/nowhere\/runsc/)
    assert.notEqual(probe.findings.at(-1)?.remedy, '')
  })
})

function closing(driver: ReturnType<typeof makeDriver>) {
  return Object.assign(driver, { [Symbol.asyncDispose]: () => driver.close() })
}
