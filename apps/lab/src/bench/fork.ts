// A fork of a project with 10,000 files over HTTP: processor time of the server and of PostgreSQL apart, beside `cp -r` of the same files
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { openServerDatabase } from '../saves/server-database.ts'
import { startServerProcess } from '../server-process.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: process.env.ATELIER_BENCH_ROUNDS ?? '5' },
    files: { type: 'string', default: '10000' },
    /** Of one file, as they are stored: what is left of 2 to 3 KB of source text. */
    bytes: { type: 'string', default: '1024' },
  },
})
const [rounds, files, bytes] = [Number(values.rounds), Number(values.files), Number(values.bytes)]
const foldersOf = 100

/** Milliseconds that a process and its threads have used; what is gone counts as nothing. */
async function cpuMsOf(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  let ns = 0
  for (const task of tasks)
    ns += Number((await readFile(`/proc/${pid}/task/${task}/schedstat`, 'latin1').catch(() => '0')).split(' ')[0])
  return ns / 1e6
}

/** The postmaster's processes: backends, writers of the log and of pages. */
async function postgresProcesses(dataFolder: string): Promise<number[]> {
  const file = join(dataFolder, 'postgres', 'cluster', 'data', 'postmaster.pid')
  const postmaster = Number((await readFile(file, 'utf8')).split('\n')[0])
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'latin1')
  return [postmaster, ...children.trim().split(/\s+/).map(Number)]
}
async function postgresCpuMs(dataFolder: string): Promise<Map<number, number>> {
  const pids = await postgresProcesses(dataFolder)
  return new Map(await Promise.all(pids.map(async (pid) => [pid, await cpuMsOf(pid)] as const)))
}
const spent = (before: Map<number, number>, after: Map<number, number>): number =>
  [...after].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? 0), 0)

async function call<Answer>(url: string, method: string, token: string | null, body?: object): Promise<Answer> {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

/** What `cp -r` uses, by the shell's own count. */
async function copyCpuMs(from: string, to: string): Promise<number> {
  const { stdout } = await promisify(execFile)('bash', ['-c', 'cp -r "$0" "$1" && times', from, to])
  // The second line: what the shell's children used, as "0m0.123s 0m0.456s".
  const line = stdout.trim().split('\n').at(-1) ?? ''
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + (Number(m) * 60 + Number(s)) * 1000, 0)
}

const server = await startServerProcess()
const folder = await mkdtemp(join(tmpdir(), 'atelier-fork-'))
try {
  const { token } = await call<{ token: string }>(`${server.url}/api/v1/sessions`, 'POST', null, {})
  const { id } = await call<{ id: string }>(`${server.url}/api/v1/projects`, 'POST', token, { name: 'Origin' })
  {
    await using database = await openServerDatabase(server.dataFolder)
    await database.query(`
      WITH made AS (
        INSERT INTO files (project, path, folder, version, size, sha, encoding, content)
        SELECT '${id}', 'folder-' || n % ${foldersOf} || '/file-' || n || '.py', false, 1, ${bytes}, sha256(c), 'raw', c
          FROM (SELECT n, convert_to(rpad('print(' || n || ')', ${bytes}, '#'), 'UTF8') AS c FROM generate_series(1, ${files}) n) AS all_files
      ), folders AS (
        INSERT INTO files (project, path, folder, version, size)
        SELECT '${id}', 'folder-' || n, true, 0, 0 FROM generate_series(0, ${foldersOf - 1}) n
      )
      UPDATE projects SET used_bytes = ${files * bytes}, used_entries = ${files + foldersOf} WHERE id = '${id}'`)
    await database.query('ANALYZE files')
  }
  const origin = join(folder, 'origin')
  for (let n = 0; n < foldersOf; n++) await mkdir(join(origin, `folder-${n}`), { recursive: true })
  for (let n = 1; n <= files; n++)
    await writeFile(join(origin, `folder-${n % foldersOf}`, `file-${n}.py`), `print(${n})`.padEnd(bytes, '#'))

  const taken: { nodeMs: number; postgresMs: number; wallMs: number; copyMs: number }[] = []
  for (let round = -2; round < rounds; round++) {
    const [nodeBefore, postgresBefore, from] = [
      await cpuMsOf(server.pid),
      await postgresCpuMs(server.dataFolder),
      performance.now(),
    ]
    const fork = await call<{ id: string }>(`${server.url}/api/v1/projects/${id}/forks`, 'POST', token, {})
    const wallMs = performance.now() - from
    const nodeMs = (await cpuMsOf(server.pid)) - nodeBefore
    const postgresMs = spent(postgresBefore, await postgresCpuMs(server.dataFolder))
    const { items } = await call<{ items: unknown[] }>(`${server.url}/api/v1/projects/${fork.id}/files`, 'GET', token)
    if (items.length !== files + foldersOf) throw new Error(`the fork has ${items.length} entries`)
    const copy = join(folder, `copy-${round}`)
    const copyMs = await copyCpuMs(origin, copy)
    await rm(copy, { recursive: true })
    const gone = await fetch(`${server.url}/api/v1/projects/${fork.id}`, {
      ...{ method: 'DELETE', headers: { authorization: `Bearer ${token}` } },
    })
    if (gone.status !== 204) throw new Error(`the fork was not deleted: ${gone.status}`)
    // The first ones prepare their statements and warm the caches.
    if (round >= 0) taken.push({ nodeMs, postgresMs, wallMs, copyMs })
  }
  const of = (name: keyof (typeof taken)[number]): number => median(taken.map((each) => each[name]))
  const figures = { nodeCpuMs: of('nodeMs'), postgresCpuMs: of('postgresMs'), wallMs: of('wallMs'), copyCpuMs: of('copyMs') }
  console.log(`\nA fork of ${files} files, ${bytes} B each as stored (medians of ${rounds})\n`)
  console.log(`  the server (Node)   ${figures.nodeCpuMs.toFixed(1)} ms of processor time`)
  console.log(`  PostgreSQL          ${figures.postgresCpuMs.toFixed(1)} ms of processor time`)
  console.log(`  until the answer    ${figures.wallMs.toFixed(1)} ms`)
  console.log(`  cp -r of the same   ${figures.copyCpuMs.toFixed(1)} ms of processor time\n`)
  const ratio = (figures.nodeCpuMs + figures.postgresCpuMs) / figures.copyCpuMs
  const round = (value: number): number => Math.round(value * 100) / 100
  console.log(
    JSON.stringify({
      benchmark: 'fork',
      ...{ files, bytes, rounds },
      ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)])),
      ratio: round(ratio),
    }),
  )
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
