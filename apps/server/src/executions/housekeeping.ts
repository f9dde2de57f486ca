/** What keeps the execution tables in order: partitions ahead, old ones dropped, dead servers' executions ended. */
import type { Log } from '@atelier/base/log'
import type { Database } from '@atelier/storage/db/database'
import { forgetOldKeys } from '../accounts/idempotency.ts'
import { endAbandoned } from './execution-rows.ts'
import { dropOldPartitions, makePartitions } from './partitions.ts'

const hourMs = 3600 * 1000
const everyMs = 10 * 60 * 1000

export type HousekeepingOptions = {
  readonly db: Database
  readonly log: Log
  readonly now: () => number
  readonly serverKey: number
  readonly retentionHours: number
}

/** Does it all once, then every ten minutes; returns the function that stops it. */
export async function startHousekeeping(options: HousekeepingOptions): Promise<() => void> {
  await keepHouse(options)
  const timer = setInterval(() => {
    keepHouse(options).catch((error) => options.log.warn('housekeeping failed', { error }))
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

export async function keepHouse({ db, log, now, serverKey, retentionHours }: HousekeepingOptions): Promise<void> {
  await makePartitions(db, now())
  const abandoned = await endAbandoned(db, serverKey, {
    ...{
      reason: 'infrastructure',
      stage: 'run',
      exitCode: null,
      signal: null,
      cpuMs: 0,
      wallMs: 0,
      peakBytes: 0,
      outputBytes: 0,
      truncated: true,
    },
    message: 'The server stopped while this program ran. Run it again.',
  })
  if (abandoned > 0) log.info('abandoned executions ended', { count: abandoned })
  const dropped = await dropOldPartitions(db, now(), retentionHours * hourMs)
  if (dropped.length > 0) log.info('old executions purged', { partitions: dropped })
  await forgetOldKeys(db, retentionHours)
}
