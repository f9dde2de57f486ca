// Hello world in Python and JavaScript: bare interpreter, our sandbox, and the whole product (HTTP, row, sandbox, stream), side by side
import { bareRunner } from '../runners/bare.ts'
import { productRunner } from '../runners/product.ts'
import type { Runner } from '../runners/runner.ts'
import { sandboxRunner } from '../runners/sandbox.ts'
import { median, percentile } from '../statistics.ts'

const rounds = 5
const clicksPerRound = 40
const throughputMs = 2500
const clients = 4

const programs = {
  python: { language: 'python', file: 'main.py', text: 'print("hello")\n' },
  javascript: { language: 'javascript', file: 'main.js', text: 'console.log("hello")\n' },
} as const

type Measured = { readonly firstMs: number[]; readonly perSecond: number[] }

/** One click at a time on an idle machine: the first byte is what a person waits for. */
async function measureClicks(runner: Runner, into: Measured): Promise<void> {
  for (let i = 0; i < clicksPerRound; i++) {
    await runner.settle()
    const { firstMs, output } = await runner.runOnce()
    if (output !== 'hello\n') throw new Error(`${runner.name} printed ${JSON.stringify(output)}`)
    into.firstMs.push(firstMs)
  }
}

/** As many as go with a few clients at once. */
async function measureThroughput(runner: Runner, into: Measured): Promise<void> {
  await runner.settle()
  const startedAt = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() - startedAt < throughputMs) {
        const { output } = await runner.runOnce()
        if (output !== 'hello\n') throw new Error(`${runner.name} printed ${JSON.stringify(output)}`)
        done++
      }
    }),
  )
  into.perSecond.push((done / (performance.now() - startedAt)) * 1000)
}

async function compare(program: (typeof programs)[keyof typeof programs]) {
  const runners = [bareRunner(program), await sandboxRunner(program), await productRunner(program)]
  const measured = runners.map((): Measured => ({ firstMs: [], perSecond: [] }))
  try {
    for (const runner of runners) for (let i = 0; i < 5; i++) await runner.runOnce()
    for (let round = 0; round < rounds; round++) {
      for (const [index, runner] of runners.entries()) await measureClicks(runner, measured[index] ?? never())
      for (const [index, runner] of runners.entries()) await measureThroughput(runner, measured[index] ?? never())
    }
  } finally {
    for (const runner of runners) await runner.close()
  }
  const [bare, sandbox, product] = measured
  if (bare === undefined || sandbox === undefined || product === undefined) return never()
  report(program.language, runners, measured)
  return {
    bareFirstByteMs: rounded(median(bare.firstMs)),
    sandboxFirstByteRatio: rounded(median(sandbox.firstMs) / median(bare.firstMs)),
    productFirstByteRatio: rounded(median(product.firstMs) / median(bare.firstMs)),
    sandboxP99Ratio: rounded(percentile(sandbox.firstMs, 0.99) / percentile(bare.firstMs, 0.99)),
    bareExecutionsPerSecond: rounded(median(bare.perSecond)),
    sandboxExecutionsRatio: rounded(median(sandbox.perSecond) / median(bare.perSecond)),
    productExecutionsRatio: rounded(median(product.perSecond) / median(bare.perSecond)),
  }
}

function report(language: string, runners: readonly Runner[], measured: readonly Measured[]): void {
  console.log(`\n${language}${' '.repeat(26 - language.length)}first byte p50   p99 ms   executions/s`)
  for (const [index, runner] of runners.entries()) {
    const { firstMs, perSecond } = measured[index] ?? never()
    const cells = [
      median(firstMs).toFixed(2).padStart(14),
      percentile(firstMs, 0.99).toFixed(2).padStart(8),
      median(perSecond).toFixed(1).padStart(14),
    ]
    console.log(`  ${runner.name.padEnd(24)}${cells.join(' ')}`)
  }
}

const rounded = (value: number): number => Number(value.toFixed(3))
function never(): never {
  throw new Error('a runner without measurements')
}

const result = { python: await compare(programs.python), javascript: await compare(programs.javascript) }
console.log(`\n${JSON.stringify(result)}`)
process.exit(0)
