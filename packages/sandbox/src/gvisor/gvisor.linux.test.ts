import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { openCgroups } from '../cgroups/open-cgroups.ts'
import { findProcesses, processesOf } from '../container/host-processes.ts'
import { contractLimits, runProgram } from '../contract/run-program.ts'
import { sandboxContract } from '../contract/sandbox.contract.ts'
import { createGvisorDriver } from './gvisor.ts'
import { testGvisorFolder } from './test-runsc.ts'

const firstUser = 1_900_200_000
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
sandboxContract('gvisor', makeDriver, {
  ...{ root: { kind: 'host' }, exactLimits: groups.kind !== 'none', tellsRefusedForks: false, countsFiles: false },
})

describe('a gVisor box', { timeout: 120_000 }, () => {
  it('is usable here, and the kernel that answers is its own', async () => {
    await using driver = closing(makeDriver())
    const probe = await driver.probe()
    assert.equal(probe.usable, true, JSON.stringify(probe))
    const ran = await runProgram(driver, host, { argv: ['uname', '-r'] })
    assert.equal(ran.stdout, '4.4.0\n')
  })

  it('is no process of root outside, and leaves none', async () => {
    await using driver = closing(makeDriver())
    const sandbox = await driver.open(host)
    const all = processesOf(firstUser, slots + 1)
    assert.ok(all.length > 0)
    for (const { users } of all) assert.deepEqual([...new Set(users)].length, 1, JSON.stringify(all))
    const bundle = `box-1`
    const asRoot = findProcesses(`--bundle=`).filter(({ users, command }) => users.includes(0) && command.includes(bundle))
    assert.deepEqual(
      asRoot.filter(({ command }) => command.includes('runsc') && !command.startsWith('unshare')),
      [],
    )
    await sandbox.destroy()
    assert.deepEqual(processesOf(firstUser, slots + 1), [])
  })

  it('says what is missing when no runsc can be had', async () => {
    const { folder: _, ...options } = { folder: '', log: silentLog, nodeBinary: process.execPath, slots, limits: contractLimits }
    await using driver = closing(createGvisorDriver({ ...options, folder: testGvisorFolder, program: '/nowhere/runsc' }))
    const probe = await driver.probe()
    assert.equal(probe.usable, false)
    assert.match(probe.summary, /^not usable here: .*\/nowhere\/runsc/)
    assert.notEqual(probe.findings.at(-1)?.remedy, '')
  })
})

function closing(driver: ReturnType<typeof makeDriver>) {
  return Object.assign(driver, { [Symbol.asyncDispose]: () => driver.close() })
}
