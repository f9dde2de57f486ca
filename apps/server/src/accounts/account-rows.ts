import type { Account, User } from '@atelier/protocol/sessions'
import type { Queries } from '@atelier/storage/db/database'

type AccountRow = {
  readonly id: string
  readonly kind: 'guest' | 'account'
  readonly name: string
  readonly created_at: Date
  readonly login: string | null
  readonly has_password: boolean
  readonly admin: boolean
}

const columns = 'id, kind, name, created_at, login, password IS NOT NULL AS has_password, admin'

export type Person = { readonly user: User; readonly account: Account | null }

const personOf = (row: AccountRow): Person => ({
  user: { id: row.id, kind: row.kind, name: row.name, createdAt: row.created_at.toISOString() },
  account: row.kind === 'guest' ? null : { login: row.login, hasPassword: row.has_password, admin: row.admin },
})

export async function findPerson(queries: Queries, userId: string): Promise<Person | null> {
  const { rows } = await queries.query<AccountRow>({
    name: 'find-person',
    text: `SELECT ${columns} FROM users WHERE id = $1`,
    values: [userId],
  })
  return rows[0] === undefined ? null : personOf(rows[0])
}

/** null: no guest (any more). @throws DatabaseError 23505 when somebody has that name */
export async function claimGuest(
  queries: Queries,
  claim: { readonly userId: string; readonly login: string; readonly loginKey: string; readonly password: string },
): Promise<Person | null> {
  const { rows } = await queries.query<AccountRow>({
    name: 'claim-guest',
    text: `UPDATE users SET kind = 'account', login = $2, login_key = $3, password = $4, claimed_at = now()
            WHERE id = $1 AND kind = 'guest' AND disabled_at IS NULL RETURNING ${columns}`,
    values: [claim.userId, claim.login, claim.loginKey, claim.password],
  })
  return rows[0] === undefined ? null : personOf(rows[0])
}

export async function findLogin(queries: Queries, loginKey: string) {
  const { rows } = await queries.query<{ id: string; password: string | null; disabled: boolean }>({
    name: 'find-login',
    text: 'SELECT id, password, disabled_at IS NOT NULL AS disabled FROM users WHERE login_key = $1',
    values: [loginKey],
  })
  return rows[0] ?? null
}

export async function findPassword(queries: Queries, userId: string): Promise<string | null> {
  const { rows } = await queries.query<{ password: string | null }>({
    name: 'find-password',
    text: 'SELECT password FROM users WHERE id = $1',
    values: [userId],
  })
  return rows[0]?.password ?? null
}

/** False when it was changed meanwhile. */
export async function changePassword(queries: Queries, userId: string, from: string, to: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'change-password',
    text: 'UPDATE users SET password = $3 WHERE id = $1 AND password = $2 AND disabled_at IS NULL',
    values: [userId, from, to],
  })
  return rowCount > 0
}
