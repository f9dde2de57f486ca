// 200 people press Run in the same moment: how long each waits, who is refused, for each wall that this machine has
import type { ExecutionEvent } from '@atelier/protocol/executions'
import { startServerProcess } from '../server-process.ts'
import { median, percentile } from '../statistics.ts'

const people = Number(process.env.ATELIER_BENCH_PEOPLE ?? 200)
const rounds = 3
const levels = process.argv.length > 2 ? process.argv.slice(2) : ['container', 'gvisor', 'microvm']

type Click = { readonly status: number; readonly acceptedMs: number; readonly firstMs: number; readonly allMs: number }

async function click(url: string, token: string, isolation: string): Promise<Click> {
  const startedAt = performance.now()
  const since = (): number => performance.now() - startedAt
  const response = await fetch(`${url}/api/v1/executions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ isolation, language: 'python', stdin: '', files: [{ path: 'main.py', content: 'print("hello")' }] }),
  })
  const acceptedMs = since()
  let [firstMs, text] = [0, '']
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (firstMs === 0 && text.includes('event: output')) firstMs = since()
  }
  if (response.ok) checkOutput(text)
  return { status: response.status, acceptedMs, firstMs, allMs: since() }
}

function checkOutput(text: string): void {
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as ExecutionEvent)
  const output = events.map((event) => (event.type === 'output' ? event.data : '')).join('')
  if (output !== 'hello\n') throw new Error(`it printed ${JSON.stringify(output)}`)
}

async function rush(level: string): Promise<object | string> {
  const server = await startServerProcess({
    ATELIER_TOOLCHAIN: 'off',
    LOG_LEVEL: 'warn',
    ATELIER_ISOLATIONS: level,
    ATELIER_ISOLATION: level,
  })
  try {
    const tokens = await Promise.all(
      Array.from({ length: people }, async () => {
        const session = await fetch(`${server.url}/api/v1/sessions`, { method: 'POST' })
        return ((await session.json()) as { token: string }).token
      }),
    )
    const first = await click(server.url, tokens[0] ?? '', level)
    if (first.status !== 200) return `not measured: the server answered ${first.status}`
    const clicks: Click[] = []
    const seconds: number[] = []
    for (let round = 0; round < rounds; round++) {
      const startedAt = performance.now()
      clicks.push(...(await Promise.all(tokens.map((token) => click(server.url, token, level)))))
      seconds.push((performance.now() - startedAt) / 1000)
    }
    const served = clicks.filter(({ status }) => status === 200)
    const waits = served.map(({ acceptedMs }) => acceptedMs)
    const firsts = served.map(({ firstMs }) => firstMs)
    return {
      people,
      served: served.length / rounds,
      refused: (clicks.length - served.length) / rounds,
      waitMs: { p50: Math.round(median(waits)), p95: Math.round(percentile(waits, 0.95)), most: Math.round(Math.max(...waits)) },
      firstByteMs: { p50: Math.round(median(firsts)), p95: Math.round(percentile(firsts, 0.95)) },
      allServedAfterSeconds: Number(median(seconds).toFixed(2)),
    }
  } finally {
    await server.stop()
  }
}

const result: Record<string, object | string> = {}
for (const level of levels) {
  result[level] = await rush(level).catch((error: unknown) => `not measured: ${error instanceof Error ? error.message : error}`)
  console.log(level, result[level])
}
console.log(`\n${JSON.stringify(result)}`)
process.exit(0)
