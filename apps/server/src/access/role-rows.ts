import type { ProjectRole } from '@atelier/protocol/projects'
import type { Queries } from '@atelier/storage/db/database'

export type Asked = { readonly projectId: string; readonly userId: string }

/** One answer per question, in order. */
export async function findRoles(queries: Queries, asked: readonly Asked[]): Promise<(ProjectRole | null)[]> {
  const { rows } = await queries.query<{ n: number; role: ProjectRole }>({
    name: 'find-roles',
    text: `SELECT w.n, CASE WHEN p.owner = w.user_id THEN 'owner' ELSE m.role END AS role
             FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS w (project, user_id, n)
             JOIN projects p ON p.id = w.project
             LEFT JOIN project_members m ON m.project = w.project AND m.user_id = w.user_id
            WHERE p.owner = w.user_id OR m.role IS NOT NULL`,
    values: [asked.map(({ projectId }) => projectId), asked.map(({ userId }) => userId)],
  })
  const roles: (ProjectRole | null)[] = asked.map(() => null)
  for (const { n, role } of rows) roles[n - 1] = role
  return roles
}
