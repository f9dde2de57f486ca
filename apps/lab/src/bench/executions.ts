// Hello world in Python and JavaScript: bare interpreter, each of our drivers, the whole product, and what others use, side by side
import { cpuMsOfMachine } from '../cpu-time.ts'
import { bareRunner } from '../runners/bare.ts'
import { loneProcessRunner } from '../runners/lone-process.ts'
import { peerNames, peerRunners } from '../runners/peers.ts'
import { productRunner } from '../runners/product.ts'
import type { BenchProgram, Runner } from '../runners/runner.ts'
import { sandboxRunner } from '../runners/sandbox.ts'
import { openWays, wayNames } from '../runners/ways.ts'
import { median, percentile } from '../statistics.ts'

const rounds = Number(process.env.ATELIER_BENCH_ROUNDS ?? 5)
const clicksPerRound = 40
/** Whoever is slow gets fewer clicks: a median of ten will do where the next one is ten times faster. */
const clicksMs = 2500
const throughputMs = 2500
const clients = 4

/** `npm run bench -- executions container` leaves the heavier walls out. */
const asked = process.argv.length > 2 ? process.argv.slice(2) : wayNames

const programs: readonly BenchProgram[] = [
  { language: 'python', file: 'main.py', text: 'print("hello")\n' },
  { language: 'javascript', file: 'main.js', text: 'console.log("hello")\n' },
]

class Measured {
  readonly runner: Runner
  readonly firstMs: number[] = []
  readonly perSecond: number[] = []
  readonly cpuMs: number[] = []

  constructor(runner: Runner) {
    this.runner = runner
  }

  async #runOnce(): Promise<number> {
    const { firstMs, output } = await this.runner.runOnce()
    if (output !== 'hello\n') throw new Error(`${this.runner.name} printed ${JSON.stringify(output)}`)
    return firstMs
  }

  async warmUp(): Promise<void> {
    for (let i = 0; i < 5; i++) await this.#runOnce()
  }

  /** One click at a time on an idle machine: the first byte is what a person waits for. */
  async clicks(): Promise<void> {
    const startedAt = performance.now()
    for (let i = 0; i < clicksPerRound && performance.now() - startedAt < clicksMs; i++) {
      await this.runner.settle()
      this.firstMs.push(await this.#runOnce())
    }
  }

  /** As many as go with a few clients at once, and what each costs the processors, refill included. */
  async throughput(): Promise<void> {
    await this.runner.settle()
    const cpuBefore = cpuMsOfMachine()
    const startedAt = performance.now()
    let done = 0
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (performance.now() - startedAt < throughputMs) {
          await this.#runOnce()
          done++
        }
      }),
    )
    this.perSecond.push((done / (performance.now() - startedAt)) * 1000)
    await this.runner.settle()
    this.cpuMs.push((cpuMsOfMachine() - cpuBefore) / done)
  }
}

/** Waiting machines and gVisor's kernels are never quite idle: what is fast is not measured while they stand ready. */
async function compare(program: BenchProgram) {
  const lone = await loneProcessRunner(program)
  const light = await measure(program.language, [
    bareRunner(program),
    ...(lone === null ? [] : [lone]),
    ...(await openWays(['container'])).map((way) => sandboxRunner(program, way)),
    await productRunner(program),
    ...peerRunners(program),
  ])
  const heavy = wayNames.filter((name) => name !== 'container' && asked.includes(name))
  const others = heavy.length === 0 ? {} : await measureHeavy(program, heavy)
  return { ...light, ...others }
}

async function measureHeavy(program: BenchProgram, names: readonly string[]) {
  const ways = await openWays(names)
  const runners = [bareRunner(program), ...ways.map((way) => sandboxRunner(program, way))]
  const { bare: _, productAddsMs: __, ...ratios } = await measure(`${program.language}, heavier walls`, runners)
  return ratios
}

/** In turns, the bare interpreter first. */
async function measure(title: string, runners: readonly Runner[]) {
  const found = runners.map((runner) => new Measured(runner))
  const all: Measured[] = []
  try {
    for (const measured of found) if (await works(measured, () => measured.warmUp())) all.push(measured)
    for (let round = 0; round < rounds; round++) {
      for (const measured of [...all]) if (!(await works(measured, () => measured.clicks()))) all.splice(all.indexOf(measured), 1)
      for (const measured of [...all])
        if (!(await works(measured, () => measured.throughput()))) all.splice(all.indexOf(measured), 1)
    }
  } finally {
    for (const { runner } of found) await runner.close()
  }
  report(title, all)
  const [bare, ...others] = all
  if (bare === undefined) throw new Error('nothing was measured')
  const ratios = Object.fromEntries(others.map((measured) => [measured.runner.name, ratiosOf(measured, bare)]))
  return {
    bare: {
      firstByteMs: rounded(median(bare.firstMs)),
      executionsPerSecond: rounded(median(bare.perSecond)),
      cpuMs: rounded(median(bare.cpuMs)),
    },
    productAddsMs: productAddsMs(all),
    ...ratios,
  }
}

/** False for somebody else's program that does not run here, and for the reused interpreters, which promise nothing; ours must. */
async function works({ runner }: Measured, step: () => Promise<void>): Promise<boolean> {
  try {
    await step()
    return true
  } catch (error) {
    if (![...peerNames, 'process'].includes(runner.name)) throw error
    console.log(`${runner.name}: not measured, ${error instanceof Error ? error.message.trim() : error}`)
    return false
  }
}

const ratiosOf = (measured: Measured, bare: Measured) => ({
  firstByteRatio: rounded(median(measured.firstMs) / median(bare.firstMs)),
  p99Ratio: rounded(percentile(measured.firstMs, 0.99) / percentile(bare.firstMs, 0.99)),
  executionsRatio: rounded(median(measured.perSecond) / median(bare.perSecond)),
  cpuRatio: rounded(median(measured.cpuMs) / median(bare.cpuMs)),
})

/** From the sandbox alone to the whole product, one click. */
function productAddsMs(all: readonly Measured[]): number {
  const [product, container] = ['product', 'container'].map((name) => all.find(({ runner }) => runner.name === name))
  return product === undefined || container === undefined
    ? Number.NaN
    : rounded(median(product.firstMs) - median(container.firstMs))
}

function report(language: string, all: readonly Measured[]): void {
  console.log(`\n${language.padEnd(24)}first byte p50   p99 ms   executions/s   CPU ms each`)
  for (const { runner, firstMs, perSecond, cpuMs } of all) {
    const cells = [
      median(firstMs).toFixed(2).padStart(14),
      percentile(firstMs, 0.99).toFixed(2).padStart(8),
      median(perSecond).toFixed(1).padStart(14),
      median(cpuMs).toFixed(2).padStart(13),
    ]
    console.log(`  ${runner.name.padEnd(22)}${cells.join(' ')}`)
  }
}

const rounded = (value: number): number => Number(value.toFixed(3))

const result: Record<string, unknown> = {}
for (const program of programs) result[program.language] = await compare(program)
console.log(
  `\nNot here, or not running here, so not measured: ${peerNames.filter((name) => !JSON.stringify(result).includes(`"${name}"`)).join(', ') || 'none'}`,
)
console.log(`\n${JSON.stringify(result)}`)
process.exit(0)
