// Searching 10,000 files of 500 MB for a text and for expressions, beside ripgrep (or grep) over the same files, and the memory it takes
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { seeded } from '../documents/random.ts'
import { startServerProcess } from '../server-process.ts'
import { median } from '../statistics.ts'

/** What a project holds at most: folders count too, so a few less than ten thousand files. */
const files = 9_800
const totalBytes = 495 * 1024 * 1024
const largeFiles = 8
const largeBytes = 24 * 1024 * 1024
const folders = 100
const uploadsAtOnce = 16
const rounds = 3
const needle = 'Zwölftonmusik'

type Query = { readonly name: string; readonly request: object; readonly rg: readonly string[]; readonly grep: readonly string[] }
const queries: readonly Query[] = [
  {
    name: 'a rare text',
    request: { pattern: needle, matchCase: true },
    rg: ['--fixed-strings', needle],
    grep: ['-F', needle],
  },
  {
    name: 'a rare text, any case',
    request: { pattern: needle },
    rg: ['--fixed-strings', '--ignore-case', needle],
    grep: ['-F', '-i', needle],
  },
  {
    name: 'an expression',
    request: { pattern: 'const \\w+Zw.lfton[a-z]+ = ', regex: true, matchCase: true },
    rg: ['const \\w+Zw.lfton[a-z]+ = '],
    grep: ['-E', 'const [[:alnum:]_]+Zw.lfton[a-z]+ = '],
  },
  {
    name: 'an expression, any case',
    request: { pattern: '(alpha|omega)\\d{9}', regex: true },
    rg: ['--ignore-case', '(alpha|omega)[0-9]{9}'],
    grep: ['-E', '-i', '(alpha|omega)[0-9]{9}'],
  },
  {
    name: 'one that others die of',
    request: { pattern: '(\\w+\\s?)*\\u{1F3BC}$', regex: true },
    rg: ['([\\w]+\\s?)*\\x{1F3BC}$'],
    grep: [],
  },
]

const tool = ['rg', 'grep'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null
const folder = await mkdtemp(join(tmpdir(), 'atelier-search-'))
const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-search-data-'))
const start = () =>
  startServerProcess({ ATELIER_TOOLCHAIN: 'off', ATELIER_WARM_SANDBOXES: '0', LOG_LEVEL: 'warn' }, { dataFolder })
let server = await start()
try {
  const { id, token } = await createProject()
  await fill(id, token)
  // Another process, which has nothing left of the uploads.
  await server.end('SIGTERM')
  server = await start()
  await ask(`/api/v1/projects/${id}`, 'GET', token)
  await new Promise((next) => setTimeout(next, 3000))
  const before = await residentBytes()
  const results = []
  let peak = before
  for (const query of queries) {
    const [ours, theirs, firsts, cpus] = [[] as number[], [] as number[], [] as number[], [] as number[]]
    let matches = 0
    for (let round = 0; round < rounds; round++) {
      const watch = setInterval(() => void residentBytes().then((bytes) => (peak = Math.max(peak, bytes))), 20)
      const cpuBefore = await cpuSeconds()
      const answer = await search(id, token, query.request)
      clearInterval(watch)
      cpus.push((await cpuSeconds()) - cpuBefore)
      ours.push(answer.ms)
      firsts.push(answer.firstMs)
      matches = answer.matches
      const args = tool === 'rg' ? query.rg : query.grep
      if (tool !== null && args.length > 0)
        theirs.push(await timeOf(tool, tool === 'rg' ? ['--no-messages', '-n', ...args, folder] : ['-r', '-n', ...args, folder]))
    }
    results.push({
      name: query.name,
      ms: median(ours),
      firstMs: median(firsts),
      cpu: median(cpus),
      reference: theirs.length === 0 ? null : median(theirs),
      matches,
    })
  }
  const cancelMs = await cancel(id, token)
  console.log(`\n${files} files, ${Math.round(totalBytes / 1024 / 1024)} MB, medians of ${rounds} rounds in turn`)
  console.log(`${' '.repeat(26)}  search ms   its cpu s  first line ms  ${(tool ?? 'none').padStart(8)} ms   matches`)
  for (const { name, ms, firstMs, cpu, reference, matches } of results)
    console.log(
      `${name.padEnd(26)}${ms.toFixed(0).padStart(11)}${cpu.toFixed(1).padStart(12)}${firstMs.toFixed(0).padStart(15)}${(reference?.toFixed(0) ?? '–').padStart(12)}${String(matches).padStart(10)}`,
    )
  const memoryMegabytes = Math.round((peak - before) / 1024 / 1024)
  console.log(
    `memory: ${memoryMegabytes} MB more at the worst moment; a search that is stopped is over after ${cancelMs.toFixed(0)} ms`,
  )
  const slowest = Math.max(...results.map(({ ms }) => ms))
  const ratios = results.flatMap(({ ms, reference }) => (reference === null ? [] : [ms / reference]))
  console.log(
    `\n${JSON.stringify({
      ...{ files, megabytes: Math.round(totalBytes / 1024 / 1024), reference: tool },
      ...Object.fromEntries(
        results.map(({ name, ms }) => [
          `${name.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}Ms`,
          Math.round(ms),
        ]),
      ),
      ...{ cpuSeconds: Number(median(results.map(({ cpu }) => cpu)).toFixed(1)), slowestMs: Math.round(slowest) },
      ...{ medianRatio: ratios.length === 0 ? null : Number(median(ratios).toFixed(2)) },
      ...{ memoryMegabytes, cancelMs: Math.round(cancelMs) },
    })}`,
  )
} finally {
  await server.stop()
  for (const each of [folder, dataFolder]) await rm(each, { recursive: true, force: true })
}

async function ask(path: string, method: string, token: string | null, body?: string | Buffer, type = 'application/json') {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': type }),
  }
  for (;;) {
    const response = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body }) })
    if (response.ok) return response
    const text = await response.text()
    if (response.status !== 429 && response.status !== 503) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    await new Promise((next) => setTimeout(next, 1000 * Number(response.headers.get('retry-after') ?? 1)))
  }
}

async function createProject(): Promise<{ id: string; token: string }> {
  const { token } = (await (await ask('/api/v1/sessions', 'POST', null)).json()) as { token: string }
  const { id } = (await (await ask('/api/v1/projects', 'POST', token, '{"name":"large"}')).json()) as { id: string }
  return { id, token }
}

/** Program text, the same in the project and in a folder for the reference. A needle is in one file of a thousand. */
async function fill(id: string, token: string): Promise<void> {
  const random = seeded(7)
  const words = [
    'const',
    'value',
    'return',
    'await',
    'select',
    'alpha',
    'omega',
    'function',
    'import',
    'größe',
    'index',
    'length',
  ]
  const line = (): string => {
    const parts = Array.from({ length: 4 + Math.floor(random() * 6) }, () => words[Math.floor(random() * words.length)])
    return `  ${parts.join(' ')}${Math.floor(random() * 1e6)} = ${random().toString(36).slice(2)};`
  }
  const block = Array.from({ length: 4000 }, line).join('\n')
  const smallBytes = Math.floor((totalBytes - largeFiles * largeBytes) / (files - largeFiles))
  for (let n = 0; n < folders; n++) await mkdir(join(folder, `folder${n}`), { recursive: true })
  const contentOf = (n: number): Buffer => {
    const size = n < largeFiles ? largeBytes : smallBytes
    const from = Math.floor(random() * (block.length - smallBytes))
    const mark = n % 1000 === 999 ? `\n  const my${needle} = ${n}\n` : `\n// ${n}\n`
    const text = n < largeFiles ? block.repeat(Math.ceil(size / block.length)) : block.slice(from)
    return Buffer.from(mark + text).subarray(0, size - 4)
  }
  const rest = Array.from({ length: files }, (_, n) => n).values()
  const lane = async (): Promise<void> => {
    for (const n of rest) {
      const path = `folder${n % folders}/file${n}.ts`
      // A cut character would make it no text.
      const content = Buffer.from(
        contentOf(n)
          .toString()
          .replace(/\ufffd+$/, ''),
      )
      await ask(`/api/v1/projects/${id}/files/${path}`, 'PUT', token, content, 'application/octet-stream')
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
  }
  await Promise.all(Array.from({ length: uploadsAtOnce }, lane))
}

async function search(id: string, token: string, request: object): Promise<{ ms: number; firstMs: number; matches: number }> {
  const startedAt = performance.now()
  const response = await ask(`/api/v1/projects/${id}/search`, 'POST', token, JSON.stringify(request))
  let [text, firstMs] = ['', 0]
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    if (firstMs === 0) firstMs = performance.now() - startedAt
    text += decoder.decode(chunk as Uint8Array, { stream: true })
  }
  const last = JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as {
    type?: string
    matches?: number
    cut?: string | null
    files?: number
  }
  if (last.type !== 'end' || last.cut !== null || (last.files ?? 0) < files)
    throw new Error(`the search ended with ${JSON.stringify(last)}`)
  return { ms: performance.now() - startedAt, firstMs, matches: last.matches ?? 0 }
}

/** Stops one that has begun, and waits until the server has a thread for the next two at once. */
async function cancel(id: string, token: string): Promise<number> {
  const stop = new AbortController()
  const body = JSON.stringify({ pattern: '(\\w+\\s?)*x{3}$', regex: true })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${server.url}/api/v1/projects/${id}/search`, {
    method: 'POST',
    headers,
    body,
    signal: stop.signal,
  })
  await response.body?.getReader().read()
  const startedAt = performance.now()
  stop.abort()
  for (;;) {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    if (/^atelier_searches_running 0$/m.test(metrics)) return performance.now() - startedAt
    await new Promise((next) => setTimeout(next, 2))
  }
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

/** Of the server, all of its threads; the database is not in it. */
async function cpuSeconds(): Promise<number> {
  const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function timeOf(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', reject)
    child.once('exit', () => resolve(performance.now() - startedAt))
  })
}
