import type { Queries } from '@atelier/storage/db/database'
import type { Identity } from './identity-provider.ts'

export async function findIdentity(queries: Queries, { issuer, subject }: Identity) {
  const { rows } = await queries.query<{ id: string; disabled: boolean }>({
    name: 'find-identity',
    text: `SELECT u.id, u.disabled_at IS NOT NULL AS disabled FROM identities i JOIN users u ON u.id = i.user_id
            WHERE i.issuer = $1 AND i.subject = $2`,
    values: [issuer, subject],
  })
  return rows[0] ?? null
}

/** False when it is somebody's already. */
export async function insertIdentity(queries: Queries, { issuer, subject }: Identity, userId: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'insert-identity',
    text: 'INSERT INTO identities (issuer, subject, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    values: [issuer, subject, userId],
  })
  return rowCount > 0
}

/** A guest becomes an account that signs in elsewhere. False: no guest (any more). */
export async function claimGuestByIdentity(queries: Queries, userId: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'claim-guest-by-identity',
    text: `UPDATE users SET kind = 'account', claimed_at = now() WHERE id = $1 AND kind = 'guest' AND disabled_at IS NULL`,
    values: [userId],
  })
  return rowCount > 0
}
