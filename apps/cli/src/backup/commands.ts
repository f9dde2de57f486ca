/**
 * The words behind `atelier backup` and `atelier restore`: for the person who hosts, on a data folder, not over HTTP. The work is done by
 * a program of the server, which has the database's tools; this side says what is wished, and waits. DATABASE_URL, which holds a password, is not
 * in the wish: others can see what a program is called with.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { exitCodes, Failure } from '../failure.ts'
import { dataFolderOf } from '../server/address.ts'

const dataOption = [
  '--data <folder>',
  'data folder of the server (ATELIER_DATA); else that of "npm start". Its database is DATABASE_URL, or else in there',
] as const

type BackupOptions = {
  readonly to?: string
  readonly keep?: number
  readonly withoutKeys?: boolean
  readonly databaseOnly?: boolean
  readonly verify?: string
  readonly keys?: string
  readonly data?: string
  readonly json?: boolean
}
type RestoreOptions = Pick<BackupOptions, 'keys' | 'data' | 'json'> & { readonly replace?: boolean }

export function describeBackup(program: Command, line: CommandLine, exitWith: (code: number) => void): void {
  const from = (path: string): string => resolve(line.surroundings.folder, path)
  const common = ({ data, json = false }: { data?: string; json?: boolean }) => ({
    dataFolder:
      data === undefined
        ? dataFolderOf({ environment: line.surroundings.environment, projectFolder: line.projectFolder })
        : from(data),
    ...{ json, version: line.version },
  })
  const keysOf = (keys: string | undefined): string | null => (keys === undefined ? null : from(keys))

  program
    .command('backup')
    .description('Write everything that the server of this machine keeps into one file, while it runs or not')
    .option('--to <path>', 'the file to write, or the folder for a file named after the time (usual: here)')
    .option('--keep <count>', 'afterwards keep only so many of the files that were named after the time in that folder', countOf)
    .option('--without-keys', 'leave out the keys of large files: keep DATA/keys/blobs.json yourself, elsewhere')
    .option(
      '--database-only',
      'leave out large files and keys, which stay in the data folder: only to go back on the same folder',
    )
    .option('--verify <file>', 'instead: read a backup from beginning to end and say whether it is whole')
    .option('--keys <file>', 'with --verify: the keys of a backup that was made without them')
    .option(...dataOption)
    .option('--json', 'print JSON')
    .addHelpText('after', backupHelp)
    .action(async (options: BackupOptions) => {
      const { to = '.', keep = null, verify, keys } = options
      exitWith(
        await askProgram(
          line,
          verify === undefined
            ? {
                ...{ verb: 'backup', ...common(options), to: from(to), isFolder: to.endsWith('/'), keep },
                ...{ withKeys: options.withoutKeys !== true, databaseOnly: options.databaseOnly === true },
              }
            : { verb: 'verify', ...common(options), file: from(verify), keys: keysOf(keys) },
        ),
      )
    })

  program
    .command('restore')
    .description('Bring back what a backup holds, into a data folder or a database that is empty; the server must not run')
    .argument('<file>', 'what "atelier backup" wrote')
    .option(
      '--replace',
      'also where there is data: the folders of before are kept beside the new ones; tables of DATABASE_URL are dropped',
    )
    .option('--keys <file>', 'the keys of a backup that was made without them')
    .option(...dataOption)
    .option('--json', 'print JSON')
    .addHelpText('after', restoreHelp)
    .action(async (file: string, options: RestoreOptions) => {
      const { replace = false, keys } = options
      exitWith(await askProgram(line, { verb: 'restore', ...common(options), file: from(file), replace, keys: keysOf(keys) }))
    })
}

/** Resolves with its exit code. A signal to us is a signal to it, and its end is waited for: it leaves nothing half. */
async function askProgram(line: CommandLine, wish: object): Promise<number> {
  const { environment, stdout, stderr } = line.surroundings
  const program = join(line.projectFolder, 'apps/server/src/backup/program.ts')
  const child = spawn(process.execPath, [program, JSON.stringify(wish)], {
    env: environment,
    // A terminal is handed on, for the line that shows how far it is.
    stdio: ['ignore', 'pipe', process.stderr === stderr ? 'inherit' : 'pipe'],
  })
  child.stdout?.pipe(stdout, { end: false })
  child.stderr?.pipe(stderr, { end: false })
  const stop = line.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], (name) => child.kill(name))
  try {
    return await new Promise<number>((done, failed) => {
      child.once('error', failed)
      child.once('close', (code, signal) => done(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
    })
  } finally {
    stop()
  }
}

function countOf(text: string): number {
  const count = Number(text)
  if (!/^\d{1,6}$/.test(text) || count < 1)
    throw new Failure(`--keep is "${text}". Give how many backups to keep, at least 1.`, { exitCode: exitCodes.usage })
  return count
}

const backupHelp = `
Examples:
  atelier backup                                   atelier-20261120-154000.tar.zst in this folder
  atelier backup --to /mnt/backups --keep 14       as a nightly job: fourteen stay
  atelier backup --verify /mnt/backups/atelier-20261120-154000.tar.zst

The server may run: the backup is of one moment, and everything that was shown as saved before it began is in it. It holds all
files, the hashes of passwords, and (unless --without-keys) the keys of large files: only its owner may read it, keep it so.`

const restoreHelp = `
Examples:
  atelier restore --data /srv/atelier /mnt/backups/atelier-20261120-154000.tar.zst
  atelier restore --replace DATA/backups/before-upgrade-….tar.zst      go back to the Atelier of before, then this

The file is checked from beginning to end before anything is changed. A backup of an older Atelier is brought up to date. People
with an account sign in again; guests, API tokens and share links are as they were at the time of the backup.`
