/** The statements on `projects`. Each has the user in its condition: a project that is neither theirs nor shared with them does not exist. */
import type { Project, ProjectChange, ProjectRole, Visibility } from '@atelier/protocol/projects'
import type { Queries } from '@atelier/storage/db/database'
import { isMemberAs, mayReadAs, roleColumn } from '../access/role-sql.ts'

export type ProjectRow = {
  id: string
  name: string
  role: ProjectRole
  is_member: boolean
  visibility: Visibility
  is_fork: boolean
  origin_id: string | null
  origin_name: string | null
  created_at: Date
  updated_at: Date
}

export const projectOf = (row: ProjectRow): Project => ({
  id: row.id,
  name: row.name,
  role: row.role,
  isMember: row.is_member,
  visibility: row.visibility,
  forkOf: row.is_fork
    ? { origin: row.origin_id === null || row.origin_name === null ? null : { id: row.origin_id, name: row.origin_name } }
    : null,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

/** The columns of a ProjectRow, with `p` the project and `o` its origin, where this user may see it. */
export const projectColumns = (user: string): string =>
  `p.id, p.name, ${roleColumn(user)}, ${isMemberAs(user)} AS is_member, p.visibility, p.fork_of IS NOT NULL AS is_fork,
   o.id AS origin_id, o.name AS origin_name, p.created_at, p.updated_at`
export const withOrigin = (user: string): string => `LEFT JOIN projects o ON o.id = p.fork_of AND ${mayReadAs(user, 'o')}`

type UsageRow = { used_bytes: number; used_entries: number; role: ProjectRole }

const usageOf = (row: UsageRow | undefined): UsageFor | null =>
  row === undefined ? null : { bytes: row.used_bytes, entries: row.used_entries, role: row.role }

const first = (rows: readonly ProjectRow[]): Project | null => (rows[0] === undefined ? null : projectOf(rows[0]))

/**
 * For the rest of the transaction nobody else makes a project for this owner: the statement after this one counts all of theirs, also
 * those that were being made just now.
 */
export async function holdOwner(queries: Queries, owner: string): Promise<void> {
  await queries.query({ name: 'hold-owner', text: 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', values: [owner] })
}

/** null: the owner has `most` projects already. */
export async function insertProject(
  queries: Queries,
  project: { readonly id: string; readonly owner: string; readonly name: string },
  most: number,
): Promise<Project | null> {
  await holdOwner(queries, project.owner)
  const { rows } = await queries.query<ProjectRow>({
    name: 'insert-project',
    text: `INSERT INTO projects (id, owner, name) SELECT $1, $2, $3
            WHERE (SELECT count(*) FROM projects WHERE owner = $2) < $4
           RETURNING id, name, 'owner' AS role, true AS is_member, visibility, false AS is_fork, NULL AS origin_id, NULL AS origin_name,
                     created_at, updated_at`,
    values: [project.id, project.owner, project.name, most],
  })
  return first(rows)
}

export async function findProject(queries: Queries, id: string, user: string): Promise<Project | null> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'find-project',
    text: `SELECT ${projectColumns('$2')} FROM projects p ${withOrigin('$2')} WHERE p.id = $1 AND ${mayReadAs('$2')}`,
    values: [id, user],
  })
  return first(rows)
}

/** Own and shared ones, newest change first. `after`: the last project of the page before. */
export async function listProjects(
  queries: Queries,
  user: string,
  limit: number,
  after: { readonly at: string; readonly id: string } | null,
): Promise<Project[]> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'list-projects',
    // Forks of one's students are not listed: a class would bury everything else. Their overview leads to them.
    text: `WITH page AS (
             SELECT id, updated_at
               FROM (SELECT id, updated_at FROM projects WHERE owner = $1
                     UNION ALL
                     SELECT p.id, p.updated_at FROM project_members m JOIN projects p ON p.id = m.project
                      WHERE m.user_id = $1
                        AND NOT EXISTS (SELECT FROM assignment_students s WHERE s.project = p.id AND s.teacher = $1)) AS p
              WHERE $2::timestamptz IS NULL OR (updated_at, id) < ($2, $3::uuid)
              ORDER BY updated_at DESC, id DESC LIMIT $4)
           SELECT ${projectColumns('$1')} FROM page JOIN projects p USING (id) ${withOrigin('$1')}
            ORDER BY page.updated_at DESC, page.id DESC`,
    values: [user, after?.at ?? null, after?.id ?? null, limit],
  })
  return rows.map(projectOf)
}

/** Those that everybody may see, the newest first. `afterId`: the last project of the page before. */
export async function listPublicProjects(
  queries: Queries,
  user: string,
  limit: number,
  afterId: string | null,
): Promise<Project[]> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'list-public-projects',
    text: `SELECT ${projectColumns('$1')} FROM projects p ${withOrigin('$1')}
            WHERE p.visibility = 'public' AND ($2::uuid IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3`,
    values: [user, afterId, limit],
  })
  return rows.map(projectOf)
}

export async function changeProject(
  queries: Queries,
  id: string,
  owner: string,
  { name, visibility }: ProjectChange,
): Promise<Project | null> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'change-project',
    text: `WITH p AS (UPDATE projects SET name = coalesce($3, name), visibility = coalesce($4, visibility),
                                          updated_at = greatest(updated_at, now()) WHERE id = $1 AND owner = $2 RETURNING *)
           SELECT ${projectColumns('$2')} FROM p ${withOrigin('$2')}`,
    values: [id, owner, name ?? null, visibility ?? null],
  })
  return first(rows)
}

export async function deleteProject(queries: Queries, id: string, owner: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'delete-project',
    text: 'DELETE FROM projects WHERE id = $1 AND owner = $2',
    values: [id, owner],
  })
  return rowCount > 0
}

/** Without a lock: true a moment ago. */
export async function readUsage(queries: Queries, id: string, user: string): Promise<UsageFor | null> {
  const { rows } = await queries.query<UsageRow>({
    name: 'read-usage',
    text: `SELECT used_bytes, used_entries, ${roleColumn('$2')} FROM projects p WHERE id = $1 AND ${mayReadAs('$2')}`,
    values: [id, user],
  })
  return usageOf(rows[0])
}

export type Usage = { readonly bytes: number; readonly entries: number }
/** With what the user may do. */
export type UsageFor = Usage & { readonly role: ProjectRole }

/**
 * Takes the project for the rest of the transaction: whoever writes its files waits, readers do not. The statements that
 * follow see all that was committed before. null: no such project for this user.
 */
export async function lockProject(queries: Queries, id: string, user: string): Promise<UsageFor | null> {
  const { rows } = await queries.query<UsageRow>({
    name: 'lock-project',
    text: `SELECT used_bytes, used_entries, ${roleColumn('$2')} FROM projects p WHERE id = $1 AND ${mayReadAs('$2')} FOR NO KEY UPDATE`,
    values: [id, user],
  })
  return usageOf(rows[0])
}

/** Notes a change of the project's files, which is also a change of the project. The project is locked. */
export async function changeUsage(queries: Queries, id: string, change: Usage): Promise<void> {
  await queries.query({
    name: 'change-usage',
    text: `UPDATE projects SET used_bytes = used_bytes + $2, used_entries = used_entries + $3,
                               updated_at = greatest(updated_at, now()) WHERE id = $1`,
    values: [id, change.bytes, change.entries],
  })
}
