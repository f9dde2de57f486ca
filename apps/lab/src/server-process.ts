/** The real server as a child process, for benchmarks and faults. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const profiling = process.env.ATELIER_LAB_NODE_ARGUMENTS?.split(' ') ?? []
const projectFolder = resolve(import.meta.dirname, '../../..')

export type ServerProcess = {
  readonly url: string
  readonly pid: number
  readonly dataFolder: string
  /** Ends it with a signal and waits until it is gone; the data folder stays. */
  end(signal: NodeJS.Signals): Promise<void>
  /** Ends it; a data folder that was made here is removed. */
  stop(): Promise<void>
}

export type StartOptions = {
  /** An earlier server's, to start again on; then it is the caller's to remove. */
  readonly dataFolder?: string
  /** For Node itself. ATELIER_LAB_NODE_ARGUMENTS="--cpu-prof --cpu-prof-dir=DIR" profiles the server under any benchmark. */
  readonly nodeArguments?: readonly string[]
  readonly serverArguments?: readonly string[]
}

/** Requests are counted as ever, but nobody in the lab may be stopped by their number: a benchmark sends in a second what people do in a day. */
const endless = 2 ** 40
const everything = {
  ...{
    executionsPerHour: endless,
    executionsAtOnce: null,
    wallMs: null,
    memoryBytes: null,
    storageBytes: endless,
    projects: endless,
  },
  ...{ readsPerMinute: endless, writesPerMinute: endless, executionsPerMinute: endless },
}
const tiers = JSON.stringify({ stranger: everything, guest: everything })

/** Starts the server on a free port with a data folder of its own (removed by `stop`), and waits until it is ready. */
export async function startServerProcess(
  environment: Readonly<Record<string, string>> = {},
  {
    dataFolder: given,
    nodeArguments = process.env.ATELIER_LAB_NODE_ARGUMENTS?.split(' ') ?? [],
    serverArguments = [],
  }: StartOptions = {},
): Promise<ServerProcess> {
  const dataFolder = given ?? (await mkdtemp(join(tmpdir(), 'atelier-lab-')))
  const program = [join(projectFolder, 'apps/server/src/main.ts'), '--data', dataFolder, ...serverArguments]
  const child = spawn(process.execPath, [...nodeArguments, ...profiling, ...program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/tmp', ATELIER_TIERS: tiers, ...environment },
    cwd: projectFolder,
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const ready = new Promise<void>((done) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('Stop')) done()
    })
  })
  await Promise.race([ready, exited])
  if (child.exitCode !== null || child.pid === undefined) throw new Error('the server did not start')
  const { url } = JSON.parse(await readFile(join(dataFolder, 'server.json'), 'utf8')) as { url: string }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  return {
    ...{ url: url.replace('localhost', '127.0.0.1'), pid: child.pid, dataFolder, end },
    async stop() {
      await end('SIGTERM')
      if (given === undefined) await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
