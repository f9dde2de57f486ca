import type { QuotaUse } from '@atelier/protocol/quotas'
import type { Queries } from '@atelier/storage/db/database'

export type TierRow = { readonly tier: string | null; readonly kind: 'guest' | 'account'; readonly admin: boolean }

export async function findTier(queries: Queries, userId: string): Promise<TierRow | null> {
  const { rows } = await queries.query<TierRow>({
    name: 'find-tier',
    text: 'SELECT tier, kind, admin FROM users WHERE id = $1',
    values: [userId],
  })
  return rows[0] ?? null
}

/** Commits take room beside the files. */
const repositoryBytes =
  '(SELECT coalesce(sum(k.pack_size + k.index_size), 0) FROM projects o JOIN git_packs k ON k.project = o.id WHERE o.owner = $1)'

export async function readUse(queries: Queries, userId: string, since: Date): Promise<QuotaUse> {
  const { rows } = await queries.query<{ readonly projects: number; readonly bytes: number; readonly executions: number }>({
    name: 'read-quota-use',
    text: `SELECT count(*)::int AS projects, (coalesce(sum(used_bytes), 0) + ${repositoryBytes})::float8 AS bytes,
                  (SELECT count(*) FROM executions WHERE user_id = $1 AND id >= $2 AND started_at > $3)::int AS executions
             FROM projects WHERE owner = $1`,
    values: [userId, firstIdAt(since), since],
  })
  const row = rows[0]
  return { projects: row?.projects ?? 0, storageBytes: row?.bytes ?? 0, executionsLastHour: row?.executions ?? 0 }
}

/** null: there is no such project. */
export async function findProjectUse(queries: Queries, projectId: string): Promise<{ owner: string; entries: number } | null> {
  const { rows } = await queries.query<{ owner: string; entries: number }>({
    name: 'find-project-use',
    text: 'SELECT owner, used_entries AS entries FROM projects WHERE id = $1',
    values: [projectId],
  })
  return rows[0] ?? null
}

/** null: there is no such user. */
export async function findOwnerUse(queries: Queries, userId: string): Promise<(TierRow & { bytes: number }) | null> {
  const { rows } = await queries.query<TierRow & { bytes: number }>({
    name: 'find-owner-use',
    text: `SELECT tier, kind, admin, ((SELECT coalesce(sum(used_bytes), 0) FROM projects WHERE owner = $1) + ${repositoryBytes})::float8 AS bytes
             FROM users WHERE id = $1`,
    values: [userId],
  })
  return rows[0] ?? null
}

/** null: there is no such file or folder. */
export async function findSize(queries: Queries, projectId: string, path: string): Promise<number | null> {
  const { rows } = await queries.query<{ readonly size: number }>({
    name: 'find-size',
    text: 'SELECT size FROM files WHERE project = $1 AND path = $2',
    values: [projectId, path],
  })
  return rows[0]?.size ?? null
}

/** The smallest UUID version 7 of that millisecond. */
export function firstIdAt(at: Date): string {
  const hex = Math.floor(at.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
