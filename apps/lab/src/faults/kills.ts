/**
 * kill -9, over and over, while four people type into one document: at the instant somebody sees another's key, or server and
 * database together in the middle of typing. After each: what a stranger reads who joins first (everything that was seen or called
 * stored must be there), then all come back with what they had, and everything must be there once, everywhere.
 */
import { readDocument } from '../documents/fresh-reader.ts'
import { seeded } from '../documents/random.ts'
import { Ledger, Tally } from './ledger.ts'
import { Replica } from './replica.ts'
import type { Target } from './targets.ts'

export type KillKind = 'server at a seen key' | 'server and database while typing'

/** A document takes this many cycles, then there is a new one. */
const cyclesPerDocument = 25
const keyEveryMs = 8
const mostMs = 60_000

export type KillResult = { readonly cycles: number; readonly promised: number; readonly tally: Tally }

export async function killAndCompare(target: Target, kind: KillKind, cycles: number, seed: number): Promise<KillResult> {
  const random = seeded(seed)
  const tally = new Tally()
  let promised = 0
  let documents = 0
  for (let done = 0; done < cycles; ) {
    const document = await target.newDocument()
    const ledger = new Ledger()
    const replicas = document.doors.map((door, index) => new Replica(door, index, ledger))
    for (const replica of replicas) await replica.connectSoon(mostMs)
    for (let inThis = 0; inThis < cyclesPerDocument && done < cycles; inThis += 1, done += 1) {
      await typeUntilKilled(target, kind, replicas, random)
      for (const replica of replicas) replica.leave()
      await target.start()
      const first = await readDocument(document.doors[0]?.address ?? fail(), { mostMs })
      tally.add(documents, `cycle ${done + 1}, read by a stranger`, ledger.check(first.text, 'promised'))
      for (const replica of replicas) await replica.connectSoon(mostMs)
      const isWhole = await settled(replicas, ledger)
      if (!isWhole) tally.note(`cycle ${done + 1}: the replicas did not become equal within ${mostMs / 1000} s`)
      const texts = Object.fromEntries(replicas.map((replica, index) => [`replica ${index}`, replica.text]))
      tally.add(documents, `cycle ${done + 1}, all back`, ledger.check(texts['replica 0'] ?? '', 'typed'))
      tally.equal({ ...texts, ...(await document.texts()) })
      if ((done + 1) % 20 === 0) console.log(`    ${done + 1} of ${cycles}: lost ${tally.lost}, doubled ${tally.doubled}`)
    }
    promised += ledger.promised.size
    documents += 1
    for (const replica of replicas) replica.leave()
  }
  return { cycles, promised, tally }
}

async function typeUntilKilled(
  target: Target,
  kind: KillKind,
  replicas: readonly Replica[],
  random: () => number,
): Promise<void> {
  let isKilled = false
  if (kind === 'server at a seen key') {
    const executioner = replicas[Math.floor(random() * replicas.length)] ?? fail()
    let left = 1 + Math.floor(random() * 30)
    executioner.onArrival = () => {
      left -= 1
      if (left > 0 || isKilled) return
      isKilled = true
      target.killNow()
    }
  } else
    setTimeout(
      () => {
        isKilled = true
        const database = target.databasePids()
        target.killNow()
        for (const pid of database) endNow(pid)
      },
      20 + random() * 400,
    )
  const deadline = performance.now() + mostMs
  while (!isKilled && performance.now() < deadline) {
    for (const replica of replicas) if (random() < 0.7) replica.type(random)
    await new Promise((next) => setTimeout(next, keyEveryMs))
  }
  if (!isKilled) throw new Error('nobody saw enough keys to kill the server')
  // What the kernel still holds of the dead server's words was said by it: it counts as seen.
  while (replicas.some((replica) => replica.isConnected) && performance.now() < deadline)
    await new Promise((next) => setTimeout(next, 2))
  for (const replica of replicas) replica.onArrival = () => {}
}

/** Resolves when all have the same text with every edit in it; false after `mostMs`. */
export async function settled(replicas: readonly Replica[], ledger: Ledger, waitMs = mostMs): Promise<boolean> {
  for (const deadline = Date.now() + waitMs; Date.now() < deadline; ) {
    const [first = '', ...others] = replicas.map((replica) => replica.text)
    if (others.every((text) => text === first) && ledger.check(first, 'typed').lost.length === 0) return true
    await Promise.all(replicas.map((replica) => (replica.isConnected ? null : replica.connect(5000).catch(() => {}))))
    await new Promise((next) => setTimeout(next, 20))
  }
  return false
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went with its parent.
  }
}

function fail(): never {
  throw new Error('a document without a door')
}
