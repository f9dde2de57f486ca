import type { Execution, ExecutionEvent, ExecutionLimits, ExecutionResult } from '@atelier/protocol/executions'
import type { Database, Queries } from '@atelier/storage/db/database'

/** What is known when an execution starts. The time of creation is part of the id (UUID version 7). */
export type NewExecution = {
  readonly id: string
  readonly userId: string
  readonly projectId: string | null
  readonly serverKey: number
  readonly language: string
  readonly entryPoint: string
  readonly isolation: string
  readonly limits: ExecutionLimits
  readonly startedAt: Date
}

/**
 * Does not wait for the disk, unlike every other write: the user waits for the first byte, and what a crash of the database may
 * take of the last half second is written again by the execution's end.
 */
export async function insertExecution(db: Database, execution: NewExecution): Promise<void> {
  await db.query({
    name: 'insert-execution',
    text: `WITH this_transaction AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
           INSERT INTO executions (${startColumns})
           SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM this_transaction`,
    values: startValues(execution),
  })
}

const startColumns = 'id, user_id, project_id, server_key, language, entry_point, isolation, limits, started_at'

const startValues = (execution: NewExecution): unknown[] => [
  execution.id,
  execution.userId,
  execution.projectId,
  execution.serverKey,
  execution.language,
  execution.entryPoint,
  execution.isolation,
  JSON.stringify(execution.limits),
  execution.startedAt,
]

export type EndedExecution = {
  readonly execution: NewExecution
  readonly endedAt: Date
  readonly result: ExecutionResult
  readonly events: readonly string[]
  readonly firstSeq: number
  readonly droppedBytes: number
}

/** The result and the kept output, in one statement; the execution itself too, should its row be lost. The first end counts. */
export async function finishExecution(db: Database, ended: EndedExecution): Promise<void> {
  await db.query({
    name: 'finish-execution',
    text: `WITH kept AS (INSERT INTO execution_chunks (execution_id, first_seq, dropped_bytes, events) VALUES ($1, $12, $13, $14) ON CONFLICT DO NOTHING)
           INSERT INTO executions (${startColumns}, ended_at, result) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (id) DO UPDATE SET ended_at = EXCLUDED.ended_at, result = EXCLUDED.result WHERE executions.ended_at IS NULL`,
    values: [
      ...startValues(ended.execution),
      ended.endedAt,
      JSON.stringify(ended.result),
      ended.firstSeq,
      ended.droppedBytes,
      Buffer.from(`[${ended.events.join(',')}]`),
    ],
  })
}

export async function findExecution(db: Queries, userId: string, id: string): Promise<Execution | null> {
  const { rows } = await db.query<ExecutionRow>({
    name: 'find-execution',
    text: `SELECT ${columns} FROM executions WHERE id = $1 AND user_id = $2`,
    values: [id, userId],
  })
  return rows[0] === undefined ? null : executionOf(rows[0])
}

/** Newest first; `before` is the id after which to go on. */
export async function listExecutions(db: Queries, userId: string, limit: number, before: string | null): Promise<Execution[]> {
  const { rows } = await db.query<ExecutionRow>({
    name: 'list-executions',
    text: `SELECT ${columns} FROM executions WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    values: [userId, before, limit],
  })
  return rows.map(executionOf)
}

/** The kept events; the caller has checked whose execution it is. */
export async function findEvents(db: Queries, id: string): Promise<{ events: ExecutionEvent[]; droppedBytes: number }> {
  const { rows } = await db.query<{ dropped_bytes: number; events: Buffer }>({
    name: 'find-execution-events',
    text: 'SELECT dropped_bytes, events FROM execution_chunks WHERE execution_id = $1 ORDER BY first_seq',
    values: [id],
  })
  return {
    events: rows.flatMap((row) => JSON.parse(row.events.toString('utf8')) as ExecutionEvent[]),
    droppedBytes: rows.at(-1)?.dropped_bytes ?? 0,
  }
}

/**
 * Ends in the books what no living server runs any more. Each server holds the advisory lock `server_key` while it lives, so whose lock is
 * gone is dead, however it died. Returns how many were ended.
 */
export async function endAbandoned(db: Database, ownServerKey: number, result: ExecutionResult): Promise<number> {
  const { rowCount } = await db.query({
    name: 'end-abandoned-executions',
    text: `UPDATE executions SET ended_at = now(), result = $1
           WHERE ended_at IS NULL AND server_key <> $2 AND server_key NOT IN (
             SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
             WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    values: [JSON.stringify(result), ownServerKey],
  })
  return rowCount
}

const columns = 'id, project_id, language, entry_point, isolation, limits, started_at, ended_at, result'

type ExecutionRow = {
  id: string
  project_id: string | null
  language: string
  entry_point: string
  isolation: string
  limits: ExecutionLimits
  started_at: Date
  ended_at: Date | null
  result: ExecutionResult | null
}

const executionOf = (row: ExecutionRow): Execution => ({
  id: row.id,
  state: row.ended_at === null ? 'running' : 'ended',
  projectId: row.project_id,
  language: row.language,
  entryPoint: row.entry_point,
  isolation: row.isolation,
  limits: row.limits,
  createdAt: new Date(timeOfId(row.id)).toISOString(),
  startedAt: row.started_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  result: row.result,
})

/** A UUID version 7 begins with its time: 48 bits of milliseconds. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
