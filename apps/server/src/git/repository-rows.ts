/** The statements on repositories. What changes one has the user in its condition, and the version that it began with. */
import type { GitIdentity } from '@atelier/protocol/git'
import type { BlobInfo } from '@atelier/storage/blobs/blobs'
import type { Database, Queries } from '@atelier/storage/db/database'
import { mayWriteAs } from '../access/role-sql.ts'
import { type AuditEntry, recordAudit } from '../audit/audit.ts'
import { takeProject } from '../projects/take-project.ts'

export type PackRow = { readonly number: number; readonly pack: BlobInfo; readonly index: BlobInfo }

export type Repository = {
  /** 0: there is no row yet. */
  readonly version: number
  readonly head: string
  readonly refs: Readonly<Record<string, string>>
  readonly remoteUrl: string | null
  readonly packs: readonly PackRow[]
}

export const emptyRepository: Repository = { version: 0, head: 'main', refs: {}, remoteUrl: null, packs: [] }

export const sizeOf = ({ packs }: Repository): number =>
  packs.reduce((sum, { pack, index }) => sum + pack.sizeBytes + index.sizeBytes, 0)

type Row = {
  head: string
  refs: Record<string, string>
  remote_url: string | null
  version: number
  number: number | null
  pack_sha: Buffer
  index_sha: Buffer
  pack_size: number
  index_size: number
}

/** The caller has looked whether the user may see the project. */
export async function readRepository(queries: Queries, project: string): Promise<Repository> {
  const { rows } = await queries.query<Row>({
    name: 'git-repository',
    text: `SELECT r.head, r.refs, r.remote_url, r.version, k.number, k.pack_sha, k.index_sha, k.pack_size, k.index_size
             FROM git_repositories r LEFT JOIN git_packs k ON k.project = r.project WHERE r.project = $1 ORDER BY k.number`,
    values: [project],
  })
  const first = rows[0]
  if (first === undefined) return emptyRepository
  const packs = rows.flatMap((row): PackRow[] =>
    row.number === null
      ? []
      : [
          {
            number: row.number,
            pack: { sha256: row.pack_sha.toString('hex'), sizeBytes: row.pack_size },
            index: { sha256: row.index_sha.toString('hex'), sizeBytes: row.index_size },
          },
        ],
  )
  return { version: first.version, head: first.head, refs: first.refs, remoteUrl: first.remote_url, packs }
}

export type RepositoryChange = {
  readonly head: string
  readonly refs: Readonly<Record<string, string>>
  readonly remoteUrl: string | null
  readonly pack: { readonly pack: BlobInfo; readonly index: BlobInfo } | null
  /** The new pack has all that the others have. */
  readonly replaces: boolean
}

/**
 * false: it is not at `version` any more. `line`: for the audit log.
 * @throws Refusal not-found, forbidden
 */
export function changeRepository(
  db: Database,
  { project, user, version }: { readonly project: string; readonly user: string; readonly version: number },
  { head, refs, remoteUrl, pack, replaces }: RepositoryChange,
  line: AuditEntry,
): Promise<boolean> {
  return db.as(user).transaction(async (queries) => {
    // Held, as by whoever changes a file: a role that was taken away meanwhile is seen.
    await takeProject(queries, project, user)
    const values = [project, user, head, JSON.stringify(refs), remoteUrl]
    const { rowCount } =
      version === 0
        ? await queries.query({
            name: 'git-insert-repository',
            text: `INSERT INTO git_repositories (project, head, refs, remote_url)
                   SELECT p.id, $3, $4, $5 FROM projects p WHERE p.id = $1 AND ${mayWriteAs('$2')} ON CONFLICT DO NOTHING`,
            values,
          })
        : await queries.query({
            name: 'git-change-repository',
            text: `UPDATE git_repositories r SET head = $3, refs = $4, remote_url = $5, version = r.version + 1, updated_at = now()
                     FROM projects p WHERE r.project = $1 AND p.id = $1 AND r.version = $6 AND ${mayWriteAs('$2')}`,
            values: [...values, version],
          })
    if (rowCount === 0) return false
    await recordAudit(queries, line)
    if (pack === null) return true
    if (replaces)
      await queries.query({ name: 'git-drop-packs', text: 'DELETE FROM git_packs WHERE project = $1', values: [project] })
    await queries.query({
      name: 'git-insert-pack',
      text: `INSERT INTO git_packs (project, number, pack_sha, index_sha, pack_size, index_size)
             SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 FROM git_packs WHERE project = $1`,
      values: [project, shaOf(pack.pack), shaOf(pack.index), pack.pack.sizeBytes, pack.index.sizeBytes],
    })
    return true
  })
}

const shaOf = ({ sha256 }: BlobInfo): Buffer => Buffer.from(sha256, 'hex')

/** What they chose, or null; and the name that people see. */
export async function readIdentity(queries: Queries, user: string): Promise<{ chosen: GitIdentity | null; name: string }> {
  const { rows } = await queries.query<{ shown: string; name: string | null; email: string | null }>({
    name: 'git-identity',
    text: `SELECT u.name AS shown, i.name, i.email FROM users u LEFT JOIN git_identities i ON i.user_id = u.id WHERE u.id = $1`,
    values: [user],
  })
  const row = rows[0]
  const chosen = row === undefined || row.name === null || row.email === null ? null : { name: row.name, email: row.email }
  return { chosen, name: row?.shown ?? 'Somebody' }
}

export async function writeIdentity(queries: Queries, user: string, identity: GitIdentity): Promise<void> {
  await queries.query({
    name: 'git-set-identity',
    text: `INSERT INTO git_identities (user_id, name, email) VALUES ($1, $2, $3)
           ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, email = excluded.email`,
    values: [user, identity.name, identity.email],
  })
}
