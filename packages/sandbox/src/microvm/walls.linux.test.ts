/** The walls of a machine: what its program sees, what two copies share, and what is left to QEMU itself. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { release } from 'node:os'
import { after, describe, it } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { contractLimits, runProgram } from '../contract/run-program.ts'
import type { Warmth } from '../sandbox.ts'
import { ensureToolchainForTests } from '../toolchain/test-toolchain.ts'
import { createMicrovmDriver } from './microvm.ts'
import { testAssetsFolder } from './test-machines.ts'

const { folder } = await ensureToolchainForTests()
const asRoot = process.geteuid?.() === 0
const firstUser = 2_030_000_000 + randomInt(100_000) * 100

describe('machines', { timeout: 280_000 }, () => {
  const driver = createMicrovmDriver({
    ...{ log: silentLog, nodeBinary: process.execPath, slots: 4, limits: contractLimits, firstUser },
    ...{ folder: testAssetsFolder, image: () => folder },
  })
  after(() => driver.close())
  const spec = (warmth: Warmth) => ({ root: { kind: 'image', folder }, warmth }) as const
  const run = (warmth: Warmth, file: string, text: string) =>
    runProgram(driver, spec(warmth), { argv: [file], files: { [file]: text } })

  it('roll dice of their own and know the time, although they are copies of one', async () => {
    const python = 'import os, random, time, uuid\nprint(random.random(), os.urandom(8).hex(), uuid.uuid4(), time.time() * 1000)'
    const node = 'console.log(Math.random(), require("crypto").randomBytes(8).toString("hex"), crypto.randomUUID(), Date.now())'
    for (const [warmth, file, text] of [
      ['python', 'main.py', python],
      ['node', 'main.js', node],
    ] as const) {
      const rolls: string[][] = []
      for (let copy = 0; copy < 2; copy++) {
        const before = Date.now()
        const { stdout, stderr } = await run(warmth, file, text)
        const [number = '', bytes = '', id = '', time = ''] = stdout.trim().split(' ')
        assert.equal(stderr, '')
        assert.ok(Number(time) >= before - 60_000 && Number(time) <= Date.now() + 60_000, `${warmth}: ${time}`)
        rolls.push([number, bytes, id])
      }
      const [first = [], second = []] = rolls
      for (const [index, roll] of first.entries()) assert.notEqual(roll, second[index], `${warmth} ${roll}`)
    }
  })

  it('have a kernel of their own, no network device, no disk, and no port to the server within a program’s reach', async () => {
    const script =
      'uname -r; ls /dev /sys; tail -n +3 /proc/net/dev | cut -d: -f1; find / -xdev -name "vport*" -o -xdev -name "vd[a-z]" 2>/dev/null; cat /z/agent/agent.py'
    const ran = await runProgram(driver, spec('exec'), { argv: ['sh', '-c', script] })
    const [kernel, ...rest] = ran.stdout
      .trim()
      .split('\n')
      .map((line) => line.trim())
    assert.notEqual(kernel, release())
    const places = [
      '/dev:',
      'core',
      'fd',
      'full',
      'null',
      'ptmx',
      'pts',
      'random',
      'shm',
      'stderr',
      'stdin',
      'stdout',
      'tty',
      'urandom',
      'zero',
    ]
    assert.deepEqual(
      rest.filter((line) => line !== ''),
      [...places, '/sys:', 'lo'],
    )
    assert.match(ran.stderr, /No such file/)
  })

  it('leave QEMU no rights: an own user, no capability, a filter, nothing of the host but its programs', async () => {
    const sandbox = await driver.open(spec('exec'))
    const { pid, status } = findQemu(asRoot ? firstUser : (process.geteuid?.() ?? 0))
    const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1]
    const user = Number(field('Uid')?.split('\t')[0])
    if (asRoot) assert.ok(user > firstUser && user < firstUser + 100, String(user))
    assert.deepEqual(
      [field('CapEff'), field('CapBnd'), field('NoNewPrivs'), field('Seccomp')],
      ['0'.repeat(16), '0'.repeat(16), '1', '2'],
    )
    for (const kind of ['net', 'pid', 'mnt', 'ipc', 'user'])
      assert.notEqual(readlinkSync(`/proc/${pid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`), kind)
    assert.deepEqual(readdirSync(`/proc/${pid}/root`).sort(), ['bin', 'dev', 'lib', 'lib64', 'proc', 'usr'])
    assert.deepEqual(readdirSync(`/proc/${pid}/root/dev`), [])
    assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'latin1'), /ATELIER|HOME/)
    await sandbox.destroy()
  })
})

function findQemu(user: number): { pid: string; status: string } {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1')
      const owner = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
      if (/^Name:\s+qemu-system/m.test(status) && owner >= user && owner < user + 100) return { pid, status }
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error('no QEMU of ours is running')
}
