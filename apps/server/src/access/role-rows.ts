import type { ProjectRole } from '@atelier/protocol/projects'
import type { Queries } from '@atelier/storage/db/database'
import { isMemberAs, mayReadAs, roleColumn } from './role-sql.ts'

export type Asked = { readonly projectId: string; readonly userId: string }

/** One answer per question, in order. */
export async function findRoles(queries: Queries, asked: readonly Asked[]): Promise<(ProjectRole | null)[]> {
  const { rows } = await queries.query<{ n: number; role: ProjectRole }>({
    name: 'find-roles',
    text: `SELECT w.n, ${roleColumn('w.user_id')}
             FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS w (project, user_id, n)
             JOIN projects p ON p.id = w.project
            WHERE ${mayReadAs('w.user_id')}`,
    values: [asked.map(({ projectId }) => projectId), asked.map(({ userId }) => userId)],
  })
  const roles: (ProjectRole | null)[] = asked.map(() => null)
  for (const { n, role } of rows) roles[n - 1] = role
  return roles
}

export async function isMember(queries: Queries, projectId: string, userId: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'is-member',
    text: `SELECT 1 FROM projects p WHERE p.id = $1 AND ${isMemberAs('$2')}`,
    values: [projectId, userId],
  })
  return rowCount > 0
}
