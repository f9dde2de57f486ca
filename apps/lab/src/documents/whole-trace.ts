/** A long recording taken in, joined while it is open, and joined after a restart. */
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../statistics.ts'
import { readDocument } from './fresh-reader.ts'
import { type Figures, rounded } from './goals.ts'
import type { Load } from './load-process.ts'
import type { RoomAddress } from './member.ts'
import type { Contender } from './peers.ts'
import { costOf } from './rounds.ts'
import { loadTrace, writeUpdates } from './trace.ts'

const joins = 5
/** A server that has not taken it all in by then is measured by what it took. */
const mostMs = 240_000

type Row = { readonly perSecond: number; readonly perCpuSecond: number; readonly warmMs: number; readonly afterRestartMs: number }

export async function wholeTrace(contenders: readonly Contender[], load: Load, file: string | undefined): Promise<Figures> {
  const trace = await loadTrace(file)
  console.log(`  the trace: ${trace.name}, ${trace.patches.length} operations`)
  const rows = new Map<string, Row>()
  for (const contender of contenders) {
    const row = await measure(contender, load, trace)
    rows.set(contender.name, row)
    console.log(
      `  ${contender.name.padEnd(18)} ${Math.round(row.perSecond).toLocaleString('en')} operations/s, ${Math.round(row.perCpuSecond).toLocaleString('en')} per CPU second   ` +
        `joined warm ${row.warmMs.toFixed(1)} ms   after a restart ${row.afterRestartMs.toFixed(1)} ms`,
    )
  }
  const [ours, theirs] = [rows.get('ours'), rows.get('hocuspocus')]
  if (ours === undefined || theirs === undefined) return {}
  return {
    trace: trace.name,
    intakeRatio: rounded(ours.perSecond / theirs.perSecond, 1),
    intakePerCpuRatio: rounded(ours.perCpuSecond / theirs.perCpuSecond, 1),
    operationsPerSecond: Math.round(ours.perSecond),
    joinWarmRatio: rounded(ours.warmMs / theirs.warmMs),
    joinAfterRestartRatio: rounded(ours.afterRestartMs / theirs.afterRestartMs),
  }
}

async function measure(contender: Contender, load: Load, trace: Awaited<ReturnType<typeof loadTrace>>): Promise<Row> {
  const [room] = await contender.documents(1, 4)
  if (room === undefined) throw new Error('no document')
  const file = join(tmpdir(), `atelier-trace-${process.pid}-${contender.name}`)
  try {
    const text = await writeUpdates(trace, file, room.root)
    const taken = await costOf(contender, () => load.tell({ do: 'trace', room, file, mostMs }))
    if (!taken.isWhole) console.log(`  ${contender.name}: only ${taken.operations} operations within ${mostMs / 1000} s`)
    // One stays, so that the document is open while others join.
    await load.tell({ do: 'connect', rooms: [room], members: 1, atOnce: 1 })
    const wanted = taken.isWhole ? text : null
    const warmMs = median(await joinTimes(room, wanted))
    await load.tell({ do: 'leave' })
    await contender.restart()
    // The first after the restart is the one that waits for the store.
    const [afterRestartMs = Number.NaN] = await joinTimes(room, wanted, 1)
    const perCpuSecond = (taken.operations / taken.serverMs) * 1000
    return { perSecond: (taken.operations / taken.ms) * 1000, perCpuSecond, warmMs, afterRestartMs }
  } finally {
    await rm(file, { force: true })
  }
}

async function joinTimes(room: RoomAddress, wanted: string | null, count = joins): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i += 1) {
    const read = await readDocument(room)
    if (wanted !== null && read.text !== wanted) console.log(`  the text that was joined is WRONG: ${read.text.length} units`)
    times.push(read.ms)
  }
  return times
}
