import type { Database } from '@atelier/storage/db/database'

export type SessionRow = { readonly userId: string; readonly expiresAt: Date }

/** Makes the guest and its first session in one statement. `tokenSha` is the SHA-256 of the token: the token itself is stored nowhere. */
export async function insertGuest(db: Database, userId: string, tokenSha: Buffer, expiresAt: Date): Promise<Date> {
  const { rows } = await db.query<{ created_at: Date }>({
    name: 'insert-guest',
    text: `WITH made AS (INSERT INTO users (id, kind) VALUES ($1, 'guest') RETURNING id, created_at),
                opened AS (INSERT INTO sessions (token_sha, user_id, expires_at) SELECT $2, id, $3 FROM made)
           SELECT created_at FROM made`,
    values: [userId, tokenSha, expiresAt],
  })
  const row = rows[0]
  if (row === undefined) throw new Error('the guest was not inserted')
  return row.created_at
}

export async function findSession(db: Database, tokenSha: Buffer): Promise<SessionRow | null> {
  const { rows } = await db.query<{ user_id: string; expires_at: Date }>({
    name: 'find-session',
    text: 'SELECT user_id, expires_at FROM sessions WHERE token_sha = $1 AND expires_at > now()',
    values: [tokenSha],
  })
  const row = rows[0]
  return row === undefined ? null : { userId: row.user_id, expiresAt: row.expires_at }
}

export async function prolongSession(db: Database, tokenSha: Buffer, expiresAt: Date): Promise<void> {
  await db.query({
    name: 'prolong-session',
    text: 'UPDATE sessions SET expires_at = $2 WHERE token_sha = $1',
    values: [tokenSha, expiresAt],
  })
}

export async function findUser(db: Database, userId: string): Promise<{ id: string; kind: 'guest'; createdAt: Date } | null> {
  const { rows } = await db.query<{ id: string; kind: 'guest'; created_at: Date }>({
    name: 'find-user',
    text: 'SELECT id, kind, created_at FROM users WHERE id = $1',
    values: [userId],
  })
  const row = rows[0]
  return row === undefined ? null : { id: row.id, kind: row.kind, createdAt: row.created_at }
}
