/** The container driver where user namespaces are forbidden: its OCI flavour keeps the same promises. Needs root and crun. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLog } from '@atelier/base/log'
import { openCgroups } from '../../cgroups/open-cgroups.ts'
import { contractLimits, runProgram } from '../../contract/run-program.ts'
import { sandboxContract } from '../../contract/sandbox.contract.ts'
import { examineDriver } from '../../posture/examine.ts'
import { processesOf } from '../host-processes.ts'
import { createOciContainerDriver } from './oci-container.ts'

/** A range of users of this test's own, so that other servers on the machine do not disturb the counting. */
const firstUser = 2_060_000_000 + randomInt(100_000) * 100
const slots = 16

const makeDriver = () =>
  createOciContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots, limits: contractLimits, firstUser })

const groups = openCgroups(contractLimits, null)
await groups.close()

sandboxContract('container (crun)', makeDriver, { root: { kind: 'host' }, exactLimits: groups.kind !== 'none' })

describe('a container without user namespaces', { timeout: 120_000 }, () => {
  it('is usable here, examined from inside, and holds no process of root', async () => {
    await using driver = Object.assign(makeDriver(), { [Symbol.asyncDispose]: () => driver.close() })
    const probe = await examineDriver(driver, { roots: [{ kind: 'host' }], limits: contractLimits })
    assert.equal(probe.usable, true, JSON.stringify(probe))
    const sandbox = await driver.open({ root: { kind: 'host' }, warmth: 'python' })
    const users = processesOf(firstUser, slots + 1).map((found) => found.users)
    assert.deepEqual(users.map((each) => [...new Set(each)]).sort(), [[firstUser], [firstUser + 1]])
    await sandbox.destroy()
    // What was killed takes the kernel a moment to take down.
    for (let tries = 0; tries < 1200 && processesOf(firstUser, slots + 1).length > 0; tries += 1) await wait(50)
    assert.deepEqual(processesOf(firstUser, slots + 1), [])
  })

  it('is the same user namespace as the host, and still no way to a capability', async () => {
    await using driver = Object.assign(makeDriver(), { [Symbol.asyncDispose]: () => driver.close() })
    const script =
      'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status | tr -d "\\t"; ls /z 2>&1; cat /proc/1/environ 2>&1 | head -c 100'
    const ran = await runProgram(driver, { root: { kind: 'host' }, warmth: 'exec' }, { argv: ['sh', '-c', script] })
    const none = '0000000000000000'
    const facts = [...['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:${none}`), 'NoNewPrivs:1', 'Seccomp:2']
    const refusals = ["ls: cannot open directory '/z': Permission denied", 'cat: /proc/1/environ: Permission denied']
    assert.equal(ran.stdout, [...facts, ...refusals, ''].join('\n'))
  })
})
