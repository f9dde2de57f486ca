/** The statements on `project_members`. A project that the user may not see does not exist. */
import type { ProjectRole } from '@atelier/protocol/projects'
import type { Member, SharedRole } from '@atelier/protocol/sharing'
import type { Queries } from '@atelier/storage/db/database'
import { isMemberAs, mayReadAs } from '../access/role-sql.ts'

type MemberRow = { user_id: string; name: string; role: ProjectRole; joined_at: Date }

const memberOf = (row: MemberRow): Member => ({
  userId: row.user_id,
  name: row.name,
  role: row.role,
  joinedAt: row.joined_at.toISOString(),
})

/** The teacher of an assignment is in its forks as long as it stands, with the role that they chose. */
const isNoTeacher = 'NOT EXISTS (SELECT FROM assignment_students s WHERE s.project = m.project AND s.teacher = m.user_id)'

export async function isTeacherIn(queries: Queries, project: string, member: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'is-teacher-in',
    text: 'SELECT 1 FROM assignment_students WHERE project = $1 AND teacher = $2',
    values: [project, member],
  })
  return rowCount > 0
}

/** The owner first; who is no member sees the owner alone. Empty: no such project for this user. */
export async function listMembers(queries: Queries, project: string, user: string): Promise<Member[]> {
  const { rows } = await queries.query<MemberRow>({
    name: 'list-members',
    text: `WITH p AS (SELECT p.*, ${isMemberAs('$2')} AS sees_members FROM projects p WHERE p.id = $1 AND ${mayReadAs('$2')})
           SELECT u.id AS user_id, u.name, all_in.role, all_in.joined_at
             FROM (SELECT p.owner AS user_id, 'owner' AS role, p.created_at AS joined_at FROM p
                   UNION ALL
                   SELECT m.user_id, m.role, m.joined_at FROM p JOIN project_members m ON m.project = p.id AND p.sees_members) AS all_in
                  JOIN users u ON u.id = all_in.user_id
            ORDER BY all_in.role <> 'owner', all_in.joined_at, u.id`,
    values: [project, user],
  })
  return rows.map(memberOf)
}

/** A role is raised, never lowered. The project is locked. null: it has `most` members, or the user is in `mostOfUser` projects of others. */
export async function addMember(
  queries: Queries,
  member: { readonly project: string; readonly user: string; readonly role: SharedRole },
  most: number,
  mostOfUser: number,
): Promise<SharedRole | null> {
  const { rows } = await queries.query<{ role: SharedRole }>({
    name: 'add-member',
    text: `INSERT INTO project_members AS m (project, user_id, role)
           SELECT $1, $2, $3
            WHERE EXISTS (SELECT FROM project_members WHERE project = $1 AND user_id = $2)
               OR (SELECT count(*) FROM project_members WHERE project = $1) < $4
              AND (SELECT count(*) FROM project_members WHERE user_id = $2) < $5
           ON CONFLICT (project, user_id) DO UPDATE
              SET role = CASE WHEN 'editor' IN (m.role, EXCLUDED.role) THEN 'editor' ELSE 'viewer' END
           RETURNING m.role`,
    values: [member.project, member.user, member.role, most, mostOfUser],
  })
  return rows[0]?.role ?? null
}

export async function changeMember(
  queries: Queries,
  project: string,
  owner: string,
  member: string,
  role: SharedRole,
): Promise<Member | null> {
  const { rows } = await queries.query<MemberRow>({
    name: 'change-member',
    text: `UPDATE project_members m SET role = $4 FROM projects p, users u
            WHERE p.id = $1 AND p.owner = $2 AND m.project = p.id AND m.user_id = $3 AND u.id = m.user_id AND ${isNoTeacher}
           RETURNING m.user_id, u.name, m.role, m.joined_at`,
    values: [project, owner, member, role],
  })
  return rows[0] === undefined ? null : memberOf(rows[0])
}

/** For the owner, and for the member. */
export async function removeMember(queries: Queries, project: string, user: string, member: string): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'remove-member',
    text: `DELETE FROM project_members m USING projects p
            WHERE p.id = $1 AND m.project = p.id AND m.user_id = $3 AND $2 IN (p.owner, m.user_id)
              AND ${isNoTeacher}`,
    values: [project, user, member],
  })
  return rowCount > 0
}
