/** Nothing outlives its box, and no box outlives its server. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { silentLog } from '@atelier/base/log'
import { chain } from '../cgroups/base-v2.ts'
import { readHierarchy } from '../cgroups/hierarchy.ts'
import { contractLimits, runProgram } from '../contract/run-program.ts'
import type { Warmth } from '../sandbox.ts'
import { createContainerDriver } from './container.ts'
import { findProcesses, processesOf } from './host-processes.ts'

const asRoot = process.geteuid?.() === 0

/** A range of users of this test's own, so that other servers on the machine do not disturb the counting. */
const firstUser = 2_000_000_000 + randomInt(100_000) * 100
const open = () =>
  createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 12, limits: contractLimits, firstUser })

describe('a container leaves nothing behind', { timeout: 300_000 }, () => {
  it('after 300 executions of every kind and end', async () => {
    const driver = open()
    const kinds = [
      { warmth: 'python', text: { argv: ['main.py'], files: { 'main.py': 'print(1)' } } },
      { warmth: 'exec', text: { argv: ['sh', '-c', 'setsid sleep 60 & exit 3'] } },
      { warmth: 'python', text: { argv: ['main.py'], files: { 'main.py': 'open("/tmp/x", "w").write("x" * 1000000); 1/0' } } },
      { warmth: 'exec', text: { argv: ['yes'], limits: { outputBytes: 10_000 } } },
      { warmth: 'exec', text: { argv: ['true'], limits: { memoryBytes: 64 * 1024 * 1024, diskBytes: 1024 * 1024 } } },
    ] as const
    const one = async (index: number) => {
      const kind = kinds[index % kinds.length]
      if (kind === undefined) return
      const ran = await runProgram(driver, { root: { kind: 'host' }, warmth: kind.warmth }, kind.text)
      assert.notEqual(ran.reason, 'infrastructure', ran.fault)
    }
    await Promise.all(kinds.map((_, index) => one(index)))
    const nodes: Warmth[] = ['node', 'node']
    for (const warmth of nodes)
      await runProgram(driver, { root: { kind: 'host' }, warmth }, { argv: ['x.js'], files: { 'x.js': '' } })
    const before = holdings()
    let next = 0
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        while (next < 300) await one(next++)
      }),
    )
    await holdsAgain(before)
    await driver.close()
    await until(() => holdings().groups === 0)
    await until(() => holdings().processes === 0)
  })

  it('when sandboxes are opened and destroyed unused, or their caller goes away', async () => {
    const driver = open()
    const spec = { root: { kind: 'host' }, warmth: 'exec' } as const
    await (await driver.open(spec)).destroy()
    const before = holdings()
    const controllers = Array.from({ length: 20 }, () => new AbortController())
    const opening = controllers.map((controller) =>
      driver.open(spec, controller.signal).then(
        (sandbox) => sandbox.destroy(),
        () => {},
      ),
    )
    for (const controller of controllers.slice(10)) controller.abort(new Error('gone'))
    await Promise.all(opening)
    await holdsAgain(before)
    await driver.close()
    await assert.rejects(driver.open(spec))
  })

  it('when its server is killed with SIGKILL; the next start removes its groups', async () => {
    const marker = `12.${BigInt(`0x${randomBytes(6).toString('hex')}`)}`
    const script = `
      import { silentLog } from '@atelier/base/log'
      import { createContainerDriver } from ${JSON.stringify(join(import.meta.dirname, 'container.ts'))}
      const limits = ${JSON.stringify(contractLimits)}
      const driver = createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 4, limits, firstUser: ${firstUser + 50} })
      const spec = { root: { kind: 'host' }, warmth: 'exec' }
      for (let i = 0; i < 3; i += 1) {
        const sandbox = await driver.open(spec)
        sandbox.start({ argv: ['sh', '-c', 'setsid sleep ${marker} & sleep ${marker}'], environment: {}, files: [], limits }, () => {})
      }
      await driver.open({ root: { kind: 'host' }, warmth: 'node' })
      console.log('up')`
    const server = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(server.stdout, 'data')
    await until(() => findProcesses(`sleep ${marker}`).length >= 6)
    const pid = server.pid ?? 0
    if (asRoot) assert.ok(groupsOf(pid) > 0)
    server.kill('SIGKILL')
    await once(server, 'close')
    await until(() => findProcesses(`sleep ${marker}`).length === 0 && (!asRoot || processesOf(firstUser + 50, 5).length === 0))
    const driver = open()
    await until(async () => {
      await driver.probe()
      return groupsOf(pid) === 0
    })
    await driver.close()
  })

  it('when its zygote is stopped and obeys nobody: a killed program still ends', async () => {
    const driver = open()
    const spec = { root: { kind: 'host' }, warmth: 'exec' } as const
    const ran = await runProgram(driver, spec, { argv: ['sh', '-c', 'echo ready; exec sleep 60'] }, async (running, output) => {
      await output.until('ready')
      for (const zygote of findProcesses('/z/inside/zygote.py').filter((found) => monitors().includes(found.parent)))
        process.kill(zygote.pid, 'SIGSTOP')
      running.kill()
    })
    assert.equal(ran.reason, 'killed')
    await driver.close()
  })

  it('when its zygote is killed: running programs end as infrastructure, and the next box opens', async () => {
    const driver = open()
    const spec = { root: { kind: 'host' }, warmth: 'exec' } as const
    const idle = await driver.open(spec)
    const ran = await runProgram(driver, spec, { argv: ['sh', '-c', 'echo ready; sleep 60'] }, async (_, output) => {
      await output.until('ready')
      for (const monitor of monitors()) process.kill(monitor, 'SIGKILL')
    })
    assert.equal(ran.reason, 'infrastructure')
    await idle.died
    await idle.destroy()
    assert.equal((await runProgram(driver, spec, { argv: ['echo', 'again'] })).stdout, 'again\n')
    await driver.close()
  })
})

/** What this process holds on the machine. */
function holdings(): { descriptors: number; groups: number; processes: number; mounts: number } {
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    groups: groupsOf(process.pid),
    processes: asRoot ? processesOf(firstUser, 50).length : 0,
    mounts: readFileSync('/proc/self/mountinfo', 'latin1').split('\n').length,
  }
}

/** Folders of boxes in the groups of the server with this process id, over all hierarchies. */
function groupsOf(pid: number): number {
  const { v1, v2 } = readHierarchy()
  const bases = [...new Set([...v1.values(), ...(v2 === null ? [] : chain(v2.own, v2.mount))])]
  return bases
    .flatMap((base) => readdirSync(base).flatMap((name) => (name.startsWith(`atelier-${pid}-`) ? [join(base, name)] : [])))
    .reduce((sum, folder) => sum + 1 + foldersIn(folder), 0)
}

function foldersIn(folder: string): number {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).length
  } catch {
    return 0 // it was removed just now
  }
}

/** The outer bubblewrap processes that this process started; a zygote is the child of one. */
function monitors(): number[] {
  return findProcesses('bwrap').flatMap((found) => (found.parent === process.pid ? [found.pid] : []))
}

/** What was killed takes the kernel a moment to take down. */
async function holdsAgain(before: ReturnType<typeof holdings>): Promise<void> {
  for (let tries = 0; tries < 6000 && !isDeepStrictEqual(holdings(), before); tries += 1) await wait(10)
  assert.deepEqual(holdings(), before)
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    assert.ok(tries < 6000, 'it did not come about')
    await wait(10)
  }
}
