/** What a way out of a box costs, and how fast it is: boxes with and without one, and a download through its proxy. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { silentLog } from '@atelier/base/log'
import { createContainerDriver } from '@atelier/sandbox/container/container'
import { EgressDoors, egressBitsPerSecond } from '@atelier/sandbox/egress/egress'
import type { Egress, SandboxLimits } from '@atelier/sandbox/sandbox'

const limits: SandboxLimits = {
  ...{ cpuMs: 20_000, wallMs: 60_000, memoryBytes: 256 * 2 ** 20, processes: 64 },
  ...{ diskBytes: 64 * 2 ** 20, diskFiles: 16_384, outputBytes: 2 ** 20 },
}
const rounds = 60
const downloadBytes = 5_000_000

/** Stands for the internet; the proxy is told that this machine's loopback is part of it. */
const web = createServer((_incoming, answer) => answer.end(Buffer.alloc(downloadBytes, 'x')))
web.listen(0, '127.0.0.1')
await once(web, 'listening')
const { port } = web.address() as AddressInfo
const doors = new EgressDoors({
  policy: { hosts: ['internet.test'], ports: [port], bytes: 1e9 },
  ...{ log: silentLog, resolve: async () => ['127.0.0.1'], isAllowedAddress: () => true },
})
const options = { log: silentLog, nodeBinary: process.execPath, slots: 4, limits }
const without = createContainerDriver(options)
const offering = createContainerDriver({ ...options, firstUser: 1_900_001_000, egressFolder: doors.folder })

try {
  const rows = {
    'a server that offers none': () => run(without, 'print(1)'),
    'a server that offers one, not asked for': () => run(offering, 'print(1)'),
    'asked for, not used': () => withDoor((door) => run(offering, 'print(1)', door)),
  }
  const times = Object.keys(rows).map((): number[] => [])
  // In turn, and each after each, so that whatever else the machine does meets all of them alike.
  for (let round = 0; round < rounds + 5; round += 1) {
    for (let step = 0; step < times.length; step += 1) {
      const index = (round + (round % 2 === 0 ? step : times.length - step)) % times.length
      const firstMs = (await Object.values(rows)[index]?.())?.firstMs ?? 0
      if (round >= 5) times[index]?.push(firstMs)
    }
  }
  process.stdout.write(`click to first byte of a warm Python, ${rounds} times, milliseconds\n`)
  for (const [index, name] of Object.keys(rows).entries()) {
    const sorted = (times[index] ?? []).sort((a, b) => a - b)
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2).padStart(8)
    process.stdout.write(`  ${name.padEnd(42)} p50 ${at(0.5)}   p95 ${at(0.95)}\n`)
  }
  const download = `import urllib.request\nprint(len(urllib.request.urlopen("http://internet.test:${port}/").read()))`
  const { ms, output } = await withDoor((door) => run(offering, download, door))
  if (output !== `${downloadBytes}\n`) throw new Error(`the download answered ${output}`)
  const rate = (downloadBytes * 8) / (ms / 1000) / 1e6
  process.stdout.write(
    `download of ${downloadBytes / 1e6} MB: ${(ms / 1000).toFixed(2)} s, ${rate.toFixed(2)} Mbit/s of ${egressBitsPerSecond / 1e6} allowed\n`,
  )
} finally {
  await Promise.all([without.close(), offering.close()])
  doors.close()
  web.close()
  web.closeAllConnections()
}

async function withDoor<T>(use: (door: Egress) => Promise<T>): Promise<T> {
  const door = await doors.open('bench', ['internet.test'])
  try {
    return await use(door)
  } finally {
    door.close()
  }
}

async function run(driver: typeof without, text: string, egress?: Egress) {
  const sandbox = await driver.open({ root: { kind: 'host' }, warmth: 'python' })
  const startedAt = performance.now()
  let firstMs = 0
  let output = ''
  const files = [{ path: 'main.py', content: Buffer.from(text) }]
  const program = { argv: ['main.py'], environment: {}, files, limits, ...(egress === undefined ? {} : { egress }) }
  const running = sandbox.start(program, (_stream, bytes) => {
    firstMs ||= performance.now() - startedAt
    output += Buffer.from(bytes)
  })
  running.endInput()
  await running.ended
  const ms = performance.now() - startedAt
  await sandbox.destroy()
  return { firstMs, ms, output }
}
