/** Operational transformation: our engine, with every operation stored before it is told, beside ShareDB, which keeps all in memory. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { median } from '../statistics.ts'
import { type Figures, rounded } from './goals.ts'
import type { Ordered, OrderedOrder } from './ordered-load.ts'
import { call, startOurServer } from './our-server.ts'
import { cpuMsOf } from './processor.ts'

const shape = { typists: 50, keysPerSecond: 10, units: 20_000 }
const seedText = 'The text that everybody begins with. '.repeat(1000).slice(0, shape.units)

type Row = Ordered & { readonly serverMs: number; readonly databaseMs: number }
type Runner = { readonly name: string; run(seconds: number): Promise<Row>; stop(): Promise<void> }

export async function orderedOperations(rounds: number, seconds: number): Promise<Figures> {
  const runners: Runner[] = []
  const rows = new Map<string, Row[]>()
  try {
    runners.push(await openShareDb())
    runners.push(await openOurs())
    for (let round = 0; round <= rounds; round += 1)
      for (const runner of round % 2 === 0 ? runners : runners.toReversed()) {
        const row = await runner.run(seconds)
        if (row.missing > 0) console.log(`  ${runner.name}: ${row.missing} of ${row.deliveries} deliveries MISSING`)
        if (round > 0) rows.set(runner.name, [...(rows.get(runner.name) ?? []), row])
      }
  } finally {
    for (const runner of runners) await runner.stop()
  }
  const of = (name: string, pick: (row: Row) => number): number => median((rows.get(name) ?? []).map(pick))
  const perCpuSecond = (row: Row): number => (row.operations / row.serverMs) * 1000
  const withDatabase = (row: Row): number => (row.operations / (row.serverMs + row.databaseMs)) * 1000
  for (const name of rows.keys())
    console.log(
      `  ${name.padEnd(10)} ${of(name, perCpuSecond).toFixed(0).padStart(7)} operations per CPU second (with its database ${of(name, withDatabase).toFixed(0)})` +
        `   p50 ${of(name, (row) => row.p50Ms).toFixed(2)} ms   p99 ${of(name, (row) => row.p99Ms).toFixed(1)} ms`,
    )
  return {
    operationsPerCpuSecondRatio: rounded(of('ours', perCpuSecond) / of('sharedb', perCpuSecond)),
    withDatabaseRatio: rounded(of('ours', withDatabase) / of('sharedb', withDatabase)),
    p50Ratio: rounded(of('ours', (row) => row.p50Ms) / of('sharedb', (row) => row.p50Ms)),
    p99Ratio: rounded(of('ours', (row) => row.p99Ms) / of('sharedb', (row) => row.p99Ms)),
  }
}

async function openShareDb(): Promise<Runner> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'peers/sharedb.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' },
  })
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const { port } = JSON.parse(String(value)) as { port: number }
  let made = 0
  return {
    name: 'sharedb',
    async run(seconds) {
      const name = `text-${made++}`
      await fetch(`http://127.0.0.1:${port}/${name}`, { method: 'PUT', body: seedText })
      const before = cpuMsOf(child.pid ?? 0)
      const ordered = await runLoad({ kind: 'sharedb', name, port, seconds, ...shape })
      return { ...ordered, serverMs: cpuMsOf(child.pid ?? 0) - before, databaseMs: 0 }
    },
    async stop() {
      child.kill('SIGKILL')
    },
  }
}

async function openOurs(): Promise<Runner> {
  const ours = await startOurServer({}, { serverArguments: ['--variant', 'v1'] })
  return {
    name: 'ours',
    async run(seconds) {
      const [file] = await ours.files(1, shape.typists)
      if (file === undefined) throw new Error('no file')
      const address = `projects/${file.project}/files/${file.path}`
      await call(ours.server.url, address, 'PUT', { token: file.token, text: seedText })
      const before = ours.cpuMs()
      const ordered = await runLoad({ kind: 'ours', file, port: Number(new URL(ours.server.url).port), seconds, ...shape })
      const after = ours.cpuMs()
      const text = await fetch(`${ours.server.url}/api/v1/${address}`, { headers: { authorization: `Bearer ${file.token}` } })
      const { length } = await text.text()
      if (length !== shape.units + ordered.keys) console.log(`  ours: the text is WRONG, ${length} units`)
      return { ...ordered, serverMs: after.server - before.server, databaseMs: after.database - before.database }
    },
    stop: () => ours.stop(),
  }
}

async function runLoad(order: OrderedOrder): Promise<Ordered> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ordered-load.ts')], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(`${JSON.stringify(order)}\n`)
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (done) throw new Error('the load ended')
  return JSON.parse(value) as Ordered
}
