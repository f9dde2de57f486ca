/** A program in a real box, its proxy, and servers on this machine's loopback that stand for the internet. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '../container/container.ts'
import { processesOf } from '../container/host-processes.ts'
import { contractLimits, programOf } from '../contract/run-program.ts'
import type { Egress, SandboxDriver, SandboxEnd, Warmth } from '../sandbox.ts'
import { EgressDoors } from './egress.ts'

/** A range of users of this test's own, so that other servers on the machine do not disturb the counting. */
const firstUser = 2_020_000_000 + randomInt(100_000) * 100

const python = `
import os, socket, urllib.request
def get(url):
    try: return urllib.request.urlopen(url, timeout=5).read().decode()
    except Exception as error: return type(error).__name__ + " " + str(getattr(error, "code", ""))
print(get("http://allowed.test:@PORT@/x"))
print(get("http://other.test:@PORT@/x"))
try: socket.create_connection(("127.0.0.1", @PORT@), 2); print("connected past the proxy")
except OSError: print("no other way")
print(sorted(name for name in os.listdir("/proc") if name.isdigit()), os.path.exists("/z/egress"))
`

describe('egress from a container', { timeout: 60_000 }, () => {
  let driver: SandboxDriver
  let doors: EgressDoors
  const web = createServer((incoming, answer) => answer.end(`hello ${incoming.headers.host?.split(':')[0]}${incoming.url}`))
  let port = 0

  before(async () => {
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    port = (web.address() as AddressInfo).port
    doors = new EgressDoors({
      policy: { hosts: ['allowed.test'], ports: [port], bytes: 1_000_000 },
      log: silentLog,
      resolve: async () => ['127.0.0.1'],
      isAllowedAddress: (address) => address === '127.0.0.1',
    })
    const own = { egressFolder: doors.folder, firstUser }
    const limits = contractLimits
    driver = createContainerDriver({ log: silentLog, nodeBinary: process.execPath, slots: 4, limits, ...own })
  })
  after(async () => {
    await driver.close()
    doors.close()
    web.close()
    web.closeAllConnections()
  })

  async function run(warmth: Warmth, file: string, text: string, egress?: Egress): Promise<SandboxEnd & { stdout: string }> {
    const sandbox = await driver.open({ root: { kind: 'host' }, warmth })
    let stdout = ''
    const program = programOf({ argv: [file], files: { [file]: text.replaceAll('@PORT@', String(port)) } })
    const running = sandbox.start({ ...program, ...(egress === undefined ? {} : { egress }) }, (_stream, bytes) => {
      stdout += Buffer.from(bytes)
    })
    running.endInput()
    const end = await running.ended
    await sandbox.destroy()
    return { ...end, stdout }
  }

  it('leads through the proxy to the hosts that are allowed, and nowhere else', async () => {
    const door = await doors.open('e1', ['allowed.test'])
    const { stdout } = await run('python', 'main.py', python, door)
    const seen = "['1', '2'] False\n"
    assert.equal(stdout, `hello allowed.test/x\nHTTPError 403\nno other way\n${seen}`)
    assert.ok(door.usedBytes > 0)
    door.close()
  })

  it('is found by Node’s own fetch', async () => {
    const door = await doors.open('e2', ['allowed.test'])
    const text = 'console.log(await (await fetch("http://allowed.test:@PORT@/y")).text())'
    assert.equal((await run('node', 'main.mjs', text, door)).stdout, 'hello allowed.test/y\n')
    door.close()
  })

  it('is not there for a program that did not ask, even while another has it', async () => {
    const door = await doors.open('e3', ['allowed.test'])
    const text =
      'import os, socket\ntry: socket.create_connection(("127.0.0.1", 3128), 2); print("connected")\nexcept OSError as error: print(error.strerror, "HTTP_PROXY" in os.environ)'
    const [without] = await Promise.all([run('python', 'main.py', text), run('python', 'main.py', python, door)])
    assert.equal(without.stdout, 'Connection refused False\n')
    door.close()
  })

  it('ends with its execution: a proxy that is gone refuses, and the box goes on', async () => {
    const door = await doors.open('e4', ['allowed.test'])
    door.close()
    const { stdout, reason } = await run('python', 'main.py', python, door)
    assert.equal(reason, 'exited')
    assert.doesNotMatch(stdout, /hello/)
  })

  it('is refused with a reason where the proxy is not in the driver’s folder', async () => {
    const end = await run('python', 'main.py', 'print("ran")', { proxySocket: '/tmp/elsewhere' })
    assert.deepEqual([end.reason, end.stdout], ['infrastructure', ''])
    assert.match(end.fault ?? '', /not in the folder/)
  })

  it('leaves no relay behind', { skip: process.geteuid?.() !== 0 }, async () => {
    const before = processesOf(firstUser, 5).length
    const door = await doors.open('e7', ['allowed.test'])
    await run('python', 'main.py', 'import os\nif os.fork() == 0: os.pause()', door)
    door.close()
    for (let tries = 0; processesOf(firstUser, 5).length > before; tries += 1) {
      assert.ok(tries < 6000, 'a relay is still there')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })

  it('survives a program that connects without end', async () => {
    const door = await doors.open('e5', ['allowed.test'])
    const flood = `
import socket
held = []
for i in range(3000):
    try:
        one = socket.create_connection(("127.0.0.1", 3128), 0.2); one.send(b"GET http://allowed.test:@PORT@/ HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); held.append(one)
    except OSError: break
    if len(held) > 200: held.pop(0).close()
print("flooded")
`
    assert.equal((await run('python', 'main.py', flood, door)).stdout, 'flooded\n')
    const next = await doors.open('e6', ['allowed.test'])
    assert.match((await run('python', 'main.py', python, next)).stdout, /^hello/)
    door.close()
    next.close()
  })
})
