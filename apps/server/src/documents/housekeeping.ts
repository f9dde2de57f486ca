/**
 * Chores: documents of servers that died while this one lives are filed, and histories kept within bounds: what is too old or too
 * much is folded into the text that playback begins with.
 */
import type { Log } from '@atelier/base/log'
import { playbackLimits } from '@atelier/protocol/playback'
import type { Database } from '@atelier/storage/db/database'
import type { Documents } from './documents.ts'
import { foldHistory, longHistories, readFirstSnapshot, readHistory } from './history-rows.ts'
import { TextJobs } from './text-jobs.ts'

const foldEveryMs = 6 * 3600 * 1000
const recoverEveryMs = 60_000
const foldedAtOnce = { records: 20_000, bytes: 32 * 1024 * 1024 } as const

export type Kept = { readonly days: number; readonly bytes: number }

/** Returns what stops it. */
export function startHousekeeping(documents: Pick<Documents, 'recover'>, db: Database, log: Log): () => Promise<void> {
  let work: Promise<unknown> = Promise.resolve()
  const every = (ms: number, phrase: string, chore: () => Promise<unknown>): NodeJS.Timeout =>
    setInterval(() => {
      work = work.then(chore).catch((error: unknown) => log.error(phrase, { error }))
    }, ms).unref()
  const timers = [
    every(recoverEveryMs, 'documents not recovered', () => documents.recover()),
    every(foldEveryMs, 'histories not folded', () => foldHistories(db, log)),
  ]
  return async () => {
    for (const timer of timers) clearInterval(timer)
    await work
  }
}

/** Resolves with how many documents have a shorter history now. */
export async function foldHistories(
  db: Database,
  log: Log,
  kept: Kept = { days: playbackLimits.keptDays, bytes: playbackLimits.keptBytes },
): Promise<number> {
  const jobs = new TextJobs(log)
  let count = 0
  try {
    for (const { id, engine, firstSeq, cut } of await longHistories(db, kept)) {
      const snapshot = await readFirstSnapshot(db, id)
      if (snapshot === null) continue
      const records = (await readHistory(db, id, firstSeq, foldedAtOnce)).filter(({ seq }) => seq <= cut)
      const last = records.at(-1)
      if (last === undefined) continue
      const folded = await jobs.compact(engine, { snapshot, records: records.map(({ bytes }) => bytes) })
      const isFolded = await db.transaction((queries) =>
        foldHistory(queries, { id, firstSeq, cut: last.seq, snapshot: folded.snapshot }),
      )
      if (isFolded) count += 1
    }
  } finally {
    await jobs.close()
  }
  if (count > 0) log.info('histories folded', { documents: count })
  return count
}
