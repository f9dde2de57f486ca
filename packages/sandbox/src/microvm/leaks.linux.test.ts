/** Nothing outlives its machine, and no machine outlives its server. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLog } from '@atelier/base/log'
import { readHierarchy } from '../cgroups/hierarchy.ts'
import { folders } from '../cgroups/instance.ts'
import { contractLimits, runProgram } from '../contract/run-program.ts'
import { ensureToolchainForTests } from '../toolchain/test-toolchain.ts'
import { createMicrovmDriver } from './microvm.ts'
import { testAssetsFolder } from './test-machines.ts'

const { folder } = await ensureToolchainForTests()
const spec = { root: { kind: 'image', folder }, warmth: 'exec' } as const

/** Users of this test's own, so that other servers on the machine do not disturb the counting. */
const firstUser = 2_010_000_000 + randomInt(100_000) * 100
const open = () =>
  createMicrovmDriver({
    ...{ log: silentLog, nodeBinary: process.execPath, slots: 6, limits: contractLimits, firstUser },
    ...{ folder: testAssetsFolder, image: () => folder },
  })

describe('a machine leaves nothing behind', { timeout: 280_000 }, () => {
  it('after 40 executions of every end', async () => {
    const driver = open()
    const texts = [
      { argv: ['true'] },
      { argv: ['sh', '-c', 'setsid sleep 60 & exit 3'] },
      { argv: ['yes'], limits: { outputBytes: 10_000 } },
      { argv: ['sleep', '60'], limits: { wallMs: 300 } },
      { argv: ['true'], limits: { memoryBytes: 64 * 1024 * 1024, diskBytes: 1024 * 1024 } },
    ]
    const one = async (index: number) => {
      const text = texts[index % texts.length]
      if (text === undefined) return
      const ran = await runProgram(driver, spec, text, text.argv[0] === 'sleep' ? () => {} : undefined)
      assert.notEqual(ran.reason, 'infrastructure', ran.fault)
    }
    await one(0)
    const before = await holdingsAtRest()
    assert.deepEqual(before.processes, [])
    let next = 0
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        while (next < 40) await one(next++)
      }),
    )
    assert.deepEqual(await holdingsAtRest(), before)
    await driver.close()
    assert.equal(holdings().groups, 0)
  })

  it('when machines are opened and destroyed unused, or their caller goes away', async () => {
    const driver = open()
    await (await driver.open(spec)).destroy()
    const before = await holdingsAtRest()
    const controllers = Array.from({ length: 12 }, () => new AbortController())
    const opening = controllers.map((controller) =>
      driver.open(spec, controller.signal).then(
        (sandbox) => sandbox.destroy(),
        () => {},
      ),
    )
    for (const controller of controllers.slice(6)) controller.abort(new Error('gone'))
    await Promise.all(opening)
    assert.deepEqual(await holdingsAtRest(), before)
    await driver.close()
    await assert.rejects(driver.open(spec))
    assert.deepEqual(
      readdirSync(testAssetsFolder).filter((name) => /^(state|making)-/.test(name)),
      [],
    )
  })

  it('when its server is killed with SIGKILL', async () => {
    const script = `
      import { silentLog } from '@atelier/base/log'
      import { contractLimits } from '../contract/run-program.ts'
      import { createMicrovmDriver } from './microvm.ts'
      const driver = createMicrovmDriver({ log: silentLog, nodeBinary: process.execPath, slots: 2, limits: contractLimits,
        folder: ${JSON.stringify(testAssetsFolder)}, image: () => null, firstUser: ${firstUser} })
      await driver.open(${JSON.stringify(spec)})
      console.log('open')
      setInterval(() => {}, 1000)`
    const server = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(server.stdout, 'data')
    assert.ok(holdings().processes.length > 0)
    server.kill('SIGKILL')
    await once(server, 'close')
    assert.deepEqual((await holdingsAtRest()).processes, [])
  })
})

/** A killed process takes the kernel a moment to take down, on a busy machine more than one. */
async function holdingsAtRest(): Promise<ReturnType<typeof holdings>> {
  for (let tries = 0; tries < 1200 && processesOfOurUsers().length > 0; tries++) await wait(50)
  return holdings()
}

/** What this process and its machines hold. */
function holdings() {
  const descriptors = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
  const { v1, v2 } = readHierarchy()
  const bases = [...new Set([...v1.values(), ...(v2 === null ? [] : [v2.own])])]
  const groups = bases.flatMap((base) =>
    folders(base)
      .filter((name) => name.startsWith(`atelier-${process.pid}-`))
      .flatMap((name) => [name, ...folders(join(base, name))]),
  )
  const files = descriptors.filter((path) => !/socket|pipe|anon_inode|eventpoll/.test(path)).length
  return { processes: processesOfOurUsers(), groups: groups.length, files }
}

function processesOfOurUsers(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1')
      const user = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
      const isOurs = user >= firstUser && user < firstUser + 100 && !/^State:\s+Z/m.test(status)
      return isOurs ? [`${pid} ${/^Name:\s+(.*)$/m.exec(status)?.[1]}`] : []
    } catch {
      return []
    }
  })
}
