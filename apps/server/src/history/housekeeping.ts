/** What keeps the history small: deltas soon after a save, thinning out a few times a day. */
import type { Log } from '@atelier/base/log'
import type { Blobs } from '@atelier/storage/blobs/blobs'
import type { Database } from '@atelier/storage/db/database'
import { packVersions } from './pack-versions.ts'
import { type Retention, thinAll } from './thin-versions.ts'

const packEveryMs = 30_000
const thinEveryMs = 6 * 3600 * 1000

export type HistoryKeeping = {
  readonly db: Database
  readonly blobs: Blobs
  readonly log: Log
  readonly retention: Retention
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Returns how to stop it, within one file. */
export function startHistoryKeeping({ db, blobs, log, retention, now }: HistoryKeeping): () => Promise<void> {
  let isStopped = false
  const chore = (what: string, everyMs: number, work: () => Promise<number>): (() => Promise<void>) => {
    let working: Promise<void> | null = null
    const begin = async (): Promise<void> => {
      try {
        const count = await work()
        if (count > 0) log.info(what, { count })
      } catch (error) {
        log.warn('history not kept in order', { chore: what, error })
      } finally {
        working = null
      }
    }
    const timer = setInterval(() => {
      // The next time will do.
      if (!isStopped && working === null) working = begin()
    }, everyMs)
    timer.unref()
    return async () => {
      clearInterval(timer)
      await working
    }
  }
  const stops = [
    chore('versions packed', packEveryMs, () => packVersions(db, blobs, log, () => isStopped)),
    chore('versions thinned out', thinEveryMs, () => thinAll(db, retention, now())),
  ]
  return async () => {
    isStopped = true
    await Promise.all(stops.map((stop) => stop()))
  }
}
