/** The server program: settings, start, the box, stop. What it consists of is in wiring.ts. */
import { readFileSync } from 'node:fs'
import { chmod, mkdir, open, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { openLog } from '@atelier/base/log'
import { helpOf, readFlags, readSettings, SettingError } from '@atelier/base/settings'
import { DatabaseRefusal } from '@atelier/storage/db/database-refusal'
import { type Settings, settingTable } from './settings.ts'
import { startBox } from './start-box.ts'
import { followToolchain } from './start-progress.ts'
import { startServer, whyNotStart } from './wiring.ts'

const projectFolder = resolve(import.meta.dirname, '../../..')
const version = (JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string }).version

const help = `Atelier ${version}: an online code editor that you host yourself.

Usage: npm start -- [options]

${helpOf(settingTable)}
  --help             Show this

Every other setting is an environment variable; the README has the table.`

function settingsOfThisProcess(): Settings | null {
  const { flags, help: helpAsked } = readFlags(settingTable, process.argv.slice(2))
  if (helpAsked) return null
  const settings = readSettings(settingTable, { flags, environment: process.env })
  const contradiction = whyNotStart(settings)
  if (contradiction !== null) throw new SettingError(contradiction)
  return settings
}

/**
 * What lives long here is small, and what a request leaves behind is much. V8's own limit for a full collection is then so
 * low that saves reached it every 100 ms: 11,000 saves per second became 7,000, p99 4 ms became 18.
 */
const heapGrowingPercent = 200

async function main(): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`)
  const settings = settingsOfThisProcess()
  if (settings === null) {
    console.log(help)
    return
  }
  const dataFolder = resolve(projectFolder, settings.data)
  await mkdir(dataFolder, { recursive: true, mode: 0o711 })
  // Under root the database and the sandboxes have users of their own, who must be able to pass through (not to look around).
  if (process.geteuid?.() === 0) await chmod(dataFolder, ((await stat(dataFolder)).mode & 0o777) | 0o011)
  await mkdir(join(dataFolder, 'logs'), { recursive: true, mode: 0o700 })
  const logFile = join(dataFolder, 'logs', 'server.log')
  // Told now, while it can still be told.
  await (await open(logFile, 'a', 0o600)).close()
  const log = openLog(settings.logLevel, logFile)
  const stopAsked = new Promise<NodeJS.Signals>((asked) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, asked)
  })
  // A fault that nobody caught: the state is unknown, so the process ends; boxes and database are built to survive that.
  process.on('uncaughtException', (error) => {
    log.error('uncaught fault', { error })
    console.error(error)
    process.exitCode = 70
    process.kill(process.pid, 'SIGTERM')
  })

  const server = await startServer({ settings, dataFolder, projectFolder, version, log })
  console.log(
    startBox({
      ...{ version, dataFolder, url: server.url },
      adminUrl: server.firstAdminPath === null ? null : server.url + server.firstAdminPath,
      isolation: server.status.read().isolation,
      wall: server.wall,
      seconds: process.uptime(),
      columns: process.stdout.columns ?? 80,
    }),
  )
  const stopFollowing = followToolchain(server.status, process.stdout)
  const signal = await stopAsked
  stopFollowing()
  console.log('Stopping …')
  log.info('stopping', { signal })
  await server.stop()
  log.info('stopped')
}

/** A folder that somebody else made is the host's to change; null: it is something else. */
function closedTo(error: unknown): string | null {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return null
  if (error.code !== 'EACCES' && error.code !== 'EPERM' && error.code !== 'EROFS') return null
  return `${error.path} may not be used by the account that this runs as (${error.code}). Start as the account that the data folder belongs to, or choose another folder with --data (ATELIER_DATA).`
}

main().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    if (error instanceof SettingError || error instanceof DatabaseRefusal) console.error(`Atelier cannot start. ${error.message}`)
    else console.error('Atelier cannot start.', closedTo(error) ?? error)
    process.exit(1)
  },
)
