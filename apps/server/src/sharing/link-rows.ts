/** The statements on `share_links`. A link that is revoked or has expired does not exist. */
import type { SharedRole, ShareLink } from '@atelier/protocol/sharing'
import type { Queries } from '@atelier/storage/db/database'

type LinkRow = { id: string; role: SharedRole; created_at: Date; expires_at: Date | null; last_used_at: Date | null }

const linkOf = (row: LinkRow): ShareLink => ({
  id: row.id,
  role: row.role,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
})

const columns = 'l.id, l.role, l.created_at, l.expires_at, l.last_used_at'
const works = '(l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now()))'

/** Takes a project of this owner for the rest of the transaction, so that what is counted stays counted. */
export async function lockOwnProject(queries: Queries, project: string, owner: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'lock-own-project',
    text: 'SELECT 1 FROM projects WHERE id = $1 AND owner = $2 FOR NO KEY UPDATE',
    values: [project, owner],
  })
  return rowCount > 0
}

/** Newest first. null: no such project of this owner. */
export async function listLinks(queries: Queries, project: string, owner: string): Promise<ShareLink[] | null> {
  const { rows } = await queries.query<LinkRow | { id: null }>({
    name: 'list-share-links',
    text: `SELECT ${columns} FROM projects p LEFT JOIN share_links l ON l.project = p.id AND ${works}
            WHERE p.id = $1 AND p.owner = $2 ORDER BY l.id DESC`,
    values: [project, owner],
  })
  return rows.length === 0 ? null : rows.filter((row) => row.id !== null).map(linkOf)
}

export type NewLink = {
  readonly id: string
  readonly project: string
  readonly tokenSha: Buffer
  readonly role: SharedRole
  readonly createdBy: string
  readonly expiresInHours: number | null
}

/** The project is locked. Dead links of it are swept on the way. null: it has `most` links already. */
export async function insertLink(queries: Queries, link: NewLink, most: number): Promise<ShareLink | null> {
  const { rows } = await queries.query<LinkRow>({
    name: 'insert-share-link',
    text: `WITH swept AS (DELETE FROM share_links l WHERE l.project = $2 AND NOT ${works})
           INSERT INTO share_links AS l (id, project, token_sha, role, created_by, expires_at)
           SELECT $1, $2, $3, $4, $5, now() + make_interval(hours => $6)
            WHERE (SELECT count(*) FROM share_links l WHERE l.project = $2 AND ${works}) < $7
           RETURNING ${columns}`,
    values: [link.id, link.project, link.tokenSha, link.role, link.createdBy, link.expiresInHours, most],
  })
  return rows[0] === undefined ? null : linkOf(rows[0])
}

export async function revokeLink(queries: Queries, project: string, owner: string, id: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'revoke-share-link',
    text: `UPDATE share_links l SET revoked_at = now() FROM projects p
            WHERE p.id = $1 AND p.owner = $2 AND l.project = p.id AND l.id = $3 AND ${works}`,
    values: [project, owner, id],
  })
  return rowCount > 0
}

export type Invitation = {
  readonly projectId: string
  readonly projectName: string
  readonly ownerId: string
  readonly ownerName: string
  readonly role: SharedRole
}

/** What a link leads to. null: it does not work. */
export async function findInvitation(queries: Queries, tokenSha: Buffer): Promise<Invitation | null> {
  const { rows } = await queries.query<Invitation>({
    name: 'find-invitation',
    text: `SELECT p.id AS "projectId", p.name AS "projectName", u.id AS "ownerId", u.name AS "ownerName", l.role
             FROM share_links l JOIN projects p ON p.id = l.project JOIN users u ON u.id = p.owner
            WHERE l.token_sha = $1 AND ${works}`,
    values: [tokenSha],
  })
  return rows[0] ?? null
}

/** Takes the project that a link leads to, for the rest of the transaction. */
export async function lockInvited(queries: Queries, tokenSha: Buffer): Promise<{ id: string; owner: string } | null> {
  const { rows } = await queries.query<{ id: string; owner: string }>({
    name: 'lock-invited',
    text: `SELECT p.id, p.owner FROM share_links l JOIN projects p ON p.id = l.project
            WHERE l.token_sha = $1 AND ${works} FOR NO KEY UPDATE OF p`,
    values: [tokenSha],
  })
  return rows[0] ?? null
}

/** Notes that somebody joins with it. null: it does not work any more. */
export async function useLink(queries: Queries, tokenSha: Buffer): Promise<SharedRole | null> {
  const { rows } = await queries.query<{ role: SharedRole }>({
    name: 'use-share-link',
    text: `UPDATE share_links l SET last_used_at = now() WHERE l.token_sha = $1 AND ${works} RETURNING l.role`,
    values: [tokenSha],
  })
  return rows[0]?.role ?? null
}
