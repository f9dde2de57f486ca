/**
 * How the first administrator comes about: a link that the start prints while there is none. Whoever reads the terminal of the server
 * hosts it. It works once, for a day, and until somebody has used it; each start prints another one.
 */
import { randomBytes } from 'node:crypto'
import type { Database, Queries } from '@atelier/storage/db/database'
import { recordAudit } from '../audit/audit.ts'
import { isSameSha, shaOf } from './tokens.ts'

export const firstAdminTokenPrefix = 'atl_f_'
const validMs = 24 * 3600_000

export interface FirstAdmin {
  /** Goes behind the server's address; null: there is an administrator already. */
  readonly path: string | null
  isGood(token: string): boolean
  /** In the transaction that also gives the user a new session. False: somebody was faster, or the user is no account. */
  use(queries: Queries, userId: string): Promise<boolean>
  /** After that transaction: the link is dead. */
  close(): void
}

export async function openFirstAdmin(db: Database, now: () => number): Promise<FirstAdmin> {
  const { rowCount } = await db.query({ name: 'find-an-admin', text: 'SELECT 1 FROM users WHERE admin LIMIT 1' })
  const token = firstAdminTokenPrefix + randomBytes(16).toString('base64url')
  let sha = rowCount > 0 ? null : shaOf(token)
  const validUntilMs = now() + validMs
  return {
    path: sha === null ? null : `/become-admin/${token}`,
    isGood: (given) => now() < validUntilMs && isSameSha(shaOf(given), sha),
    async use(queries, userId) {
      // Two servers over one database print a link each; the lock lets one of them count.
      await queries.query({ name: 'lock-first-admin', text: `SELECT pg_advisory_xact_lock(hashtext('atelier first admin'))` })
      const changed = await queries.query({
        name: 'make-first-admin',
        text: `UPDATE users SET admin = true WHERE id = $1 AND kind = 'account' AND disabled_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM users WHERE admin)`,
        values: [userId],
      })
      if (changed.rowCount > 0) await recordAudit(queries, { action: 'admin.first', userId })
      return changed.rowCount > 0
    },
    close() {
      sha = null
    },
  }
}
