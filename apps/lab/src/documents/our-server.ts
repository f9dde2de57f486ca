/** Our server in the row of those compared: the whole program with its own PostgreSQL, through its public y-websocket address. */
import { randomInt } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sharedTextName } from '@atelier/text/crdt/shared-text'
import { type ServerProcess, type StartOptions, startServerProcess } from '../server-process.ts'
import type { RoomAddress } from './member.ts'
import { type Contender, collectsGarbage } from './peers.ts'
import { cpuMsOf, descendantsOf, residentKbOf } from './processor.ts'

/** Connections that one user may have, less one to look at the result with. */
const socketsPerUser = 99
const filesPerProject = 100

export type OurFile = { readonly token: string; readonly project: string; readonly path: string }
export type OurServer = Contender & {
  readonly server: ServerProcess
  readonly dataFolder: string
  readonly databasePid: number
  /** As `documents`, with what is needed to ask for the files behind them. */
  files(count: number, members: number): Promise<OurFile[]>
  addressOf(file: OurFile): RoomAddress
  /** The server again, on the same data, after something ended it. */
  start(): Promise<void>
}

export async function startOurServer(
  environment: Readonly<Record<string, string>> = {},
  options: StartOptions = {},
): Promise<OurServer> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'atelier-lab-')))
  const listed = { ATELIER_TOOLCHAIN: 'off', ATELIER_WARM_SANDBOXES: '0', ATELIER_ISOLATIONS: 'container', LOG_LEVEL: 'warn' }
  // The same one after a restart, so that addresses stay; nobody else asks for ports from here.
  const port = await freePort()
  let [server, databasePid, made] = [await begin(), 0, 0]
  await findDatabase()

  function begin(): Promise<ServerProcess> {
    return startServerProcess(
      { ...listed, ...environment, ATELIER_PORT: String(port) },
      {
        nodeArguments: collectsGarbage,
        ...options,
        dataFolder,
      },
    )
  }

  async function findDatabase(): Promise<void> {
    const file = join(dataFolder, 'postgres', 'cluster', 'data', 'postmaster.pid')
    // A server on somebody else's database has no such file.
    databasePid = Number((await readFile(file, 'utf8').catch(() => '0')).split('\n', 1)[0])
  }

  const start = async (): Promise<void> => {
    server = await begin()
    await findDatabase()
  }

  const addressOf = ({ token, project, path }: OurFile): RoomAddress => ({
    port,
    path: `/api/v1/projects/${project}/yjs/${path}?token=${token}`,
    ...{ dialect: 'y-websocket', document: path, root: sharedTextName },
  })

  async function files(count: number, members: number): Promise<OurFile[]> {
    const perUser = Math.max(1, Math.min(filesPerProject, Math.floor(socketsPerUser / members)))
    const found: OurFile[] = []
    while (found.length < count) {
      const { token } = await call<{ token: string }>(server.url, 'sessions', 'POST', {})
      const project = await call<{ id: string }>(server.url, 'projects', 'POST', { token, json: { name: 'measured' } })
      for (let i = 0; i < perUser && found.length < count; i += 1) {
        const path = `file-${made++}.txt`
        await call(server.url, `projects/${project.id}/files/${path}`, 'PUT', { token, text: '' })
        found.push({ token, project: project.id, path })
      }
    }
    return found
  }

  return {
    name: 'ours',
    get pid() {
      return server.pid
    },
    get server() {
      return server
    },
    get databasePid() {
      return databasePid
    },
    ...{ dataFolder, files, addressOf, start },
    documents: async (count, members) => (await files(count, members)).map(addressOf),
    cpuMs: () => ({
      server: cpuMsOf(server.pid),
      database: [databasePid, ...descendantsOf(databasePid)].reduce((sum, pid) => sum + cpuMsOf(pid), 0),
    }),
    residentKb: () => residentKbOf(server.pid),
    async restart() {
      await server.end('SIGTERM')
      await start()
    },
    async stop() {
      await server.end('SIGTERM')
      if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

/** Below the ports that the kernel gives to connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + randomInt(10_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((done) => {
      server.once('error', () => done(false))
      server.listen(port, () => done(true))
    })
    if (!isFree) continue
    await new Promise((done) => server.close(done))
    return port
  }
}

type Call = { readonly token?: string; readonly json?: unknown; readonly text?: string }

export async function call<Answer>(url: string, path: string, method: string, { token, json, text }: Call): Promise<Answer> {
  const body = json === undefined ? text : JSON.stringify(json)
  const response = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}
