import { createHash } from 'node:crypto'
import { chown, lstat, mkdir, mkdtemp, readlink, realpath, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FileLock } from '@atelier/base/file-lock'
import type { Log } from '@atelier/base/log'
import { DatabaseRefusal } from './database-refusal.ts'
import { type Account, accountOf, chooseAccount, folderInTheWay } from './embedded/account.ts'
import { type Binaries, readyBinaries } from './embedded/binaries.ts'
import { type Cluster, readyCluster, share, writeSettings } from './embedded/cluster.ts'
import { lockFolder } from './embedded/folder-lock.ts'
import { readyMember } from './embedded/member.ts'
import { endOrphans } from './embedded/orphans.ts'
import { type Postmaster, startPostmaster } from './embedded/postmaster.ts'
import type { Durability } from './embedded/server-settings.ts'

/**
 * PostgreSQL without an installation: real binaries from npm, started and looked after by us. Root or not, first start
 * or hundredth, after a clean stop or kill -9: `openEmbeddedPostgres` resolves when the database takes connections.
 *
 *   running ──died──▶ restarting ──▶ running        stop(): ──▶ stopped
 *
 * There is no TCP port: only a unix socket in a folder that nobody else can enter, and a password.
 */
export interface EmbeddedPostgres {
  /** For the server program: the role `atelier`, owner of the database `atelier`. */
  readonly connectionString: string
  /** For backup and repair: the superuser, in the database `postgres`. */
  readonly superuserConnectionString: string
  readonly socketFolder: string
  readonly state: EmbeddedPostgresState
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type EmbeddedPostgresState = 'running' | 'restarting' | 'stopped'

export type EmbeddedPostgresOptions = {
  /** Where everything of it lives; made when absent. */
  readonly folder: string
  readonly log: Log
  readonly durability?: Durability
  /** Hears every change of `state`. */
  readonly onState?: (state: EmbeddedPostgresState) => void
}

const restartPauseMs = { first: 100, longest: 5_000 }
/** One that ran for so long was well: the next pause is short again. */
const steadyMs = 60_000
/** A unix socket's address holds 107 bytes; PostgreSQL adds "/.s.PGSQL.5432". */
const longestSocketFolder = 107 - '/.s.PGSQL.5432'.length

/** @throws DatabaseRefusal when the person who hosts has to do something first. */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const folder = await realpath(options.folder)
  await refuseForeignFolder(folder)
  const account = await chooseAccount(folder)
  await share(folder, account)
  await refuseClosedFolder(folder, account)
  const lock = await lockFolder(folder)
  try {
    return await openLocked(folder, account, options, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openLocked(
  folder: string,
  account: Account,
  { log, durability = 'durable', onState }: EmbeddedPostgresOptions,
  lock: FileLock,
): Promise<EmbeddedPostgres> {
  const binaries = await readyBinaries(account, folder)
  const cluster = await readyCluster(folder, binaries, account, durability)
  const socketFolder = await readySocketFolder(folder, account)
  await writeSettings(cluster, socketFolder, account, durability)
  const start = () => startOver(cluster, socketFolder, binaries, account, log)

  let postmaster = await start()
  try {
    await readyMember(addressOf('postgres', cluster.passwords, socketFolder))
  } catch (error) {
    await postmaster.stop()
    throw error
  }
  let state: EmbeddedPostgresState = 'running'
  const stopping = new AbortController()
  const enter = (next: EmbeddedPostgresState) => {
    if (state === next) return
    state = next
    onState?.(next)
  }

  async function lookAfter(): Promise<void> {
    for (let pauseMs = restartPauseMs.first; ; ) {
      const startedAt = performance.now()
      const words = await postmaster.ended
      if (stopping.signal.aborted) return
      enter('restarting')
      log.error('database died', { words })
      if (performance.now() - startedAt > steadyMs) pauseMs = restartPauseMs.first
      while (state === 'restarting') {
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
        if (stopping.signal.aborted) return
        pauseMs = Math.min(pauseMs * 2, restartPauseMs.longest)
        try {
          postmaster = await start()
          log.info('database restarted')
          enter('running')
        } catch (error) {
          log.error('database does not restart', { error, nextTryMs: pauseMs })
        }
      }
    }
  }
  const lookedAfter = lookAfter()

  async function stop(): Promise<void> {
    stopping.abort()
    await postmaster.stop()
    await lookedAfter
    await postmaster.stop() // a restart may have been under way
    await removeShortSocketFolder(folder, socketFolder)
    await lock.release()
    enter('stopped')
  }
  let stopped: Promise<void> | undefined
  const stopOnce = () => {
    stopped ??= stop()
    return stopped
  }

  const address = (role: keyof Cluster['passwords']) => addressOf(role, cluster.passwords, socketFolder)
  return {
    connectionString: address('atelier'),
    superuserConnectionString: address('postgres'),
    socketFolder,
    get state() {
      return state
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  }
}

const addressOf = (role: keyof Cluster['passwords'], passwords: Cluster['passwords'], socketFolder: string): string =>
  `postgresql://${role}:${passwords[role]}@localhost/${role}?host=${encodeURIComponent(socketFolder)}`

/** Ends what an earlier life left, then starts. What was just ended may hold on to memory and files for a moment. */
async function startOver(
  cluster: Cluster,
  socketFolder: string,
  binaries: Binaries,
  account: Account,
  log: Log,
): Promise<Postmaster> {
  const name = `atelier-${createHash('sha256').update(cluster.dataFolder).digest('hex').slice(0, 12)}`
  const settings = {
    config_file: join(cluster.folder, 'postgresql.conf'),
    hba_file: join(cluster.folder, 'pg_hba.conf'),
    cluster_name: name,
  }
  const args = ['-D', cluster.dataFolder, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])]
  for (let attempt = 1; ; attempt += 1) {
    await endOrphans(cluster.dataFolder, name, socketFolder, log)
    try {
      return await startPostmaster(binaries, account, args, log)
    } catch (error) {
      const isHeldOnTo = /pre-existing shared memory block|lock file .* already exists/.test(
        error instanceof Error ? error.message : '',
      )
      if (!isHeldOnTo || attempt === 20) throw error
      await delay(500)
    }
  }
}

async function refuseForeignFolder(folder: string): Promise<void> {
  const [owner, own] = [(await stat(folder)).uid, process.getuid?.() ?? 0]
  if (own === 0 || owner === own) return
  const name = (await accountOf(owner))?.name ?? `uid ${owner}`
  throw new DatabaseRefusal(
    `${folder} belongs to the account ${name}. Start as that account, or choose another data folder; ` +
      `or give the whole data folder to this one: chown -R ${(await accountOf(own))?.name ?? own} ${dirname(folder)}`,
  )
}

async function refuseClosedFolder(folder: string, account: Account): Promise<void> {
  const closed = await folderInTheWay(folder, account)
  if (closed === undefined) return
  throw new DatabaseRefusal(
    `PostgreSQL may not run as root and runs as "${account.name}", which may not enter ${closed}. ` +
      `Choose a data folder elsewhere (for example /var/lib/atelier), or allow it: chmod o+x ${closed}`,
  )
}

/**
 * `<folder>/socket`; where that address is too long for a socket, a link of that name to a short folder. What stands
 * there already is used again: a stale socket in it is PostgreSQL's to recognise and replace.
 */
async function readySocketFolder(folder: string, account: Account): Promise<string> {
  const wanted = join(folder, 'socket')
  if (Buffer.byteLength(wanted) <= longestSocketFolder) {
    await mkdir(wanted, { recursive: true, mode: 0o700 })
    await give(wanted, account)
    return wanted
  }
  const linked = await readlink(wanted).catch(() => undefined)
  const owner = linked === undefined ? undefined : (await lstat(linked).catch(() => undefined))?.uid
  if (linked !== undefined && owner === account.uid) return linked
  const made = await mkdtemp(join(tmpdir(), 'atelier-'))
  await give(made, account)
  await rm(wanted, { recursive: true, force: true })
  await symlink(made, wanted)
  return made
}

async function give(folder: string, account: Account): Promise<void> {
  if (process.getuid?.() === 0) await chown(folder, account.uid, account.gid)
}

async function removeShortSocketFolder(folder: string, socketFolder: string): Promise<void> {
  if (socketFolder === join(folder, 'socket')) return
  await rm(socketFolder, { recursive: true, force: true })
  await rm(join(folder, 'socket'), { force: true })
}
