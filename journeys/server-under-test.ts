/** The real server, started as `npm start` starts it, for journeys: own data folder, free port, the tests' toolchain image. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

export const projectFolder = resolve(import.meta.dirname, '..')

/** Built once by the first test that needs it, kept for the next run. */
export const testToolchainFolder = join(projectFolder, '.atelier/test-toolchain')

export type ServerUnderTest = {
  readonly url: string
  readonly pid: number
  readonly dataFolder: string
  /** What it has printed so far. */
  readonly printed: () => string
  /** Ends it with a signal and waits until it is gone; the data folder stays. */
  end(signal: NodeJS.Signals): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type ServerOptions = {
  /** An earlier server's folder, to start again on; then it is the caller's to remove. */
  readonly dataFolder?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** What to spawn for a program of the project, when it is somebody else who starts it. */
  readonly startedBy?: (program: string, args: readonly string[]) => readonly [string, readonly string[]]
}

/** `ATELIER_VARIANT=v1 npm test -- journeys` takes the same journeys with another engine, except where one names its own. */
const testedVariant = process.env.ATELIER_VARIANT ?? 'v2'
const wallOf = { v0: 'process', v1: 'container', v2: 'container' } as const

export type VariantName = keyof typeof wallOf

/** What a journey of one variant starts its server with. */
export const variant = (name: VariantName): Pick<ServerOptions, 'args' | 'environment'> => ({
  args: ['--variant', name],
  environment: { ATELIER_ISOLATIONS: wallOf[name] },
})

export async function startServer(options: ServerOptions = {}): Promise<ServerUnderTest> {
  const args = options.args ?? []
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'atelier-journey-')))
  const startedBy =
    options.startedBy ?? ((program, given) => [process.execPath, [join(projectFolder, program), ...given]] as const)
  const [command, commandArgs] = startedBy('apps/server/src/main.ts', ['--data', dataFolder, ...args])
  const child = spawn(command, commandArgs, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: projectFolder,
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: '/tmp',
      TMPDIR: tmpdir(),
      ATELIER_TOOLCHAIN: 'off',
      // The stronger walls are tried out at each start: only where a journey is about them.
      ATELIER_ISOLATIONS: 'container',
      ATELIER_TOOLCHAIN_FOLDER: testToolchainFolder,
      ...(args.includes('--variant') ? {} : { ATELIER_VARIANT: testedVariant }),
      ...options.environment,
    },
  })
  let printed = ''
  child.stderr.on('data', (bytes: Buffer) => {
    printed += bytes
  })
  const boxPrinted = new Promise<void>((ready) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed += `${line}\n`
      if (line.startsWith('╰')) ready()
    })
  })
  await Promise.race([boxPrinted, once(child, 'exit')])
  if (child.exitCode !== null || child.pid === undefined) {
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true })
    throw new Error(`the server did not start:\n${printed}`)
  }
  const { url } = JSON.parse(await readFile(join(dataFolder, 'server.json'), 'utf8')) as { url: string }
  const server = {
    ...{ url, pid: child.pid, dataFolder, printed: () => printed },
    end: (signal: NodeJS.Signals) => endProcess(child, signal),
    async [Symbol.asyncDispose]() {
      await endProcess(child, 'SIGTERM')
      if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true })
    },
  }
  return server
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}
