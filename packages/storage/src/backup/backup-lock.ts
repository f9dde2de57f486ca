/**
 * While a backup is made, nothing that it refers to may go: it holds this lock, shared, from before its snapshot until its last blob is
 * copied. Whoever sweeps blobs first asks what is used and *then* whether somebody holds the lock: if nobody does, every backup that
 * may still begin will see what the sweep saw.
 */
import type { Queries } from '../db/database.ts'

/** Any constant that no other lock has. */
export const backupLockKey = 0x61_74_62_6b

export async function isBeingBackedUp(queries: Queries): Promise<boolean> {
  const { rows } = await queries.query<{ free: boolean }>({
    name: 'backup-lock-free',
    text: 'SELECT pg_try_advisory_xact_lock($1) AS free',
    values: [backupLockKey],
  })
  return rows[0]?.free !== true
}
