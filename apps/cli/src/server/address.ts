/** Which server is meant: `--server`, ATELIER_URL, the one that runs on this project's data folder, else localhost:3000. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { exitCodes, Failure } from '../failure.ts'

const usualUrl = 'http://localhost:3000'

export type AddressSources = {
  readonly option: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The folder that holds the launcher; a relative data folder starts there, as the server has it. */
  readonly projectFolder: string
}

export async function findServer({ option, environment, projectFolder }: AddressSources): Promise<URL> {
  if (option !== undefined) return parseAddress(option, '--server')
  const fromEnvironment = environment.ATELIER_URL
  if (fromEnvironment !== undefined && fromEnvironment !== '') return parseAddress(fromEnvironment, 'ATELIER_URL')
  return new URL((await announcedUrl(dataFolderOf({ environment, projectFolder }))) ?? usualUrl)
}

/** Where the server of this project keeps its data, as `npm start` decides it; it may not be there yet. */
export function dataFolderOf({ environment, projectFolder }: Omit<AddressSources, 'option'>): string {
  const data = environment.ATELIER_DATA
  if (data !== undefined && data !== '') return resolve(projectFolder, data)
  // Under root, and where the project stands in a closed folder.
  const mark = createHash('sha256').update(projectFolder).digest('hex').slice(0, 8)
  const apart = join('/var/lib/atelier', `${basename(projectFolder)}-${mark}`)
  const beside = join(projectFolder, '.atelier/data')
  return existsSync(apart) && (process.geteuid?.() === 0 || !existsSync(beside)) ? apart : beside
}

/** `localhost:3000` is taken as http. Refuses what is not an http address. */
export function parseAddress(text: string, source: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '')
    throw new Failure(`${source} is "${text}", which is not the address of a server. Give one such as ${usualUrl}.`, {
      exitCode: exitCodes.usage,
    })
  url.search = ''
  url.hash = ''
  return url
}

/** The server writes `server.json` when it listens. A file that a killed server left behind is told by the process's start time. */
export async function announcedUrl(dataFolder: string): Promise<string | null> {
  try {
    const announced: unknown = JSON.parse(await readFile(join(dataFolder, 'server.json'), 'utf8'))
    if (typeof announced !== 'object' || announced === null) return null
    const { pid, startedTicks, url } = announced as { pid?: unknown; startedTicks?: unknown; url?: unknown }
    if (typeof pid !== 'number' || typeof url !== 'string' || !URL.canParse(url)) return null
    return (await ticksOf(pid)) === startedTicks ? url : null
  } catch {
    return null
  }
}

async function ticksOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
