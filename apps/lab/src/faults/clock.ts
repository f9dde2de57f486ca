/**
 * The clock on the wall is put forward and back while people type, as after a night's sleep of the machine or by hand. The library
 * faketime (https://github.com/wolfcw/libfaketime) tells the server and its database another time, from a file that is written here;
 * clocks that only count on are left alone, as the kernel leaves them.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { seeded } from '../documents/random.ts'
import { compareAfter, isAlive } from './broken-storage.ts'
import type { Finding } from './finding.ts'
import { openOurTarget } from './targets.ts'
import { openGroup, typeFor } from './typing.ts'

/** What is added to the true time, one after the other. */
const jumps = ['+3600', '-3600', '+90', '-86400', '+86400', '+0'] as const
const jumpMs = 3000
const everyMs = 40
/** The library looks at its file this often. */
const lookSeconds = 1

/** Null where `npm run faults` did not find the library. */
export async function jumpClock(seed: number): Promise<Finding | null> {
  const library = process.env.ATELIER_FAKETIME
  if (library === undefined) return null
  const folder = await mkdtemp(join(tmpdir(), 'atelier-clock-'))
  const file = join(folder, 'time')
  const put = (seconds: string): Promise<void> => writeFile(file, `${seconds}\n`)
  await put('+0')
  const target = await openOurTarget(undefined, {
    ...{ LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: String(lookSeconds) },
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  })
  try {
    const random = seeded(seed)
    const document = await target.newDocument()
    const group = await openGroup(document)
    await typeFor(group, { ms: 1000, everyMs, random })
    let [unhealthy, unseen] = [0, 0]
    for (const jump of jumps) {
      await put(jump)
      await wait(lookSeconds * 1000)
      const before = group.ledger.promised.size
      await typeFor(group, { ms: jumpMs, everyMs, random })
      const saidMs = await serverTimeMs(target.ours.server.url)
      if (Math.abs(saidMs - Date.now() - Number(jump) * 1000) > 60_000)
        throw new Error(`the server's clock did not jump by ${jump} s`)
      unhealthy += (await isAlive(target)) ? 0 : 1
      unseen += group.ledger.promised.size === before ? 1 : 0
    }
    return await compareAfter(target, document, group, {
      kind: 'the clock put forward and back',
      said: `${jumps.join(', ')} s; after ${unseen} of ${jumps.length} nothing more was shown or stored, ${unhealthy} questions after its health unanswered`,
      holds: unseen === 0 && unhealthy === 0,
    })
  } finally {
    await target.stop()
    await rm(folder, { recursive: true })
  }
}

async function serverTimeMs(url: string): Promise<number> {
  const response = await fetch(`${url}/healthz`)
  await response.arrayBuffer()
  return Date.parse(response.headers.get('date') ?? '')
}
