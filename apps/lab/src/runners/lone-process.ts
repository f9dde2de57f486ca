/**
 * The process driver has no isolation: its programs run in a network of their own that is only a loopback, hence all of it runs in
 * a process that was put there. Told "run" or "settle" by lines, it answers a line of JSON each.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type BenchProgram, plainEnvironment, type Runner } from './runner.ts'
import { sandboxRunner } from './sandbox.ts'
import { processWay } from './ways.ts'

const loopbackUp = `
import fcntl, os, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x41))
os.execv(sys.argv[1], sys.argv[1:])
`

/** Null where namespaces cannot be made. */
export async function loneProcessRunner(program: BenchProgram): Promise<Runner | null> {
  const asUser = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const inner = ['--', 'python3', '-c', loopbackUp, process.execPath, fileURLToPath(import.meta.url), JSON.stringify(program)]
  const child = spawn('unshare', [...asUser, '--net', '--pid', '--fork', '--kill-child', '--mount-proc', ...inner], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...plainEnvironment, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: join(import.meta.dirname, '../../../..'),
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const waiting: ((line: string) => void)[] = []
  const over = (async () => {
    for (let next = await lines.next(); !next.done; next = await lines.next()) waiting.shift()?.(next.value)
    for (const answer of waiting.splice(0)) answer('null')
  })()
  const ask = (order: 'run' | 'settle'): Promise<string> =>
    new Promise((answer) => {
      waiting.push(answer)
      child.stdin.write(`${order}\n`)
    })
  child.stdin.on('error', () => {})
  if ((await ask('settle')) === 'null') return null
  return {
    name: 'process',
    settle: async () => void (await ask('settle')),
    async close() {
      child.stdin.end()
      await over
    },
    async runOnce() {
      const answer = JSON.parse(await ask('run')) as Awaited<ReturnType<Runner['runOnce']>> | null
      if (answer === null) throw new Error('the process driver ended')
      return answer
    },
  }
}

async function serve(program: BenchProgram): Promise<void> {
  const runner = sandboxRunner(program, { ...processWay, driver: await processWay.make(null) })
  // Orders overlap; answers keep their order.
  let turn: Promise<unknown> = Promise.resolve()
  for await (const order of createInterface({ input: process.stdin })) {
    const answer = order === 'run' ? runner.runOnce() : runner.settle().then(() => 'settled')
    turn = Promise.all([turn, answer]).then(([, said]) => process.stdout.write(`${JSON.stringify(said)}\n`))
  }
  await turn
  await runner.close()
  process.exit(0)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(JSON.parse(process.argv[2] ?? '') as BenchProgram)
