/** Somebody who does not read while much is typed; two servers that both want the same document. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readDocument } from '../documents/fresh-reader.ts'
import { startOurServer } from '../documents/our-server.ts'
import { residentKbOf } from '../documents/processor.ts'
import { seeded } from '../documents/random.ts'
import type { Finding } from './finding.ts'
import { settled } from './kills.ts'
import { Tally } from './ledger.ts'
import { Replica } from './replica.ts'
import type { OurTarget } from './targets.ts'
import { leave, openGroup, typeFor } from './typing.ts'

const growthLimitKb = 150 * 1024
const pieceUnits = 64 * 1024
const pieces = 400
const contendMs = 15_000

export async function readSlowly(target: OurTarget, seed: number): Promise<Finding> {
  const random = seeded(seed)
  const document = await target.newDocument()
  const group = await openGroup(document)
  const [door] = document.doors
  if (door === undefined) throw new Error('no door')
  const slow = Array.from({ length: 3 }, (_, index) => new Replica(door, 100 + index, group.ledger))
  for (const replica of slow) await replica.connect()
  await typeFor(group, { ms: 500, everyMs: 40, random })
  const before = residentKbOf(target.ours.pid)
  for (const replica of slow) replica.socket?.pause()
  let most = before
  for (let piece = 0; piece < pieces; piece += 1) {
    group.replicas[piece % group.replicas.length]?.typeAndRemove(pieceUnits)
    if (piece % 4 === 0) for (const replica of group.replicas) replica.type(random)
    await wait(25)
    most = Math.max(most, residentKbOf(target.ours.pid))
  }
  const tally = new Tally()
  const undisturbed = await settled(group.replicas, group.ledger)
  for (const replica of slow) replica.socket?.resume()
  const all = [...group.replicas, ...slow]
  const isWhole = await settled(all, group.ledger)
  tally.add(0, 'afterwards', group.ledger.check(all.at(-1)?.text ?? '', 'typed'))
  tally.equal({ ...Object.fromEntries(all.map((each, index) => [`replica ${index}`, each.text])), ...(await document.texts()) })
  for (const replica of all) replica.leave()
  const grownMb = Math.round((most - before) / 1024)
  return {
    kind: 'three who do not read',
    said: `${Math.round((pieces * pieceUnits) / 1024 / 1024)} MB typed meanwhile, the server's memory grew by ${grownMb} MB`,
    ...{ tally, promised: group.ledger.promised.size, holds: undisturbed && isWhole && most - before <= growthLimitKb },
  }
}

export async function contend(target: OurTarget, seed: number): Promise<Finding> {
  const random = seeded(seed)
  const document = await target.newDocument()
  const group = await openGroup(document)
  const folder = join(target.ours.dataFolder, 'postgres')
  const { atelier } = JSON.parse(await readFile(join(folder, 'cluster', 'passwords.json'), 'utf8')) as { atelier: string }
  const database = `postgresql://atelier:${encodeURIComponent(atelier)}@/atelier?host=${encodeURIComponent(join(folder, 'socket'))}`
  const second = await startOurServer({ DATABASE_URL: database })
  const port = Number(new URL(second.server.url).port)
  try {
    // Two stay with the first server, two go to the second one: each wants the document there.
    for (const [index, replica] of group.replicas.entries())
      if (index % 2 === 1) {
        replica.leave()
        replica.door = { ...replica.door, address: { ...replica.door.address, port } }
      }
    await typeFor(group, { ms: contendMs, everyMs: 40, random })
    leave(group)
    // The second one is killed with whatever it believes to own.
    process.kill(second.pid, 'SIGKILL')
  } finally {
    await second.stop()
  }
  const first = document.doors[0]?.address
  if (first === undefined) throw new Error('no door')
  const tally = new Tally()
  for (const replica of group.replicas) replica.door = { ...replica.door, address: { ...replica.door.address, port: first.port } }
  const stranger = await readDocument(first, { mostMs: 60_000 })
  tally.add(0, 'read by a stranger', group.ledger.check(stranger.text, 'promised'))
  const isWhole = await settled(group.replicas, group.ledger)
  tally.add(0, 'all back', group.ledger.check(group.replicas[0]?.text ?? '', 'typed'))
  const texts = Object.fromEntries(group.replicas.map((each, index) => [`replica ${index}`, each.text]))
  tally.equal({ ...texts, ...(await document.texts()) })
  leave(group)
  return {
    kind: 'two servers with one document',
    said: `for ${contendMs / 1000} s, then one of them killed`,
    ...{ tally, promised: group.ledger.promised.size, holds: isWhole },
  }
}
