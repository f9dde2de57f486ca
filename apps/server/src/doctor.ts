/** `npm run doctor`: what this machine can and cannot do for Atelier, and how to change that. Changes nothing. */
import { access, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { silentLog } from '@atelier/base/log'
import { readSettings } from '@atelier/base/settings'
import { Pool } from '@atelier/sandbox/pool'
import type { Finding, Isolation, Probe, Root } from '@atelier/sandbox/sandbox'
import { Tiers } from '@atelier/sandbox/tiers/tiers'
import { findImages } from '@atelier/sandbox/toolchain/image-folder'
import { findMeans } from '@atelier/sandbox/toolchain/means'
import { examineSecondWall } from '@atelier/storage/db/member-role'
import { isolationPolicyOf } from './executions/isolation-policy.ts'
import { limitPolicyOf, sandboxLimitsOf } from './executions/limits.ts'
import { settingTable } from './settings.ts'
import { contradictionIn, tiersBeyond } from './settled-settings.ts'
import { examineIn, tierMakers } from './tiers.ts'
import { variants } from './variants/variants.ts'

const neededMemoryBytes = 1024 ** 3
const neededDiskBytes = 4 * 1024 ** 3
const firstPort = 3000

const settings = readSettings(settingTable, { flags: {}, environment: process.env })
const projectFolder = resolve(import.meta.dirname, '../../..')

const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GB`

async function machine(): Promise<Finding[]> {
  const disk = await statfs(projectFolder)
  const freeDisk = disk.bavail * disk.bsize
  return [
    {
      name: 'node',
      ok: true,
      detail: `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${availableParallelism()} processors`,
      remedy: '',
    },
    {
      name: 'memory',
      ok: totalmem() >= neededMemoryBytes,
      detail: `${gigabytes(freemem())} of ${gigabytes(totalmem())} memory are free`,
      remedy: 'At least 1 GB is needed; lower ATELIER_EXECUTIONS_AT_ONCE on a small machine.',
    },
    {
      name: 'disk',
      ok: freeDisk >= neededDiskBytes,
      detail: `${gigabytes(freeDisk)} of disk are free`,
      remedy: 'The toolchain image needs 3 GB while it is built: make room, or set ATELIER_TOOLCHAIN=off.',
    },
    await portFinding(),
  ]
}

function portFinding(): Promise<Finding> {
  return new Promise((done) => {
    const server = createServer()
    const answer = (free: boolean): void =>
      done({
        name: 'port',
        ok: true,
        detail: free ? `port ${firstPort} is free` : `port ${firstPort} is in use: the next free one is taken`,
        remedy: '',
      })
    server.once('error', () => answer(false))
    server.listen(firstPort, '127.0.0.1', () => server.close(() => answer(true)))
  })
}

type Tier = { readonly level: Isolation; readonly probe: Probe }

/** Every driver of this version, whether the settings allow it or not; one after another, so that each has the machine to itself. */
async function sandboxes(images: readonly Root[]): Promise<Tier[]> {
  const limits = sandboxLimitsOf(limitPolicyOf(settings).usual)
  const folder = join(resolve(projectFolder, settings.data), 'sandboxes')
  const tiers = new Tiers({
    log: silentLog,
    makers: tierMakers({
      ...{ log: silentLog, nodeBinary: process.execPath, slots: 4, limits, folder, mostMemoryBytes: settings.memoryBytesMax },
      image: () => images.flatMap((root) => (root.kind === 'image' ? [root.folder] : []))[0] ?? null,
    }),
    examine: examineIn(() => images, limits),
    makePool: (driver) => new Pool({ driver, log: silentLog, ceiling: 0, targets: [] }),
  })
  try {
    const found: Tier[] = []
    for (const level of tiers.levels) found.push({ level, probe: await tiers.examine(level) })
    return found
  } finally {
    await tiers.close()
  }
}

/** The youngest image that is there; nothing is built. */
async function builtImages(): Promise<Root[]> {
  const folder = resolve(projectFolder, settings.data, settings.toolchainFolder ?? 'toolchain')
  const { previous } = await findImages(folder, '')
  return previous === null ? [] : [{ kind: 'image', folder: previous.folder }]
}

async function toolchain(): Promise<Finding[]> {
  const means = await findMeans({ environment: process.env, isGentle: false }, AbortSignal.timeout(30_000))
  return means.kind === 'able'
    ? [{ name: 'toolchain', ok: true, detail: 'the toolchain image (compilers) can be built here', remedy: '' }]
    : [
        {
          name: 'toolchain',
          ok: false,
          detail: `the toolchain image cannot be built here: ${means.reason}`,
          remedy: means.remedy,
        },
      ]
}

/** What settings mean beside each other. */
function together(): Finding[] {
  const contradiction = contradictionIn(settings, variants[settings.variant].isolation)
  if (contradiction !== null)
    return [{ name: 'settings', ok: false, detail: `the server will not start: ${contradiction}`, remedy: '' }]
  return tiersBeyond(settings).map((detail) => ({ name: 'tiers', ok: true, detail, remedy: '' }))
}

/** The one that comes with Atelier is as it has to be. */
async function givenDatabase(): Promise<Finding[]> {
  if (settings.databaseUrl === undefined) return []
  try {
    const wall = await examineSecondWall(settings.databaseUrl)
    return wall.role === null
      ? [{ name: 'row security', ok: false, detail: `row security will not be in force: ${wall.why}`, remedy: wall.remedy }]
      : [{ name: 'row security', ok: true, detail: `row security holds for the role "${wall.role}"`, remedy: '' }]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const detail = `the database of DATABASE_URL does not answer: ${reason}`
    return [{ name: 'database', ok: false, detail, remedy: 'Start it, or correct the address, user and password.' }]
  }
}

async function forTests(): Promise<Finding[]> {
  const chromium = await access('/usr/bin/chromium').then(
    () => true,
    () => false,
  )
  const detail = chromium ? 'chromium is there, for the browser tests' : 'chromium is not there: only the browser tests need it'
  return [{ name: 'chromium', ok: true, detail, remedy: '' }]
}

function print(title: string, findings: readonly Finding[]): void {
  console.log(`\n${title}`)
  for (const finding of findings) {
    console.log(`  ${finding.ok ? '✓' : '✗'} ${finding.detail}`)
    if (!finding.ok && finding.remedy !== '') console.log(`      → ${finding.remedy}`)
  }
}

const { usual, allowed } = isolationPolicyOf(settings, variants[settings.variant].isolation)
const tiers = await sandboxes(await builtImages())
const rest = [...(await machine()), ...together(), ...(await givenDatabase()), ...(await toolchain()), ...(await forTests())]
for (const { level, probe } of tiers) {
  const role = level === usual ? ', the usual one' : allowed.includes(level) ? '' : ', not allowed by the settings'
  print(`Isolation: ${level} ${probe.usable ? 'works' : 'does NOT work'} here${role}. ${probe.summary}`, probe.findings)
}
print('Machine', rest)
const needed = tiers.filter(({ level }) => level === usual)
const problems = [...needed.flatMap(({ probe }) => probe.findings), ...rest].filter((finding) => !finding.ok).length
console.log(
  problems === 0
    ? '\nEverything that Atelier needs is there.'
    : `\n${problems} thing${problems === 1 ? '' : 's'} could be better: see the arrows.`,
)
process.exit(needed.every(({ probe }) => probe.usable) ? 0 : 1)
