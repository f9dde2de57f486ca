/** The servers that are compared, each a process of its own with a store of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RoomAddress } from './member.ts'
import { cpuMsOf, residentKbOf } from './processor.ts'
import { textName } from './yjs-bytes.ts'

export type Contender = {
  readonly name: string
  /** New documents that nobody has opened yet, for so many members each. */
  documents(count: number, members: number): Promise<RoomAddress[]>
  /** Of the server process, and of the database that it does not have inside. */
  cpuMs(): { readonly server: number; readonly database: number }
  residentKb(): number
  readonly pid: number
  /** Ends it as it wants to be ended and starts it again on what it has stored. The addresses stay. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** On SIGUSR2. */
export const collectsGarbage = ['--import', join(import.meta.dirname, 'collect-garbage.ts')]

export type PeerName = 'hocuspocus' | 'y-websocket-server'

/** One of the peers on a store in a folder of its own. */
export async function startPeer(name: PeerName): Promise<Contender & { kill(): Promise<void>; start(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-peer-'))
  const store = join(folder, name === 'hocuspocus' ? 'documents.sqlite' : 'documents')
  let [port, made] = [0, 0]
  let child: ChildProcess
  const start = async (): Promise<void> => {
    child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...collectsGarbage, join(import.meta.dirname, `peers/${name}.ts`), store],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env.PATH ?? '', HOME: '/tmp', NODE_ENV: 'production', PORT: String(port) },
      },
    )
    if (child.stdout === null) throw new Error('no output')
    for await (const line of createInterface({ input: child.stdout })) {
      port = (JSON.parse(line) as { port: number }).port
      child.stdout.resume()
      return
    }
    throw new Error(`${name} did not start`)
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await exited
  }
  await start()
  const pid = (): number => child.pid ?? 0
  return {
    name,
    get pid() {
      return pid()
    },
    async documents(count) {
      return Array.from({ length: count }, () => {
        const document = `document-${made++}`
        const dialect = name === 'hocuspocus' ? 'hocuspocus' : 'y-websocket'
        return { port, path: `/${document}`, dialect, document, root: textName }
      })
    },
    cpuMs: () => ({ server: cpuMsOf(pid()), database: 0 }),
    residentKb: () => residentKbOf(pid()),
    async restart() {
      await end('SIGTERM')
      await start()
    },
    kill: () => end('SIGKILL'),
    start,
    async stop() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
