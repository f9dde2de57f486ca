import type { AdminExecution, AdminUser, AdminUserChange } from '@atelier/protocol/admin'
import type { Queries } from '@atelier/storage/db/database'
import { firstIdAt } from '../quotas/quota-rows.ts'

type UserRow = {
  readonly id: string
  readonly kind: 'guest' | 'account'
  readonly name: string
  readonly login: string | null
  readonly admin: boolean
  readonly disabled_at: Date | null
  readonly created_at: Date
  readonly last_used_at: Date | null
  readonly projects: number
  readonly used_bytes: number
  readonly executions: number
  readonly tier: string | null
}

const columns = `u.id, u.kind, u.name, u.login, u.admin, u.disabled_at, u.created_at,
  (SELECT max(s.last_used_at) FROM sign_ins s WHERE s.user_id = u.id) AS last_used_at,
  (SELECT count(*) FROM projects p WHERE p.owner = u.id)::int AS projects,
  (SELECT coalesce(sum(p.used_bytes), 0) FROM projects p WHERE p.owner = u.id)::float8 AS used_bytes, u.tier,
  (SELECT count(*) FROM executions e WHERE e.user_id = u.id AND e.id >= $1)::int AS executions`

/** All but the tier in force, which the settings know. */
export type FoundUser = Omit<AdminUser, 'tier'>

/** For a statement with `columns`. */
const anHourAgo = (): string => firstIdAt(new Date(Date.now() - 3_600_000))

const userOf = (row: UserRow): FoundUser => ({
  ...{ id: row.id, kind: row.kind, name: row.name, login: row.login, admin: row.admin, projects: row.projects },
  ...{ disabledAt: row.disabled_at?.toISOString() ?? null, createdAt: row.created_at.toISOString() },
  ...{ lastUsedAt: row.last_used_at?.toISOString() ?? null, usedBytes: row.used_bytes },
  ...{ executionsLastHour: row.executions, givenTier: row.tier },
})

export async function listUsers(
  queries: Queries,
  asked: { readonly search: string | null; readonly kind: string | null; readonly before: string | null; readonly most: number },
): Promise<FoundUser[]> {
  const { rows } = await queries.query<UserRow>({
    name: 'admin-list-users',
    text: `SELECT ${columns} FROM users u
            WHERE ($2::text IS NULL OR strpos(lower(u.name), $2) > 0 OR strpos(coalesce(u.login_key, ''), $2) > 0 OR starts_with(u.id::text, $2))
              AND ($3::text IS NULL OR u.kind = $3) AND ($4::uuid IS NULL OR u.id < $4)
            ORDER BY u.id DESC LIMIT $5`,
    values: [anHourAgo(), asked.search?.toLowerCase() ?? null, asked.kind, asked.before, asked.most],
  })
  return rows.map(userOf)
}

export async function findUser(queries: Queries, id: string): Promise<FoundUser | null> {
  const { rows } = await queries.query<UserRow>({
    name: 'admin-find-user',
    text: `SELECT ${columns} FROM users u WHERE u.id = $2`,
    values: [anHourAgo(), id],
  })
  return rows[0] === undefined ? null : userOf(rows[0])
}

/** Only accounts become administrators. */
export async function changeUser(queries: Queries, id: string, { disabled, admin, tier }: AdminUserChange): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'admin-change-user',
    text: `UPDATE users SET admin = coalesce($3, admin), tier = CASE WHEN $4 THEN $5 ELSE tier END,
                  disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, now()) WHEN NOT $2 THEN NULL ELSE disabled_at END
            WHERE id = $1 AND (kind = 'account' OR $3 IS NOT TRUE)`,
    values: [id, disabled ?? null, admin ?? null, tier !== undefined, tier ?? null],
  })
  return rowCount > 0
}

/** Only for who signs in with a name. */
export async function replacePassword(queries: Queries, id: string, password: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'admin-replace-password',
    text: 'UPDATE users SET password = $2 WHERE id = $1 AND login IS NOT NULL',
    values: [id, password],
  })
  return rowCount > 0
}

export async function listRunning(queries: Queries, most: number): Promise<AdminExecution[]> {
  const { rows } = await queries.query<{
    readonly id: string
    readonly user_id: string
    readonly user_name: string | null
    readonly project_id: string | null
    readonly language: string
    readonly isolation: string
    readonly started_at: Date
  }>({
    name: 'admin-list-running',
    text: `SELECT e.id, e.user_id, u.name AS user_name, e.project_id, e.language, e.isolation, e.started_at
             FROM executions e LEFT JOIN users u ON u.id = e.user_id WHERE e.ended_at IS NULL ORDER BY e.id LIMIT $1`,
    values: [most],
  })
  return rows.map((row) => ({
    ...{ id: row.id, userId: row.user_id, userName: row.user_name, projectId: row.project_id },
    ...{ language: row.language, isolation: row.isolation, startedAt: row.started_at.toISOString() },
  }))
}
