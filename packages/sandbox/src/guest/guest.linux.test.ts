/** What only boxes behind a guest agent can get wrong: the way out, the agent's own streams, and what is left of a box. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { silentLog } from '@atelier/base/log'
import { processesOf } from '../container/host-processes.ts'
import { createOciContainerDriver } from '../container/oci/oci-container.ts'
import { contractLimits, programOf } from '../contract/run-program.ts'
import { createGvisorDriver } from '../gvisor/gvisor.ts'
import { testGvisorFolder } from '../gvisor/test-runsc.ts'
import type { Root, SandboxDriver, SandboxEnd, Warmth } from '../sandbox.ts'
import { ensureToolchainForTests } from '../toolchain/test-toolchain.ts'

/** A range of users of this test's own, so that other servers on the machine do not disturb the counting. */
const firstUser = 2_040_000_000 + randomInt(100_000) * 100
const slots = 4
const options = { log: silentLog, nodeBinary: process.execPath, slots, limits: contractLimits, firstUser }
const drivers = {
  gVisor: () => createGvisorDriver({ ...options, folder: testGvisorFolder, environment: process.env }),
  crun: () => createOciContainerDriver(options),
}

const imports = {
  gVisor: "import { createGvisorDriver as make } from '../gvisor/gvisor.ts'",
  crun: "import { createOciContainerDriver as make } from '../container/oci/oci-container.ts'",
}

for (const [name, make] of Object.entries(drivers)) {
  describe(`a box of ${name}`, { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'atelier-way-out-'))
    const proxySocket = join(folder, 'proxy')
    const proxy = createServer(answer)
    let driver: SandboxDriver
    before(async () => {
      driver = make()
      proxy.listen(proxySocket)
      await once(proxy, 'listening')
    })
    after(async () => {
      await driver.close()
      proxy.close()
      rmSync(folder, { recursive: true })
    })

    async function run(
      text: string,
      more: object = {},
      warmth: Warmth = 'python',
      root: Root = { kind: 'host' },
    ): Promise<SandboxEnd & { stdout: string }> {
      const sandbox = await driver.open({ root, warmth })
      let stdout = ''
      const program = { ...programOf({ argv: ['main.py'], files: { 'main.py': text } }), ...more }
      const running = sandbox.start(program, (_, bytes) => {
        stdout += Buffer.from(bytes).toString()
      })
      running.endInput()
      const end = await running.ended
      await sandbox.destroy()
      return { ...end, stdout }
    }

    it('leads a program with egress to its proxy, both ways, as much as it sends', async () => {
      const talk = `
import socket
for size in (1, 1_000_000):
    s = socket.create_connection(("127.0.0.1", 3128))
    s.sendall(b"x" * size)
    s.shutdown(socket.SHUT_WR)
    total = 0
    while data := s.recv(65536): total += len(data)
    print(total)
`
      const ran = await run(talk, { egress: { proxySocket } })
      assert.equal(ran.stdout, '2\n2000000\n', JSON.stringify(ran))
      const without = await run(
        'import socket\ntry: socket.create_connection(("127.0.0.1", 3128))\nexcept OSError: print("none")',
      )
      assert.equal(without.stdout, 'none\n')
    })

    it('leads to the proxy under the toolchain image’s Python too, whose frames are hidden in another way', async () => {
      const { folder } = await ensureToolchainForTests()
      const talk =
        'import socket\ns = socket.create_connection(("127.0.0.1", 3128))\ns.sendall(b"x")\ns.shutdown(1)\nprint(len(s.recv(9)), s.recv(9))'
      const ran = await run(talk, { egress: { proxySocket } }, 'python', { kind: 'image', folder })
      assert.equal(ran.stdout, "2 b''\n", JSON.stringify(ran))
    })

    it('shows a program nothing that its agent has open', async () => {
      const look = `
import os
for pid in sorted(name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()):
    for place in ("fd", "mem"):
        try:
            path = "/proc/%s/%s" % (pid, place)
            found = os.listdir(path) if place == "fd" else open(path, "rb").read(1)
            if found: print(path, found)
        except OSError: pass
for place in ("/z", "/z/agent", "/z/groups"):
    try: print(os.listdir(place)) if os.listdir(place) else None
    except OSError: pass
print("seen")
`
      assert.equal((await run(look)).stdout, 'seen\n')
    })

    it('is gone when its server is killed, even if nothing in it obeys any more', async () => {
      const users = { first: firstUser + 50, count: slots + 1 }
      const script = `
        import { silentLog } from '@atelier/base/log'
        import { contractLimits as limits } from '../contract/run-program.ts'
        ${imports[name as keyof typeof imports]}
        const driver = make({ log: silentLog, nodeBinary: process.execPath, slots: ${slots}, limits, firstUser: ${users.first},
          folder: ${JSON.stringify(testGvisorFolder)} })
        await driver.open({ root: { kind: 'host' }, warmth: 'exec' })
        console.log('open')
        setInterval(() => {}, 1000)`
      const server = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(server.stdout, 'data')
      const left = () => processesOf(users.first, users.count)
      assert.ok(left().length > 0)
      for (const { pid } of left()) stop(pid)
      server.kill('SIGKILL')
      await once(server, 'close')
      await isEmpty(left)
    })

    it('is gone with all that it had, whatever its program left running', async () => {
      const groupsOf = () =>
        ['memory', 'pids', 'cpu', 'cpuacct', 'unified', '.']
          .flatMap((kind) => listed(`/sys/fs/cgroup/${kind}`))
          .filter((group) => group.startsWith(`atelier-${process.pid}-`))
      const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8')
      await run('print(1)')
      const before = { groups: groupsOf(), mounts: mounts(), descriptors: readdirSync('/proc/self/fd').length }
      const leaves = 'import os\nfor _ in range(5):\n  if os.fork() == 0:\n    os.setsid()\n    while True: pass\nprint("left")'
      const all = await Promise.all([1, 2, 3, 4].map(() => run(leaves)))
      assert.deepEqual(new Set(all.map((ran) => ran.stdout)), new Set(['left\n']))
      await isEmpty(() => processesOf(firstUser, slots + 1))
      assert.deepEqual({ groups: groupsOf(), mounts: mounts() }, { groups: before.groups, mounts: before.mounts })
      assert.ok(readdirSync('/proc/self/fd').length <= before.descriptors + 2)
    })
  })
}

/** What was killed takes the kernel a moment to take down. */
async function isEmpty(left: () => readonly object[]): Promise<void> {
  for (let tries = 0; tries < 1200 && left().length > 0; tries += 1) await wait(50)
  assert.deepEqual(left(), [])
}

function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGSTOP')
  } catch (error) {
    // It may have ended by itself since it was seen.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Says everything twice. */
function answer(connection: Socket): void {
  connection.on('error', () => {})
  connection.on('data', (bytes) => {
    connection.write(bytes)
    connection.write(bytes)
  })
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
