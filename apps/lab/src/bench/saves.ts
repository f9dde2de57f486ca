// Saves of 5 KB over HTTP, with authorization, version check and quota, beside pgbench with the same statement on the same PostgreSQL
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import { openPgbench, type Pgbench } from '../saves/pgbench.ts'
import type { Round, RoundResult, SavedFile, Setup } from '../saves/saving-clients.ts'
import { bareUpsert, sameStatement } from '../saves/statements.ts'
import { startServerProcess } from '../server-process.ts'
import { median, percentile } from '../statistics.ts'

const rounds = Number(process.env.ATELIER_BENCH_ROUNDS ?? 5)
const secondsPerRound = 4
const clients = 16
const bytes = 5 * 1024

type Contender = { readonly name: string; run(seconds: number): Promise<RoundResult>; readonly results: RoundResult[] }

/** One user, one project and one file per client. */
async function createFiles(url: string, name: string, text: string): Promise<SavedFile[]> {
  return Promise.all(
    Array.from({ length: clients }, async () => {
      const { token } = await call<{ token: string }>(`${url}/api/v1/sessions`, 'POST', {})
      const authorization = `Bearer ${token}`
      const body = JSON.stringify({ name })
      const project = await call<{ id: string }>(
        `${url}/api/v1/projects`,
        'POST',
        { authorization, 'content-type': 'application/json' },
        body,
      )
      const path = 'src/main.ts'
      const saved = await call<{ version: number }>(
        `${url}/api/v1/projects/${project.id}/files/${path}`,
        'PUT',
        { authorization },
        text,
      )
      return { token, projectId: project.id, path, version: saved.version }
    }),
  )
}

async function call<Answer>(url: string, method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

function startClients(setup: Setup): { run(seconds: number): Promise<RoundResult>; stop(): void } {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../saves/saving-clients.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const tell = (line: Setup | Round) => child.stdin.write(`${JSON.stringify(line)}\n`)
  tell(setup)
  return {
    async run(seconds) {
      tell({ ms: seconds * 1000 })
      const { value, done } = await lines.next()
      if (done) throw new Error('the clients ended')
      return JSON.parse(value) as RoundResult
    },
    stop: () => child.stdin.end(),
  }
}

type Stored = { readonly encoding: 'raw' | 'deflate'; readonly content: Buffer }

function pgbenchContender(
  name: string,
  script: string,
  pgbench: Pgbench,
  plain: Buffer,
  { encoding, content }: Stored,
): Contender {
  const variables = {
    ...{ v: '0', size: String(plain.length), encoding },
    sha: `\\x${createHash('sha256').update(plain).digest('hex')}`,
    content: `\\x${content.toString('hex')}`,
  }
  return { name, results: [], run: (seconds) => pgbench.run({ script, seconds, clients, variables }) }
}

const server = await startServerProcess({ ATELIER_TOOLCHAIN: 'off', ATELIER_WARM_SANDBOXES: '0', LOG_LEVEL: 'warn' })
try {
  // Program text as people write it: it compresses as files do.
  const text = readFileSync(fileURLToPath(import.meta.resolve('@atelier/protocol/executions')), 'latin1').slice(0, bytes)
  const files = await createFiles(server.url, 'saves', text)
  await createFiles(server.url, 'pgbench', text)
  const pgbench = await openPgbench(server.dataFolder)
  const http = startClients({ port: Number(new URL(server.url).port), text, files })
  const saves: Contender = { name: 'saves over HTTP', results: [], run: http.run }
  const plain = Buffer.from(text)
  const raw: Stored = { encoding: 'raw', content: plain }
  // The server compresses what it stores and pays for it. Here somebody did it for pgbench beforehand, for nothing.
  const packed: Stored = {
    encoding: 'deflate',
    content: deflateRawSync(plain, { level: 1 }),
  }
  const same = pgbenchContender('pgbench, same statement', sameStatement, pgbench, plain, raw)
  const ahead = pgbenchContender('  … compressed for nothing', sameStatement, pgbench, plain, packed)
  const bare = pgbenchContender('pgbench, bare upsert', bareUpsert, pgbench, plain, raw)
  // V8 compiles what the server does often for some seconds; pgbench is compiled already.
  for (const contender of [saves, same, ahead, bare]) await contender.run(contender === saves ? 10 : 2)
  for (let round = 0; round < rounds; round++) {
    for (const contender of [same, saves, ahead, bare]) {
      await pgbench.checkpoint()
      contender.results.push(await contender.run(secondsPerRound))
    }
  }
  http.stop()
  report([same, saves, ahead, bare])
  const perSecond = (contender: Contender) => median(contender.results.map((result) => result.perSecond))
  const p99 = (contender: Contender) => median(contender.results.map((result) => percentile(result.latenciesMs, 0.99)))
  console.log(
    `\n${JSON.stringify({
      pgbenchPerSecond: Math.round(perSecond(same)),
      savesPerSecond: Math.round(perSecond(saves)),
      ratio: rounded(perSecond(saves) / perSecond(same)),
      p99Ratio: rounded(p99(saves) / p99(same)),
    })}`,
  )
} finally {
  await server.stop()
}

function report(contenders: readonly Contender[]): void {
  console.log(`\n${clients} clients, ${bytes / 1024} KB, ${rounds} rounds of ${secondsPerRound} s each in turn, medians`)
  console.log(`${' '.repeat(30)}per second    p50 ms    p99 ms   rounds`)
  for (const { name, results } of contenders) {
    const each = (share: number) => median(results.map((result) => percentile(result.latenciesMs, share)))
    const cells = [median(results.map((result) => result.perSecond)).toFixed(0), each(0.5).toFixed(2), each(0.99).toFixed(2)]
    const all = results.map((result) => result.perSecond.toFixed(0)).join(' ')
    console.log(`${name.padEnd(30)}${cells.map((cell) => cell.padStart(10)).join('')}   ${all}`)
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(3))
}
