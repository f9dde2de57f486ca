/**
 * The load: light clients in a process of their own. Told by lines of JSON on its input (`Order`), answers a line to each.
 * It counts deliveries, one for each edit that arrives at one client, however many edits came in one frame; and it knows how
 * many there must be, so nothing that is missing or comes twice goes unseen.
 */
import { createInterface } from 'node:readline'
import { readDocument } from './fresh-reader.ts'
import { Latencies } from './latencies.ts'
import { Member, Room, type RoomAddress } from './member.ts'
import { seeded } from './random.ts'
import { type Taken, takeTrace } from './take-trace.ts'

export type Order =
  /** Opens `members` connections to each document, `atOnce` at a time. */
  | { readonly do: 'connect'; readonly rooms: readonly RoomAddress[]; readonly members: number; readonly atOnce: number }
  | { readonly do: 'type'; readonly seconds: number; readonly keysPerSecond: number; readonly seed: number }
  | { readonly do: 'point'; readonly seconds: number; readonly perSecond: number }
  /** Opens this many of the documents anew and compares their text with what was typed. */
  | { readonly do: 'verify'; readonly documents: number }
  | { readonly do: 'trace'; readonly room: RoomAddress; readonly file: string; readonly mostMs: number }
  | { readonly do: 'leave' }

export type Typed = {
  readonly edits: number
  readonly deliveries: number
  readonly missing: number
  readonly frames: number
  readonly bytes: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly seconds: number
}
export type Pointed = {
  /** States that were sent, times the members that could want them. */
  readonly offered: number
  readonly delivered: number
  readonly p50Ms: number
  readonly p99Ms: number
}
export type Verified = { readonly documents: number; readonly wrong: number }
export type Connected = { readonly connections: number; readonly ms: number }
export type Answer = Typed | Pointed | Verified | Connected | Taken | { readonly left: number }

const settleMs = 20_000
const aliveMs = 30_000
const localAddresses = 8
let rooms: Room[] = []
let latencies = new Latencies()
let nextAuthor = 1000

const allMembers = (): Member[] => rooms.flatMap((room) => room.members)
setInterval(() => {
  for (const member of allMembers()) member.stayAlive()
}, aliveMs).unref()

async function connect({ rooms: addresses, members, atOnce }: Extract<Order, { do: 'connect' }>): Promise<Connected> {
  const startedAt = performance.now()
  latencies = new Latencies()
  rooms = []
  const waiting: (() => Promise<void>)[] = []
  for (const [index, address] of addresses.entries()) {
    const localAddress = `127.0.0.${1 + (index % localAddresses)}`
    const room = new Room({ ...address, localAddress }, nextAuthor, latencies)
    nextAuthor += members + 1
    rooms.push(room)
    for (let i = 0; i < members; i += 1) {
      const member = new Member(room)
      waiting.push(() => member.join())
    }
  }
  const connections = waiting.length
  waiting.reverse()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let join = waiting.pop(); join !== undefined; join = waiting.pop()) await join()
    }),
  )
  return { connections, ms: performance.now() - startedAt }
}

async function type({ seconds, keysPerSecond, seed }: Extract<Order, { do: 'type' }>): Promise<Typed> {
  const random = seeded(seed)
  for (const room of rooms) room.members[0]?.putGrid(room.members.length)
  await until(() => allMembers().every((member) => member.hasGrid), settleMs)
  const members = allMembers()
  const framesBefore = members.reduce((sum, { socket }) => sum + socket.framesIn, 0)
  const bytesBefore = members.reduce((sum, { socket }) => sum + socket.bytesIn, 0)
  const everyMs = 1000 / keysPerSecond
  const startedAt = performance.now()
  const due = members.map(() => startedAt + random() * everyMs)
  const endAt = startedAt + seconds * 1000
  for (let now = startedAt; now < endAt; now = performance.now()) {
    for (const [index, member] of members.entries())
      for (; (due[index] ?? now) < now; due[index] = (due[index] ?? now) + everyMs * (0.5 + random())) member.type(random)
    await new Promise((next) => setTimeout(next, 1))
  }
  const took = (performance.now() - startedAt) / 1000
  const arrived = (): number => members.reduce((sum, member) => sum + member.arrived, 0)
  const expected = rooms.reduce(
    (sum, room) => sum + room.members.reduce((edits, member) => edits + member.edits, 0) * (room.members.length - 1),
    0,
  )
  await until(() => arrived() >= expected, settleMs)
  return {
    edits: members.reduce((sum, member) => sum + member.edits, 0),
    ...{ deliveries: arrived(), missing: expected - arrived(), seconds: took },
    frames: members.reduce((sum, { socket }) => sum + socket.framesIn, 0) - framesBefore,
    bytes: members.reduce((sum, { socket }) => sum + socket.bytesIn, 0) - bytesBefore,
    ...{ p50Ms: latencies.percentileMs(0.5), p99Ms: latencies.percentileMs(0.99) },
  }
}

async function point({ seconds, perSecond }: Extract<Order, { do: 'point' }>): Promise<Pointed> {
  const members = allMembers()
  let sent = 0
  const everyMs = 1000 / perSecond
  const startedAt = performance.now()
  const due = members.map((_, index) => startedAt + (index / members.length) * everyMs)
  for (let now = startedAt; now < startedAt + seconds * 1000; now = performance.now()) {
    for (const [index, member] of members.entries())
      for (; (due[index] ?? now) < now; due[index] = (due[index] ?? now) + everyMs) {
        member.point()
        sent += 1
      }
    await new Promise((next) => setTimeout(next, 2))
  }
  await new Promise((next) => setTimeout(next, 500))
  return {
    offered: sent * (members.length - 1),
    delivered: members.reduce((sum, member) => sum + member.statesArrived, 0),
    ...{ p50Ms: latencies.percentileMs(0.5), p99Ms: latencies.percentileMs(0.99) },
  }
}

async function verify({ documents }: Extract<Order, { do: 'verify' }>): Promise<Verified> {
  const chosen = rooms.slice(0, documents)
  let wrong = 0
  for (const room of chosen) {
    const text = await readDocument(room.address).then(
      (read) => read.text,
      (error: Error) => error.message,
    )
    if (text === room.expected()) continue
    wrong += 1
    process.stderr.write(`a text differs from what was typed: ${JSON.stringify(text.slice(0, 100))} …\n`)
  }
  return { documents: chosen.length, wrong }
}

function leave(): { left: number } {
  const members = allMembers()
  for (const member of members) member.leave()
  rooms = []
  return { left: members.length }
}

async function until(holds: () => boolean, mostMs: number): Promise<void> {
  const deadline = performance.now() + mostMs
  while (!holds() && performance.now() < deadline) await new Promise((next) => setTimeout(next, 20))
}

function obey(order: Order): Promise<Answer> | Answer {
  switch (order.do) {
    case 'connect':
      return connect(order)
    case 'type':
      return type(order)
    case 'point':
      return point(order)
    case 'verify':
      return verify(order)
    case 'trace':
      return takeTrace(order)
    case 'leave':
      return leave()
  }
}

if (import.meta.main)
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await obey(JSON.parse(line) as Order)
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
