/** `npm run faults -- documents|saves [--cycles N] [--only PATTERN] [--target hocuspocus]`: breaks a server on purpose; the last line is JSON. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startOurServer } from './documents/our-server.ts'
import { fillDisk, onSmallDisk, pauseDatabase } from './faults/broken-storage.ts'
import { jumpClock } from './faults/clock.ts'
import { contend, readSlowly } from './faults/crowding.ts'
import type { Finding } from './faults/finding.ts'
import { type KillKind, killAndCompare } from './faults/kills.ts'
import { killWhileSaving } from './faults/saves.ts'
import { openOurTarget, openPeerTarget, type Target } from './faults/targets.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cycles: { type: 'string' },
    only: { type: 'string', default: '' },
    target: { type: 'string', default: 'ours' },
    seed: { type: 'string', default: '1' },
  },
})
const [what = ''] = positionals
const usualCycles: Readonly<Record<string, number>> = { documents: 200, saves: 60 }
if (!Object.hasOwn(usualCycles, what)) {
  process.stderr.write('npm run faults -- documents   breaks a server while people edit together\n')
  process.stderr.write('npm run faults -- saves       breaks server and database while people save files\n')
  process.exit(2)
}
const smallDiskMb = 400
const cycles = Number(values.cycles ?? usualCycles[what])
const seed = Number(values.seed)
if (what === 'saves') process.exit(await breakSaves())
const killKinds: readonly KillKind[] = ['server at a seen key', 'server and database while typing']

const report: Record<string, object> = {}
let isWhole = true

for (const kind of killKinds)
  if (kind.includes(values.only)) {
    await using target = await open()
    const { promised, tally } = await killAndCompare(target, kind, cycles, seed)
    note({ kind: `kill -9, ${kind}`, said: `${cycles} cycles on ${target.name}`, tally, promised, holds: true })
  }
if (values.target === 'ours')
  for (const [kind, find] of Object.entries({ paused: pauseDatabase, slow: readSlowly, contending: contend }))
    if (kind.includes(values.only)) {
      const target = await openOurTarget()
      try {
        note(await find(target, seed))
      } finally {
        await target.stop()
      }
    }
if (values.target === 'ours' && 'clock'.includes(values.only)) {
  const finding = await jumpClock(seed)
  if (finding === null) console.log('- the clock: the library of the package libfaketime is not installed, so this was not tried')
  else note(finding)
}
if (values.target === 'ours' && 'full'.includes(values.only)) await inOwnNamespace()

console.log(`\n${JSON.stringify({ target: values.target, ...report })}`)
if (!isWhole) process.exitCode = 1

/** Resolves with the exit code. */
async function breakSaves(): Promise<number> {
  const ours = await startOurServer()
  try {
    const { notes, ...counts } = await killWhileSaving(ours, cycles, seed)
    const isKept = counts.lost + counts.strange + counts.missingVersions === 0 && counts.acknowledged > 0
    console.log(
      `${isKept ? '✓' : '✗'} kill -9, server and database while saving: ${cycles} cycles; of ${counts.acknowledged} acknowledged saves ` +
        `${counts.lost} lost, ${counts.strange} files that nobody asked for; of ${counts.checkedVersions} versions ${counts.missingVersions} missing`,
    )
    for (const text of notes.slice(0, 8)) console.log(`    ${text}`)
    console.log(`\n${JSON.stringify({ target: 'ours', faults: 'saves', ...counts, holds: isKept })}`)
    return isKept ? 0 : 1
  } finally {
    await ours.stop()
  }
}

function note({ kind, said, tally, promised, holds }: Finding): void {
  const isRight = tally.isClean && holds
  console.log(
    `${isRight ? '✓' : '✗'} ${kind}: ${said}; of ${promised} edits seen by others or called stored ${tally.lost} lost, ` +
      `${tally.doubled} doubled; ${tally.unequal} texts unequal`,
  )
  for (const text of tally.notes.slice(0, 8)) console.log(`    ${text}`)
  const { lost, doubled, strange, unequal } = tally
  report[kind] = { promised, lost, doubled, strange, unequal, holds }
  isWhole &&= isRight
}

/** A small file system is mounted where nobody else sees it: that takes a program begun anew, and root. */
async function inOwnNamespace(): Promise<void> {
  if (process.env.ATELIER_FAULTS_ALONE !== '1') {
    if (process.geteuid?.() !== 0) return console.log('- the disk full: only root can mount a small one, so this was not tried')
    const child = spawn(
      'unshare',
      ['-m', '--propagation', 'private', process.execPath, ...process.argv.slice(1), '--only', 'full'],
      {
        stdio: 'inherit',
        env: { ...process.env, ATELIER_FAULTS_ALONE: '1' },
      },
    )
    const [code] = await once(child, 'exit')
    report['the disk full'] = { holds: code === 0 }
    isWhole &&= code === 0
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'atelier-small-'))
  // Whoever PostgreSQL runs as must be able to walk to it.
  onSmallDisk(folder, smallDiskMb)
  const target = await openOurTarget(join(folder, 'data'))
  try {
    note(await fillDisk(target, seed))
  } finally {
    await target.stop()
    execFileSync('umount', ['-l', folder])
    await rm(folder, { recursive: true })
  }
}

async function open(): Promise<Target & AsyncDisposable> {
  const name = values.target
  if (name !== 'ours' && name !== 'hocuspocus' && name !== 'y-websocket-server')
    throw new Error(`there is no target "${name}": choose ours, hocuspocus or y-websocket-server`)
  const target = name === 'ours' ? await openOurTarget() : await openPeerTarget(name)
  return Object.assign(Object.create(target) as Target, { [Symbol.asyncDispose]: () => target.stop() })
}
