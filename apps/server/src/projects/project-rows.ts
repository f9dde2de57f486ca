/** The statements on `projects`. Each asks for the owner in its condition: a project of another user does not exist. */
import type { Project } from '@atelier/protocol/projects'
import type { Queries } from '@atelier/storage/db/database'

type ProjectRow = { id: string; name: string; created_at: Date; updated_at: Date }

const projectOf = (row: ProjectRow): Project => ({
  id: row.id,
  name: row.name,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

type UsageRow = { used_bytes: number; used_entries: number }

const usageOf = (row: UsageRow | undefined): Usage | null =>
  row === undefined ? null : { bytes: row.used_bytes, entries: row.used_entries }

const first = (rows: readonly ProjectRow[]): Project | null => (rows[0] === undefined ? null : projectOf(rows[0]))

/** null: the owner has `most` projects already. */
export async function insertProject(
  queries: Queries,
  project: { readonly id: string; readonly owner: string; readonly name: string },
  most: number,
): Promise<Project | null> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'insert-project',
    text: `INSERT INTO projects (id, owner, name) SELECT $1, $2, $3
            WHERE (SELECT count(*) FROM projects WHERE owner = $2) < $4
           RETURNING id, name, created_at, updated_at`,
    values: [project.id, project.owner, project.name, most],
  })
  return first(rows)
}

export async function findProject(queries: Queries, id: string, owner: string): Promise<Project | null> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'find-project',
    text: 'SELECT id, name, created_at, updated_at FROM projects WHERE id = $1 AND owner = $2',
    values: [id, owner],
  })
  return first(rows)
}

/** Newest change first. `after`: the last project of the page before. */
export async function listProjects(
  queries: Queries,
  owner: string,
  limit: number,
  after: { readonly updatedAt: string; readonly id: string } | null,
): Promise<Project[]> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'list-projects',
    text: `SELECT id, name, created_at, updated_at FROM projects
            WHERE owner = $1 AND ($2::timestamptz IS NULL OR (updated_at, id) < ($2, $3::uuid))
            ORDER BY updated_at DESC, id DESC LIMIT $4`,
    values: [owner, after?.updatedAt ?? null, after?.id ?? null, limit],
  })
  return rows.map(projectOf)
}

export async function renameProject(queries: Queries, id: string, owner: string, name: string): Promise<Project | null> {
  const { rows } = await queries.query<ProjectRow>({
    name: 'rename-project',
    text: `UPDATE projects SET name = $3, updated_at = greatest(updated_at, now()) WHERE id = $1 AND owner = $2
           RETURNING id, name, created_at, updated_at`,
    values: [id, owner, name],
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
export async function readUsage(queries: Queries, id: string, owner: string): Promise<Usage | null> {
  const { rows } = await queries.query<UsageRow>({
    name: 'read-usage',
    text: 'SELECT used_bytes, used_entries FROM projects WHERE id = $1 AND owner = $2',
    values: [id, owner],
  })
  return usageOf(rows[0])
}

export type Usage = { readonly bytes: number; readonly entries: number }

/**
 * Takes the project for the rest of the transaction: whoever writes its files waits, readers do not. The statements that
 * follow see all that was committed before. null: no such project of this owner.
 */
export async function lockProject(queries: Queries, id: string, owner: string): Promise<Usage | null> {
  const { rows } = await queries.query<UsageRow>({
    name: 'lock-project',
    text: 'SELECT used_bytes, used_entries FROM projects WHERE id = $1 AND owner = $2 FOR NO KEY UPDATE',
    values: [id, owner],
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
