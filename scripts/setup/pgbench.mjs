/**
 * pgbench, PostgreSQL's own benchmark: the host's, else unpacked from Debian's package into .atelier/pgbench without
 * installing it, which would create and start a database server on this machine. Needs no rights.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inState } from './places.mjs'
import { findProgram, run } from './programs.mjs'
import { SetupError, step } from './steps.mjs'
import { installSystemPackages } from './system-packages.mjs'

/** @returns {Promise<string>} its path */
export async function bringPgbench() {
  return findProgram('pgbench') ?? findInstalled('/usr/lib/postgresql') ?? (await unpack())
}

/** @param {string} folder with a folder per major version */
function findInstalled(folder) {
  if (!existsSync(folder)) return undefined
  return readdirSync(folder)
    .map((version) => join(folder, version, 'bin', 'pgbench'))
    .find((path) => existsSync(path))
}

async function unpack() {
  const folder = inState('pgbench')
  const findUnpacked = () => findInstalled(join(folder, 'usr/lib/postgresql'))
  const unpacked = findUnpacked()
  if (unpacked !== undefined) return unpacked
  if (!hasLibrary()) await installSystemPackages(['libpq5'], { required: true })
  return await step('pgbench', async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    // The package's name carries the major version; "postgresql" depends on the present one.
    let name = ''
    await must('apt-cache', ['depends', 'postgresql'], folder, (line) => {
      name = /Depends: (postgresql-\d+)$/.exec(line)?.[1] ?? name
    })
    await must('apt-get', ['download', name], folder)
    for (const file of readdirSync(folder).filter((each) => each.endsWith('.deb'))) await must('dpkg', ['-x', file, '.'], folder)
    const program = findUnpacked()
    if (program === undefined)
      throw new SetupError(`The package ${name} holds no pgbench.`, { next: 'install pgbench by your own means.' })
    return program
  })
}

const hasLibrary = () => ['x86_64', 'aarch64'].some((machine) => existsSync(`/usr/lib/${machine}-linux-gnu/libpq.so.5`))

/** @param {string} program @param {string[]} args @param {string} cwd @param {(line: string) => void} [onLine] */
async function must(program, args, cwd, onLine) {
  const result = await run(program, args, { cwd, ...(onLine ? { onLine } : {}) })
  if (result.ok) return
  throw new SetupError(`pgbench could not be fetched: ${program} ${args.join(' ')} failed.`, {
    detail: result.lastWords,
    next: 'as root, run "apt-get update", then run the command again; or install pgbench by your own means.',
  })
}
