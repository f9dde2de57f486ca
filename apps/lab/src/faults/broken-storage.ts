/** The database does not answer for a while; the disk is full. Typing goes on, nobody is shown what is not stored, and nothing is lost. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readDocument } from '../documents/fresh-reader.ts'
import { seeded } from '../documents/random.ts'
import type { Finding } from './finding.ts'
import { settled } from './kills.ts'
import { Tally } from './ledger.ts'
import type { OurTarget, TargetDocument } from './targets.ts'
import { type Group, leave, openGroup, typeFor } from './typing.ts'

const pausedMs = 10_000
const fullMs = 8000
const everyMs = 40
/** What still had an answer under way when the database stopped. */
const underWayMs = 300

export async function pauseDatabase(target: OurTarget, seed: number): Promise<Finding> {
  const random = seeded(seed)
  const document = await target.newDocument()
  const group = await openGroup(document)
  await typeFor(group, { ms: 1000, everyMs, random })
  const pids = target.databasePids()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  let [before, unhealthy] = [0, 0]
  try {
    await wait(underWayMs)
    before = group.ledger.promised.size
    const typing = typeFor(group, { ms: pausedMs, everyMs, random })
    for (const until = performance.now() + pausedMs; performance.now() < until; await wait(500))
      unhealthy += (await isAlive(target)) ? 0 : 1
    await typing
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
  const early = group.ledger.promised.size - before
  return await compareAfter(target, document, group, {
    kind: 'the database paused for 10 s',
    said: `${early} edits were shown or called stored meanwhile, ${unhealthy} questions after its health unanswered`,
    holds: early === 0 && unhealthy === 0,
  })
}

/** The target's data folder lies on a small file system, see `onSmallDisk`. */
export async function fillDisk(target: OurTarget, seed: number): Promise<Finding> {
  const random = seeded(seed)
  const document = await target.newDocument()
  const group = await openGroup(document)
  await typeFor(group, { ms: 1000, everyMs, random })
  const filler = join(target.ours.dataFolder, 'filler')
  const { bavail, bsize } = statfsSync(target.ours.dataFolder)
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 64 * 1024)))
  // PostgreSQL's log has room ahead: small transactions fill it up.
  const bulk = typeBulk(group)
  await typeFor(group, { ms: 20_000, everyMs, random, over: () => statfsSync(target.ours.dataFolder).bavail * bsize < 8192 })
  await typeFor(group, { ms: fullMs, everyMs, random })
  bulk.stop()
  const isUp = await isAlive(target)
  rmSync(filler)
  if (!isUp) {
    leave(group)
    await target.start()
  }
  return await compareAfter(target, document, group, {
    kind: 'the disk full',
    said: `typed on for ${fullMs / 1000} s, then there was room again${isUp ? '' : '; the server HAD ENDED'}`,
    holds: isUp,
  })
}

/** Much to store, in a document of nobody's: edits of the others are few bytes. */
function typeBulk({ replicas }: Group): { stop(): void } {
  const timer = setInterval(() => replicas[0]?.typeAndRemove(64 * 1024), 50)
  return { stop: () => clearInterval(timer) }
}

/** Everybody comes together, the server is killed and started, and what was promised must be there. */
export async function compareAfter(
  target: OurTarget,
  document: TargetDocument,
  group: Group,
  { kind, said, holds }: { kind: string; said: string; holds: boolean },
): Promise<Finding> {
  const { ledger, replicas } = group
  const tally = new Tally()
  const isWhole = await settled(replicas, ledger, 120_000)
  if (!isWhole) tally.note('the replicas did not become equal')
  tally.add(0, 'afterwards', ledger.check(replicas[0]?.text ?? '', 'typed'))
  tally.equal({
    ...Object.fromEntries(replicas.map((each, index) => [`replica ${index}`, each.text])),
    ...(await document.texts()),
  })
  // A kill tells whether what was called stored is.
  target.killNow()
  leave(group)
  await target.start()
  const address = document.doors[0]?.address
  if (address !== undefined) tally.add(0, 'read by a stranger', ledger.check((await readDocument(address)).text, 'promised'))
  return { kind, said, tally, promised: ledger.promised.size, holds: holds && isWhole }
}

export async function isAlive({ ours }: OurTarget): Promise<boolean> {
  return await fetch(`${ours.server.url}/healthz`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  )
}

/** A file system of `megabytes` at `folder`, which only this process and its children see: it must have a mount namespace of its own. */
export function onSmallDisk(folder: string, megabytes: number): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'atelier-small', folder])
}
