/** Partitions of the execution tables: made ahead of time, dropped when all in them is older than the retention. */
import type { Database } from '@atelier/storage/db/database'

const tables = ['executions', 'execution_chunks', 'execution_artefacts'] as const
const hourMs = 3600 * 1000
const spanMs = 6 * hourMs
/** Partitions stand ready this far ahead. */
const aheadMs = 24 * hourMs

export async function makePartitions(db: Database, nowMs: number): Promise<void> {
  await db.transaction(async (queries) => {
    // IF NOT EXISTS alone lets two servers that start at once collide. Two numbers: life signs are locks on one.
    await queries.query({ name: 'lock-partitions', text: "SELECT pg_advisory_xact_lock(hashtext('execution partitions'), 0)" })
    for (let from = nowMs - (nowMs % spanMs) - spanMs; from <= nowMs + aheadMs; from += spanMs)
      for (const table of tables) {
        const name = `${table}_${partitionSuffix(from)}`
        await queries.query({
          name: `make-${name}`,
          text: `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${table}
                 FOR VALUES FROM ('${firstIdAt(from)}') TO ('${firstIdAt(from + spanMs)}')`,
        })
      }
  })
}

/** Drops every partition whose newest possible row is older than `retentionMs`. Returns the names. */
export async function dropOldPartitions(db: Database, nowMs: number, retentionMs: number): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>({
    name: 'list-execution-partitions',
    text: `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
           WHERE p.relname = ANY ($1::text[])`,
    values: [[...tables]],
  })
  const dropped: string[] = []
  for (const { name } of rows) {
    const from = startOfPartition(name)
    if (from === null || from + spanMs > nowMs - retentionMs) continue
    await db.query({ name: `drop-${name}`, text: `DROP TABLE IF EXISTS ${name}` })
    dropped.push(name)
  }
  return dropped
}

const partitionSuffix = (ms: number): string => new Date(ms).toISOString().slice(0, 13).replace(/[-T]/g, '')

function startOfPartition(name: string): number | null {
  const match = /_(\d{4})(\d{2})(\d{2})(\d{2})$/.exec(name)
  if (match === null) return null
  const [, year, month, day, hour] = match.map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour)
}

/** The smallest UUID version 7 of that millisecond. */
function firstIdAt(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
