import type { Queries } from '@atelier/storage/db/database'

export type SignInPair = {
  readonly madeAt: Date
  readonly refreshSha: Buffer
  readonly accessSha: Buffer
  readonly accessExpiresAt: Date
  readonly expiresAt: Date
}

export type SignInRow = {
  readonly id: string
  readonly userId: string
  readonly refreshSha: Buffer
  readonly previousSha: Buffer | null
  readonly rotatedAt: Date
  readonly confirmed: boolean
  readonly expiresAt: Date
}

/** Beyond `most` of one user, those that were used longest ago end. Returns their ids. */
export async function insertSignIn(
  queries: Queries,
  signIn: SignInPair & { readonly id: string; readonly userId: string; readonly familySha: Buffer; readonly device: string },
  most: number,
): Promise<string[]> {
  const { id, userId, familySha, refreshSha, accessSha, accessExpiresAt, device, expiresAt, madeAt } = signIn
  await queries.query({
    name: 'insert-sign-in',
    text: `INSERT INTO sign_ins (id, user_id, family_sha, refresh_sha, access_sha, access_expires_at, device, expires_at,
                                 created_at, last_used_at, rotated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9)`,
    values: [id, userId, familySha, refreshSha, accessSha, accessExpiresAt, device, expiresAt, madeAt],
  })
  const { rows } = await queries.query<{ id: string }>({
    name: 'end-old-sign-ins',
    text: `DELETE FROM sign_ins WHERE id IN (
             SELECT id FROM sign_ins WHERE user_id = $1 AND expires_at <= now()
             UNION ALL (SELECT id FROM sign_ins WHERE user_id = $1 AND id <> $2 ORDER BY last_used_at DESC OFFSET $3))
           RETURNING id`,
    values: [userId, id, most - 1],
  })
  return rows.map((row) => row.id)
}

/** Only of users who are not disabled. */
export async function findSignInByAccess(queries: Queries, accessSha: Buffer, now: Date) {
  const { rows } = await queries.query<{ id: string; user_id: string; confirmed: boolean; access_expires_at: Date }>({
    name: 'find-sign-in-by-access',
    text: `SELECT s.id, s.user_id, s.confirmed, s.access_expires_at FROM sign_ins s JOIN users u ON u.id = s.user_id
            WHERE s.access_sha = $1 AND s.access_expires_at > $2 AND s.expires_at > $2 AND u.disabled_at IS NULL`,
    values: [accessSha, now],
  })
  const row = rows[0]
  if (row === undefined) return null
  return { id: row.id, userId: row.user_id, confirmed: row.confirmed, accessExpiresAt: row.access_expires_at }
}

export async function confirmSignIn(queries: Queries, accessSha: Buffer): Promise<void> {
  await queries.query({
    name: 'confirm-sign-in',
    text: 'UPDATE sign_ins SET confirmed = true WHERE access_sha = $1 AND NOT confirmed',
    values: [accessSha],
  })
}

/** Locks it: of two who refresh at once, the second sees what the first has done. */
export async function lockSignInByFamily(queries: Queries, familySha: Buffer): Promise<SignInRow | null> {
  const { rows } = await queries.query<{
    id: string
    user_id: string
    refresh_sha: Buffer
    previous_sha: Buffer | null
    rotated_at: Date
    confirmed: boolean
    expires_at: Date
  }>({
    name: 'lock-sign-in-by-family',
    text: `SELECT s.id, s.user_id, s.refresh_sha, s.previous_sha, s.rotated_at, s.confirmed, s.expires_at
             FROM sign_ins s JOIN users u ON u.id = s.user_id
            WHERE s.family_sha = $1 AND u.disabled_at IS NULL FOR UPDATE OF s`,
    values: [familySha],
  })
  const row = rows[0]
  if (row === undefined) return null
  const { id, user_id: userId, refresh_sha: refreshSha, previous_sha: previousSha } = row
  return {
    ...{ id, userId, refreshSha, previousSha },
    ...{ rotatedAt: row.rotated_at, confirmed: row.confirmed, expiresAt: row.expires_at },
  }
}

/** `presented`: what the new pair was given for. */
export async function rotateSignIn(queries: Queries, id: string, presented: Buffer, pair: SignInPair): Promise<void> {
  await queries.query({
    name: 'rotate-sign-in',
    text: `UPDATE sign_ins SET previous_sha = $2, refresh_sha = $3, access_sha = $4, access_expires_at = $5, expires_at = $6,
                  rotated_at = $7, last_used_at = $7, confirmed = false WHERE id = $1`,
    values: [id, presented, pair.refreshSha, pair.accessSha, pair.accessExpiresAt, pair.expiresAt, pair.madeAt],
  })
}

export async function listSignIns(queries: Queries, userId: string) {
  const { rows } = await queries.query<{ id: string; device: string; created_at: Date; last_used_at: Date }>({
    name: 'list-sign-ins',
    text: `SELECT id, device, created_at, last_used_at FROM sign_ins WHERE user_id = $1 AND expires_at > now()
            ORDER BY last_used_at DESC, id`,
    values: [userId],
  })
  return rows.map((row) => ({ id: row.id, device: row.device, createdAt: row.created_at, lastUsedAt: row.last_used_at }))
}

export async function deleteSignIn(queries: Queries, userId: string, id: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'delete-sign-in',
    text: 'DELETE FROM sign_ins WHERE id = $2 AND user_id = $1',
    values: [userId, id],
  })
  return rowCount > 0
}

/** All sessions of a user, guests' ones too. */
export async function deleteSessions(queries: Queries, userId: string): Promise<void> {
  await queries.query({ name: 'delete-sign-ins', text: 'DELETE FROM sign_ins WHERE user_id = $1', values: [userId] })
  await queries.query({ name: 'delete-guest-sessions', text: 'DELETE FROM sessions WHERE user_id = $1', values: [userId] })
}

/** Those of these sessions that are still good. Keys as in `keyOf`. */
export async function findLivingSessions(
  queries: Queries,
  asked: { readonly guests: readonly Buffer[]; readonly signIns: readonly string[]; readonly tokens: readonly string[] },
): Promise<{ guests: Buffer[]; signIns: string[]; tokens: string[] }> {
  const { rows } = await queries.query<{ guest: Buffer | null; sign_in: string | null; token: string | null }>({
    name: 'find-living-sessions',
    text: `SELECT s.token_sha AS guest, NULL::uuid AS sign_in, NULL::uuid AS token FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_sha = ANY($1) AND s.expires_at > now() AND u.disabled_at IS NULL
           UNION ALL
           SELECT NULL, s.id, NULL FROM sign_ins s JOIN users u ON u.id = s.user_id
            WHERE s.id = ANY($2::uuid[]) AND s.expires_at > now() AND u.disabled_at IS NULL
           UNION ALL
           SELECT NULL, NULL, t.id FROM api_tokens t JOIN users u ON u.id = t.user_id
            WHERE t.id = ANY($3::uuid[]) AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.disabled_at IS NULL`,
    values: [asked.guests, asked.signIns, asked.tokens],
  })
  return {
    guests: rows.flatMap((row) => row.guest ?? []),
    signIns: rows.flatMap((row) => row.sign_in ?? []),
    tokens: rows.flatMap((row) => row.token ?? []),
  }
}
