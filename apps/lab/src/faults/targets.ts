/** What is broken on purpose, and everywhere its text can be read: by somebody who joins, over REST, in the zip, in the database. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crdtEngine } from '@atelier/text/crdt/engine'
import pg from 'pg'
import { type OurServer, startOurServer } from '../documents/our-server.ts'
import { type PeerName, startPeer } from '../documents/peers.ts'
import { descendantsOf } from '../documents/processor.ts'
import type { Door } from './replica.ts'
import { textInZip } from './zip.ts'

export type Target = {
  readonly name: string
  /** A new document, for so many people. */
  newDocument(): Promise<TargetDocument>
  /** At once, from inside whatever called it. */
  killNow(): void
  /** The database's processes, none when it is inside the server. */
  databasePids(): number[]
  /** Waits until what was killed is gone, and starts it again. */
  start(): Promise<void>
  stop(): Promise<void>
}

export type TargetDocument = {
  readonly doors: readonly Door[]
  /** The text as it is outside of the room, by the way it was asked for. */
  texts(): Promise<Record<string, string>>
}

export async function openPeerTarget(name: PeerName): Promise<Target> {
  const peer = await startPeer(name)
  return {
    name,
    async newDocument() {
      const [address] = await peer.documents(1, 4)
      if (address === undefined) throw new Error('no document')
      return { doors: [{ address }, { address }, { address }, { address }], texts: async () => ({}) }
    },
    killNow: () => process.kill(peer.pid, 'SIGKILL'),
    databasePids: () => [],
    async start() {
      await peer.kill()
      await peer.start()
    },
    stop: () => peer.stop(),
  }
}

export type OurTarget = Target & { readonly ours: OurServer }

export async function openOurTarget(dataFolder?: string, environment: Readonly<Record<string, string>> = {}): Promise<OurTarget> {
  const ours = await startOurServer(environment, dataFolder === undefined ? {} : { dataFolder })
  return {
    ...{ name: 'ours', ours },
    async newDocument() {
      const [file] = await ours.files(1, 8)
      if (file === undefined) throw new Error('no file')
      const address = ours.addressOf(file)
      // Two come as any y-websocket client does, two as our page.
      const doors: Door[] = [{ address }, { address }, { address, page: file }, { address, page: file }]
      const headers = { authorization: `Bearer ${file.token}` }
      const project = `${ours.server.url}/api/v1/projects/${file.project}`
      return {
        doors,
        async texts() {
          const rest = await fetch(`${ours.server.url}/api/v1/projects/${file.project}/files/${file.path}`, { headers })
          const zip = await fetch(`${project}/zip`, { headers })
          return {
            REST: rest.ok ? await rest.text() : `REST answered ${rest.status}`,
            ...(zip.ok ? { zip: textInZip(Buffer.from(await zip.arrayBuffer()), file.path) } : {}),
            database: await textInDatabase(ours.dataFolder, file.project, file.path),
          }
        },
      }
    },
    killNow: () => process.kill(ours.pid, 'SIGKILL'),
    databasePids: () => [ours.databasePid, ...descendantsOf(ours.databasePid)],
    async start() {
      await ours.server.end('SIGKILL')
      await ours.start()
    },
    stop: () => ours.stop(),
  }
}

/** What is committed, read past the server. */
export async function textInDatabase(dataFolder: string, project: string, path: string): Promise<string> {
  const folder = join(dataFolder, 'postgres')
  const { atelier } = JSON.parse(await readFile(join(folder, 'cluster', 'passwords.json'), 'utf8')) as { atelier: string }
  const client = new pg.Client({ host: join(folder, 'socket'), user: 'atelier', database: 'atelier', password: atelier })
  await client.connect()
  try {
    // One statement, so that both come from the same moment.
    const { rows } = await client.query<{ snapshot: Buffer; records: Buffer[] }>(
      `SELECT snapshot, ARRAY(SELECT bytes FROM document_operations WHERE document = id AND seq > snapshot_seq ORDER BY seq) AS records
         FROM documents WHERE project = $1 AND path = $2`,
      [project, path],
    )
    const [row] = rows
    return row === undefined ? 'not in the database' : crdtEngine.textOf(row)
  } finally {
    await client.end()
  }
}
