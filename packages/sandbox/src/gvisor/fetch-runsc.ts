/**
 * gVisor's runtime: Debian 13's package `runsc`, fetched by this machine's own apt with package lists of its own, so that an
 * older Debian can have it too. apt checks signatures; nothing is installed, the one program is unpacked and kept.
 */
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFile } from '@atelier/base/file-lock'
import type { Log } from '@atelier/base/log'
import { runStep } from '../toolchain/build-process.ts'
import { explainFailure } from '../toolchain/failure.ts'
import { buildPath, findMeans, type Means } from '../toolchain/means.ts'

const PACKAGE = 'runsc'
const FETCH_MS = 180_000

export type RunscOrder = {
  /** Kept between starts; ours alone. */
  readonly folder: string
  /** Our environment, of which only the proxy variables are used. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly signal: AbortSignal
}

/** There is no runsc, and we know what to say about it. */
export class NoRunsc extends Error {
  readonly remedy: string
  constructor(reason: string, remedy: string) {
    super(reason)
    this.remedy = remedy
  }
}

/** The program's path. Fetched once; remove the folder to have a newer one. Throws NoRunsc. */
export async function bringRunsc(order: RunscOrder): Promise<string> {
  const program = join(order.folder, PACKAGE)
  if (await isThere(program)) return program
  await mkdir(order.folder, { recursive: true, mode: 0o755 })
  const signal = AbortSignal.any([order.signal, AbortSignal.timeout(FETCH_MS)])
  const lock = await lockFile(join(order.folder, 'lock'), { shared: false, waits: true, signal })
  try {
    if (!(await isThere(program))) await fetchProgram(order, program, signal)
    return program
  } finally {
    await lock?.release()
  }
}

async function fetchProgram({ folder, environment, log }: RunscOrder, program: string, signal: AbortSignal): Promise<void> {
  const means = await findMeans({ environment, isGentle: false }, signal)
  if (means.kind === 'unable') {
    throw new NoRunsc(`gVisor's program runsc cannot be fetched: ${means.reason}`, 'Name an installed runsc in the settings.')
  }
  log.info('gvisor is being fetched', { package: PACKAGE, from: means.source.host })
  const stage = await mkdtemp(join(folder, 'making-'))
  try {
    // apt's own user for downloads must be able to write here.
    await chmod(stage, 0o755)
    await fetchPackage(means, stage, signal)
    await rename(await unpack(means, stage, signal), program)
    log.info('gvisor is there', { program })
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

async function fetchPackage(means: Means, stage: string, signal: AbortSignal): Promise<void> {
  for (const place of ['lists/partial', 'archives/partial']) await mkdir(join(stage, place), { recursive: true })
  await writeFile(join(stage, 'sources.list'), `${means.source.lines.join('\n')}\n`)
  await writeFile(join(stage, 'status'), '')
  await writeFile(join(stage, 'apt.conf'), `${means.aptOptions.join('\n')}\n`)
  const options = {
    'Dir::Etc::SourceList': join(stage, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': join(stage, 'lists'),
    'Dir::State::Status': join(stage, 'status'),
    'Dir::Cache': stage,
    'Dir::Cache::Archives': join(stage, 'archives'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'APT::Sandbox::User': 'root',
  }
  const apt = ['apt-get', '-q', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])]
  const environment = { PATH: buildPath, LC_ALL: 'C.UTF-8', APT_CONFIG: join(stage, 'apt.conf'), ...means.proxies }
  await run({ means, step: 'reading the package lists', argv: [...apt, 'update'], environment, signal })
  const download = ['sh', '-euc', 'cd "$1"; shift; exec "$@"', 'sh', stage, ...apt, 'download', PACKAGE]
  await run({ means, step: `fetching ${PACKAGE}`, argv: download, environment, signal })
}

async function unpack(means: Means, stage: string, signal: AbortSignal): Promise<string> {
  const file = (await readdir(stage)).find((name) => name.endsWith('.deb'))
  if (file === undefined) throw new NoRunsc(`apt fetched no package ${PACKAGE}`, 'Name an installed runsc in the settings.')
  const tree = join(stage, 'tree')
  const argv = ['dpkg-deb', '-x', join(stage, file), tree]
  await run({ means, step: `unpacking ${PACKAGE}`, argv, environment: { PATH: buildPath, LC_ALL: 'C.UTF-8' }, signal })
  return join(tree, 'usr/bin', PACKAGE)
}

async function run(step: {
  means: Means
  step: string
  argv: readonly string[]
  environment: Readonly<Record<string, string>>
  signal: AbortSignal
}): Promise<void> {
  const lines: string[] = []
  const { argv, environment, signal, means } = step
  const outcome = await runStep({
    ...{ argv, environment, signal },
    onLine: (line) => {
      lines.push(line)
      if (lines.length > 200) lines.shift()
    },
  })
  if (outcome.kind === 'done') return
  const told = { step: step.step, lines, mirrorHost: means.source.host, logFile: 'the log of the server' }
  const { reason, remedy } = explainFailure({ ...told, exitCode: outcome.exitCode, silent: outcome.silent })
  throw new NoRunsc(`gVisor's program runsc could not be fetched: ${reason}`, remedy)
}

const isThere = (program: string): Promise<boolean> =>
  access(program, constants.X_OK).then(
    () => true,
    () => false,
  )
