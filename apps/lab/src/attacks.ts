/** `npm run attacks -- --driver container [--only PATTERN]`: every attack of the corpus against one driver; the last line is JSON. */
import { parseArgs } from 'node:util'
import { openCanaries } from '@atelier/sandbox/attacks/canaries'
import { loadAttacks } from '@atelier/sandbox/attacks/corpus'
import { type AttackResult, canRun, measureNeighbour, runAttack } from '@atelier/sandbox/attacks/run-attack'
import { watchHost } from '@atelier/sandbox/attacks/watch'
import { ensureToolchainForTests } from '@atelier/sandbox/toolchain/test-toolchain'
import { attackedDrivers, boxUsers, openAttackedDriver } from './attacks/drivers.ts'

const { values } = parseArgs({
  options: {
    driver: { type: 'string', default: 'container' },
    only: { type: 'string', default: '' },
    image: { type: 'string' },
    fast: { type: 'boolean', default: false },
  },
})
const name = attackedDrivers.find((each) => each === values.driver)
if (name === undefined) {
  process.stderr.write(`There is no driver "${values.driver}": choose one of ${attackedDrivers.join(', ')}.\n`)
  process.exit(2)
}
/** An execution is over this soon after its wall limit, on a machine that does nothing else. */
const lateLimitMs = 1000
const growthLimitBytes = 150 * 1024 * 1024

const image = values.image ?? (name === 'microvm' ? await bringImage() : null)
const driver = await openAttackedDriver(name, image)
const canaries = await openCanaries()
const root = image === null ? ({ kind: 'host' } as const) : ({ kind: 'image', folder: image } as const)
try {
  const probe = await driver.probe()
  if (!probe.usable) {
    process.stderr.write(
      `${name} cannot run here: ${probe.findings
        .filter((found) => !found.ok)
        .map((found) => found.detail)
        .join('; ')}\n`,
    )
    process.exit(2)
  }
  const attacks = (await loadAttacks(values.only, canaries.words)).filter((attack) => attack.fast || !values.fast)
  process.stdout.write(`${attacks.length} attacks on ${name}: ${probe.summary}\n\n`)
  const field = { driver, root, canaries }
  const neighbourAloneMs = await measureNeighbour(field)
  const watch = watchHost(boxUsers(name), name === 'process')
  const results: AttackResult[] = []
  const skipped: string[] = []
  const admitted: string[] = []
  const escaped: string[] = []
  for (const attack of attacks) {
    const missing = canRun(attack, root)
    if (missing !== null) {
      skipped.push(`${attack.name}: ${missing}`)
      continue
    }
    // What one attack has done to reused workers would be found with every attack after it.
    const fresh = name === 'process' ? await openAttackedDriver(name, null) : null
    const result = await runAttack({ ...field, ...(fresh === null ? {} : { driver: fresh }), watch, neighbourAloneMs }, attack)
    await fresh?.close()
    results.push(result)
    if (result.holes.length > 0) (attack.notStoppedBy.includes(name) ? admitted : escaped).push(attack.name)
    process.stdout.write(rowOf(result, attack.notStoppedBy.includes(name)))
  }
  watch.close()
  for (const one of skipped) process.stdout.write(` - ${one}\n`)
  const ratios = results.map((result) => result.neighbourRatio).sort((a, b) => a - b)
  const grownBytes = watch.growth()
  const verdict = {
    ...{ driver: name, attacks: results.length, contained: results.filter((result) => result.holes.length === 0).length },
    ...{ late: results.filter((result) => result.lateMs > lateLimitMs).map((result) => result.name) },
    ...{ escaped, notStopped: admitted, skipped: skipped.length },
    neighbourP50Ratio: round(ratios[Math.floor(ratios.length / 2)] ?? 0),
    neighbourP95Ratio: round(ratios[Math.floor(ratios.length * 0.95)] ?? 0),
    ...{ neighbourAloneMs: round(neighbourAloneMs), memoryGrowthMb: round(grownBytes / 1024 / 1024) },
  }
  process.stdout.write(`\n${JSON.stringify(verdict)}\n`)
  if (escaped.length > 0 || verdict.late.length > 0 || grownBytes > growthLimitBytes || results.length === 0) process.exitCode = 1
} finally {
  await driver.close()
  await canaries.close()
}

/** A machine shows no files of the host: it needs an image, the one that the tests use. */
async function bringImage(): Promise<string> {
  process.stderr.write('The image that machines show is looked for, or built, which takes minutes.\n')
  return (await ensureToolchainForTests()).folder
}

function rowOf({ name, ended, ms, neighbourRatio, holes }: AttackResult, isKnown: boolean): string {
  const mark = holes.length === 0 ? '✓' : isKnown ? '○' : '✗'
  const row = ` ${mark} ${name.padEnd(42)} ${ended.padEnd(16)} ${String(Math.round(ms)).padStart(6)} ms   neighbour × ${neighbourRatio.toFixed(1)}\n`
  return (
    row +
    holes
      .slice(0, 8)
      .map((hole) => `     ${hole.replaceAll(/[^\x20-\x7e]/g, '?')}\n`)
      .join('')
  )
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
