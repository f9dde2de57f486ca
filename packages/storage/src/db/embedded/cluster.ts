import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DatabaseRefusal } from '../database-refusal.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { type Durability, hostBasedAccess, serverSettings } from './server-settings.ts'
import { unfinishedFolder } from './unfinished.ts'

/**
 * A cluster is PostgreSQL's word for one folder of databases. Ours holds `data` (PostgreSQL's own), the passwords of
 * its two roles, and its settings:
 *
 *   postgres  the superuser: backup, tests, repair. The server program never connects as it.
 *   atelier   the owner of the one database `atelier`; no superuser, so SQL can neither read files nor start programs.
 */
export type Cluster = { readonly folder: string; readonly dataFolder: string; readonly passwords: Passwords }

type Passwords = { readonly postgres: string; readonly atelier: string }

/** The environment of every program of PostgreSQL: nothing of ours. English messages, which the supervisor reads. */
export const postgresEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Opens the cluster in `parent`, which it creates the first time (about half a second), as a whole or not at all. */
export async function readyCluster(
  parent: string,
  binaries: Binaries,
  account: Account,
  durability: Durability,
): Promise<Cluster> {
  const folder = join(parent, 'cluster')
  const found = await readFile(join(folder, 'data', 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (found === undefined) await createCluster(parent, folder, binaries, account, durability)
  else if (Number(found) !== binaries.major) {
    throw new DatabaseRefusal(
      `The data in ${folder} was written by PostgreSQL ${found.trim()} and this Atelier brings PostgreSQL ${binaries.major}. ` +
        `Start the earlier Atelier, export the data and import it here, or choose another data folder.`,
    )
  }
  const passwords = await readFile(join(folder, 'passwords.json'), 'utf8').catch((cause) => {
    throw new DatabaseRefusal(
      `${folder}/passwords.json cannot be read, and without it the database stays shut. Restore it from a backup.`,
      { cause },
    )
  })
  return { folder, dataFolder: join(folder, 'data'), passwords: JSON.parse(passwords) as Passwords }
}

/** Written at every start, so that a newer Atelier's settings reach an older data folder. */
export async function writeSettings(
  cluster: Cluster,
  socketFolder: string,
  account: Account,
  durability: Durability,
): Promise<void> {
  const texts = { 'postgresql.conf': serverSettings(socketFolder, durability), 'pg_hba.conf': hostBasedAccess }
  for (const [name, text] of Object.entries(texts)) await writePrivate(join(cluster.folder, name), text, account)
}

async function createCluster(
  parent: string,
  folder: string,
  binaries: Binaries,
  account: Account,
  durability: Durability,
): Promise<void> {
  const unfinished = await unfinishedFolder(parent)
  try {
    const data = join(unfinished, 'data')
    await mkdir(data, { mode: 0o700 })
    await share(unfinished, account)
    await chown(data, account.uid, account.gid)
    const initdb = (...args: string[]) =>
      promisify(execFile)(join(binaries.folder, 'bin', 'initdb'), args, {
        ...identity(account),
        cwd: '/',
        env: postgresEnvironment,
        timeout: 60_000,
      })
    await initdb(
      '-D',
      data,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
      '--no-instructions',
    )
    const passwords: Passwords = { postgres: newPassword(), atelier: newPassword() }
    await singleUser(binaries, account, data, [
      `ALTER ROLE postgres PASSWORD '${passwords.postgres}'`,
      `CREATE ROLE atelier LOGIN PASSWORD '${passwords.atelier}'`,
      'CREATE DATABASE atelier OWNER atelier',
    ])
    await writeFile(join(unfinished, 'passwords.json'), JSON.stringify(passwords), { mode: 0o600 })
    if (durability === 'durable') await initdb('--sync-only', '-D', data)
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return // another start was faster; its cluster is as good
    throw new Error(`PostgreSQL could not create its data folder in ${parent}`, { cause: error })
  }
}

/** Runs statements without a running server; each must stand on one line. */
async function singleUser(binaries: Binaries, account: Account, data: string, statements: readonly string[]): Promise<void> {
  const child = spawn(join(binaries.folder, 'bin', 'postgres'), ['--single', '-F', '-D', data, 'postgres'], {
    ...identity(account),
    cwd: '/',
    env: postgresEnvironment,
    stdio: ['pipe', 'ignore', 'pipe'],
    timeout: 60_000,
  })
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString('latin1')
  })
  child.stdin.end(`${statements.join('\n')}\n`)
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0 || /^.*(ERROR|FATAL|PANIC): /m.test(said))
    throw new Error(`postgres --single ended with ${code}: ${said.slice(0, 2000)}`)
}

const newPassword = () => randomBytes(24).toString('base64url')

/** For `spawn`: the account, when it is not our own. */
export function identity(account: Account): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: account.uid, gid: account.gid } : {}
}

/** A folder of ours that the account may walk through but not list; nobody else gets in. */
export async function share(folder: string, account: Account): Promise<void> {
  // An ordinary user's stays theirs, also while root looks after it.
  if (process.getuid?.() !== 0 || (await stat(folder)).uid === account.uid) return await chmod(folder, 0o700)
  await chown(folder, 0, account.gid)
  await chmod(folder, 0o710)
}

async function writePrivate(path: string, text: string, account: Account): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return
  const unfinished = `${path}.${process.pid}`
  await rm(unfinished, { force: true })
  await writeFile(unfinished, text, { mode: 0o640, flag: 'wx' })
  if (process.getuid?.() === 0) await chown(unfinished, 0, account.gid)
  await rename(unfinished, path)
}
