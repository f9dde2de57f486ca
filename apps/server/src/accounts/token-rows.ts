import { type ApiToken, type TokenScope, tokenScopes } from '@atelier/protocol/accounts'
import type { Queries } from '@atelier/storage/db/database'

type TokenRow = {
  id: string
  name: string
  scopes: string[]
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
}

const columns = 'id, name, scopes, created_at, expires_at, last_used_at'

const scopesOf = (scopes: readonly string[]): TokenScope[] => tokenScopes.filter((scope) => scopes.includes(scope))

const tokenOf = (row: TokenRow): ApiToken => ({
  ...{ id: row.id, name: row.name, scopes: scopesOf(row.scopes), createdAt: row.created_at.toISOString() },
  ...{ expiresAt: row.expires_at?.toISOString() ?? null, lastUsedAt: row.last_used_at?.toISOString() ?? null },
})

/** null: the user has `most` already. Those that ran out make room. */
export async function insertApiToken(
  queries: Queries,
  token: {
    readonly id: string
    readonly userId: string
    readonly name: string
    readonly tokenSha: Buffer
    readonly scopes: readonly TokenScope[]
    readonly expiresInDays: number | null
  },
  most: number,
): Promise<ApiToken | null> {
  await queries.query({
    name: 'delete-expired-api-tokens',
    text: 'DELETE FROM api_tokens WHERE user_id = $1 AND expires_at <= now()',
    values: [token.userId],
  })
  const { rows } = await queries.query<TokenRow>({
    name: 'insert-api-token',
    text: `INSERT INTO api_tokens (id, user_id, name, token_sha, scopes, expires_at)
           SELECT $1, $2, $3, $4, $5, now() + make_interval(days => $6)
            WHERE (SELECT count(*) FROM api_tokens WHERE user_id = $2) < $7
           RETURNING ${columns}`,
    values: [token.id, token.userId, token.name, token.tokenSha, token.scopes, token.expiresInDays, most],
  })
  return rows[0] === undefined ? null : tokenOf(rows[0])
}

export async function listApiTokens(queries: Queries, userId: string): Promise<ApiToken[]> {
  const { rows } = await queries.query<TokenRow>({
    name: 'list-api-tokens',
    text: `SELECT ${columns} FROM api_tokens WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now()) ORDER BY id DESC`,
    values: [userId],
  })
  return rows.map(tokenOf)
}

export async function deleteApiToken(queries: Queries, userId: string, id: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'delete-api-token',
    text: 'DELETE FROM api_tokens WHERE id = $2 AND user_id = $1',
    values: [userId, id],
  })
  return rowCount > 0
}

/** Only of users who are not disabled. Notes its use, to a minute. */
export async function useApiToken(queries: Queries, tokenSha: Buffer) {
  const { rows } = await queries.query<{
    id: string
    user_id: string
    scopes: string[]
    expires_at: Date | null
    stale: boolean
  }>({
    name: 'find-api-token',
    text: `SELECT t.id, t.user_id, t.scopes, t.expires_at,
                  t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS stale
             FROM api_tokens t JOIN users u ON u.id = t.user_id
            WHERE t.token_sha = $1 AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.disabled_at IS NULL`,
    values: [tokenSha],
  })
  const row = rows[0]
  if (row === undefined) return null
  if (row.stale)
    await queries.query({
      name: 'note-api-token-use',
      text: 'UPDATE api_tokens SET last_used_at = now() WHERE id = $1',
      values: [row.id],
    })
  return { id: row.id, userId: row.user_id, scopes: scopesOf(row.scopes), expiresAt: row.expires_at }
}
