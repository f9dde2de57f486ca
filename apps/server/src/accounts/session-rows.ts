import type { User } from '@atelier/protocol/sessions'
import type { Database, Queries } from '@atelier/storage/db/database'

type UserRow = { id: string; kind: 'guest' | 'account'; name: string; created_at: Date }

const userOf = (row: UserRow): User => ({ id: row.id, kind: row.kind, name: row.name, createdAt: row.created_at.toISOString() })

export type SessionRow = { readonly userId: string; readonly expiresAt: Date }

/** Makes the guest and its first session in one statement. `tokenSha` is the SHA-256 of the token: the token itself is stored nowhere. */
export async function insertGuest(
  queries: Queries,
  guest: { readonly id: string; readonly name: string },
  tokenSha: Buffer,
  expiresAt: Date,
): Promise<User> {
  const { rows } = await queries.query<UserRow>({
    name: 'insert-guest',
    text: `WITH made AS (INSERT INTO users (id, kind, name) VALUES ($1, 'guest', $4) RETURNING id, kind, name, created_at),
                opened AS (INSERT INTO sessions (token_sha, user_id, expires_at) SELECT $2, id, $3 FROM made)
           SELECT id, kind, name, created_at FROM made`,
    values: [guest.id, tokenSha, expiresAt, guest.name],
  })
  const row = rows[0]
  if (row === undefined) throw new Error('the guest was not inserted')
  return userOf(row)
}

/** Only of users who are not disabled. */
export async function findSession(db: Database, tokenSha: Buffer): Promise<SessionRow | null> {
  const { rows } = await db.query<{ user_id: string; expires_at: Date }>({
    name: 'find-session',
    text: `SELECT s.user_id, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_sha = $1 AND s.expires_at > now() AND u.disabled_at IS NULL`,
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

export async function findUser(db: Queries, userId: string): Promise<User | null> {
  const { rows } = await db.query<UserRow>({
    name: 'find-user',
    text: 'SELECT id, kind, name, created_at FROM users WHERE id = $1',
    values: [userId],
  })
  return rows[0] === undefined ? null : userOf(rows[0])
}

export async function renameUser(queries: Queries, userId: string, name: string): Promise<User | null> {
  const { rows } = await queries.query<UserRow>({
    name: 'rename-user',
    text: 'UPDATE users SET name = $2 WHERE id = $1 RETURNING id, kind, name, created_at',
    values: [userId, name],
  })
  return rows[0] === undefined ? null : userOf(rows[0])
}
