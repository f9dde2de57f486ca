/**
 * Idempotency-Key: the same request sent twice is done once. The key belongs to the user; it is taken before anything is made and given back
 * when the request is refused, so that a retry after "busy" can succeed.
 */
import { createHash } from 'node:crypto'
import { Refusal } from '@atelier/protocol/errors'
import { isDatabaseAway } from '@atelier/storage/db/away'
import type { Database } from '@atelier/storage/db/database'
import type { FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'

export type KeyHold = { readonly kind: 'taken' } | { readonly kind: 'replay'; readonly madeId: string }

/** null: the request has none. @throws Refusal idempotency-key-invalid */
export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key']
  return key === undefined ? null : checkKey(String(key))
}

export function checkKey(key: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Refusal('idempotency-key-invalid', 'An Idempotency-Key has 1 to 255 visible ASCII characters. Use a UUID.')
}

export type Once = {
  readonly userId: string
  /** null: each request makes its own. */
  readonly key: string | null
  /** Where and what was asked: a key is for one request, wherever it comes again. */
  readonly request: unknown
}

/** `make` gets the id of what it makes; a repeated request gets that of the first from `again`. */
export async function once<Made>(
  db: Database,
  { userId, key, request }: Once,
  { make, again }: { make(id: string): Promise<Made>; again(id: string): Promise<Made> },
): Promise<Made> {
  const madeId = uuidv7()
  if (key === null) return make(madeId)
  const hold = await takeKey(db, { userId, key, body: request, madeId, queueWaitMs: 0 })
  if (hold.kind === 'replay') return again(hold.madeId)
  try {
    return await make(madeId)
  } catch (error) {
    // Whether it was made is not known then; the key is looked at again when somebody comes with it.
    if (!isDatabaseAway(error)) await releaseKey(db, userId, key, madeId)
    throw error
  }
}

/** A request that waited its longest in the queue may need this much more before it is in the books. */
const startingMs = 60_000

export type KeyRequest = {
  readonly userId: string
  readonly key: string
  readonly body: unknown
  /** Of the execution, project or link that will be made if the key is free. */
  readonly madeId: string
  /** How long a request may wait in the queue. */
  readonly queueWaitMs: number
}

/** Takes the key for what is to be made, or tells what it already made. Refuses another body with the same key. */
export async function takeKey(db: Database, request: KeyRequest): Promise<KeyHold> {
  const { userId, key, madeId } = request
  const bodySha = createHash('sha256').update(JSON.stringify(request.body)).digest()
  for (let attempt = 1; attempt <= 3; attempt++) {
    if (await insertKey(db, userId, key, bodySha, madeId)) return { kind: 'taken' }
    // A statement of its own: the one before cannot see a row that another request has just committed.
    const row = await findKey(db, userId, key, (request.queueWaitMs + startingMs) / 1000)
    if (row === undefined) continue
    if (!row.body_sha.equals(bodySha))
      throw new Refusal(
        'idempotency-mismatch',
        'This Idempotency-Key came with another request before. Use a new key for a new request.',
      )
    if (row.made) return { kind: 'replay', madeId: row.execution_id }
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

async function insertKey(db: Database, userId: string, key: string, bodySha: Buffer, madeId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'insert-idempotency-key',
    text: `INSERT INTO idempotency_keys (user_id, key, body_sha, execution_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (user_id, key) DO NOTHING`,
    values: [userId, key, bodySha, madeId],
  })
  return rowCount === 1
}

type KeyRow = { body_sha: Buffer; execution_id: string; made: boolean; fresh: boolean }

async function findKey(db: Database, userId: string, key: string, freshSeconds: number): Promise<KeyRow | undefined> {
  const { rows } = await db.query<KeyRow>({
    name: 'find-idempotency-key',
    text: `SELECT k.body_sha, k.execution_id, k.created_at > now() - make_interval(secs => $3) AS fresh,
                  EXISTS (SELECT FROM executions WHERE id = k.execution_id) OR EXISTS (SELECT FROM projects WHERE id = k.execution_id)
                  OR EXISTS (SELECT FROM share_links WHERE id = k.execution_id) AS made
           FROM idempotency_keys k WHERE k.user_id = $1 AND k.key = $2`,
    values: [userId, key, freshSeconds],
  })
  return rows[0]
}

export async function releaseKey(db: Database, userId: string, key: string, madeId: string): Promise<void> {
  await db.query({
    name: 'release-idempotency-key',
    text: 'DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND execution_id = $3',
    values: [userId, key, madeId],
  })
}

export async function forgetOldKeys(db: Database, hours: number): Promise<void> {
  await db.query({
    name: 'forget-idempotency-keys',
    text: "DELETE FROM idempotency_keys WHERE created_at < now() - $1 * interval '1 hour'",
    values: [hours],
  })
}
