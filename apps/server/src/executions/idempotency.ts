/**
 * Idempotency-Key: the same request sent twice runs once. The key belongs to the user; it is taken before anything runs and given back when
 * the request is refused, so that a retry after "busy" can succeed.
 */
import { createHash } from 'node:crypto'
import { Refusal } from '@atelier/protocol/errors'
import type { Database } from '@atelier/storage/db/database'

export type KeyHold = { readonly kind: 'taken' } | { readonly kind: 'replay'; readonly executionId: string }

export function checkKey(key: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Refusal('idempotency-key-invalid', 'An Idempotency-Key has 1 to 255 visible ASCII characters. Use a UUID.')
}

/** A request that waited its longest in the queue may need this much more before it is in the books. */
const startingMs = 60_000

export type KeyRequest = {
  readonly userId: string
  readonly key: string
  readonly body: unknown
  /** The execution that will be made if the key is free. */
  readonly executionId: string
  /** How long a request may wait in the queue. */
  readonly queueWaitMs: number
}

/** Takes the key for an execution, or tells which one it already made. Refuses another body with the same key. */
export async function takeKey(db: Database, request: KeyRequest): Promise<KeyHold> {
  const { userId, key, executionId } = request
  const bodySha = createHash('sha256').update(JSON.stringify(request.body)).digest()
  for (let attempt = 1; attempt <= 3; attempt++) {
    if (await insertKey(db, userId, key, bodySha, executionId)) return { kind: 'taken' }
    // A statement of its own: the one before cannot see a row that another request has just committed.
    const row = await findKey(db, userId, key, (request.queueWaitMs + startingMs) / 1000)
    if (row === undefined) continue
    if (!row.body_sha.equals(bodySha))
      throw new Refusal(
        'idempotency-mismatch',
        'This Idempotency-Key came with another request before. Use a new key for a new request.',
      )
    if (row.started) return { kind: 'replay', executionId: row.execution_id }
    if (row.fresh) break
    // Its request died with a server before anything ran: the key is free again.
    await releaseKey(db, userId, key, row.execution_id)
  }
  throw new Refusal(
    'request-in-flight',
    'The first request with this Idempotency-Key is still being worked on. Try again in a moment.',
    { retryAfterSeconds: 1 },
  )
}

async function insertKey(db: Database, userId: string, key: string, bodySha: Buffer, executionId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'insert-idempotency-key',
    text: `INSERT INTO idempotency_keys (user_id, key, body_sha, execution_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (user_id, key) DO NOTHING`,
    values: [userId, key, bodySha, executionId],
  })
  return rowCount === 1
}

type KeyRow = { body_sha: Buffer; execution_id: string; started: boolean; fresh: boolean }

async function findKey(db: Database, userId: string, key: string, freshSeconds: number): Promise<KeyRow | undefined> {
  const { rows } = await db.query<KeyRow>({
    name: 'find-idempotency-key',
    text: `SELECT k.body_sha, k.execution_id, k.created_at > now() - make_interval(secs => $3) AS fresh,
                  EXISTS (SELECT 1 FROM executions e WHERE e.id = k.execution_id) AS started
           FROM idempotency_keys k WHERE k.user_id = $1 AND k.key = $2`,
    values: [userId, key, freshSeconds],
  })
  return rows[0]
}

export async function releaseKey(db: Database, userId: string, key: string, executionId: string): Promise<void> {
  await db.query({
    name: 'release-idempotency-key',
    text: 'DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND execution_id = $3',
    values: [userId, key, executionId],
  })
}

export async function forgetOldKeys(db: Database, hours: number): Promise<void> {
  await db.query({
    name: 'forget-idempotency-keys',
    text: "DELETE FROM idempotency_keys WHERE created_at < now() - $1 * interval '1 hour'",
    values: [hours],
  })
}
