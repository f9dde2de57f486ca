/** The statements on `assignments`. Only the owner of the project, the teacher, sees any of them; for everybody else they do not exist. */
import type { Assignment, AssignmentChange } from '@atelier/protocol/assignments'
import type { SharedRole } from '@atelier/protocol/sharing'
import type { Queries } from '@atelier/storage/db/database'

type AssignmentRow = {
  id: string
  project: string
  name: string
  teacher_role: SharedRole
  students: number
  taking: boolean
  has_link: boolean
  created_at: Date
  expires_at: Date | null
}

const assignmentOf = (row: AssignmentRow): Assignment => ({
  id: row.id,
  projectId: row.project,
  name: row.name,
  teacherRole: row.teacher_role,
  students: row.students,
  isTaking: row.taking,
  hasLink: row.has_link,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
})

const takes = '(a.taking AND (a.expires_at IS NULL OR a.expires_at > now()))'
const columns = `a.id, a.project, a.name, a.teacher_role, ${takes} AS taking, a.token_sha IS NOT NULL AS has_link, a.created_at, a.expires_at,
                 (SELECT count(*) FROM assignment_students s WHERE s.assignment = a.id)::int AS students`

/** Newest first. null: no such project of this owner. */
export async function listAssignments(queries: Queries, project: string, owner: string): Promise<Assignment[] | null> {
  const { rows } = await queries.query<AssignmentRow | { id: null }>({
    name: 'list-assignments',
    text: `SELECT ${columns} FROM projects p LEFT JOIN assignments a ON a.project = p.id
            WHERE p.id = $1 AND p.owner = $2 ORDER BY a.id DESC`,
    values: [project, owner],
  })
  return rows.length === 0 ? null : rows.filter((row) => row.id !== null).map(assignmentOf)
}

export async function findAssignment(queries: Queries, id: string, owner: string): Promise<Assignment | null> {
  const { rows } = await queries.query<AssignmentRow>({
    name: 'find-assignment',
    text: `SELECT ${columns} FROM assignments a JOIN projects p ON p.id = a.project WHERE a.id = $1 AND p.owner = $2`,
    values: [id, owner],
  })
  return rows[0] === undefined ? null : assignmentOf(rows[0])
}

export type NewAssignment = {
  readonly id: string
  readonly project: string
  /** null: that of the project. */
  readonly name: string | null
  readonly teacherRole: SharedRole
  readonly tokenSha: Buffer
  readonly expiresInHours: number | null
}

/** The project is locked. False: it has `most` of them already. */
export async function insertAssignment(queries: Queries, wanted: NewAssignment, most: number): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'insert-assignment',
    text: `INSERT INTO assignments (id, project, name, teacher_role, token_sha, expires_at)
           SELECT $1, p.id, coalesce($3, p.name), $4, $5, now() + make_interval(hours => $6) FROM projects p
            WHERE p.id = $2 AND (SELECT count(*) FROM assignments WHERE project = $2) < $7`,
    values: [wanted.id, wanted.project, wanted.name, wanted.teacherRole, wanted.tokenSha, wanted.expiresInHours, most],
  })
  return rowCount > 0
}

/** Returns the forks in which the teacher has another role now; null: no such assignment of this owner. */
export async function changeAssignment(
  queries: Queries,
  id: string,
  owner: string,
  { name, teacherRole, isTaking, expiresInHours }: AssignmentChange,
): Promise<string[] | null> {
  const { rowCount } = await queries.query({
    name: 'change-assignment',
    text: `UPDATE assignments a
              SET name = coalesce($3, a.name), teacher_role = coalesce($4, a.teacher_role), taking = coalesce($5, a.taking),
                  expires_at = CASE WHEN $6 THEN now() + make_interval(hours => $7) ELSE a.expires_at END
             FROM projects p WHERE p.id = a.project AND a.id = $1 AND p.owner = $2`,
    values: [
      ...[id, owner, name ?? null, teacherRole ?? null, isTaking ?? null],
      ...[expiresInHours !== undefined, expiresInHours ?? null],
    ],
  })
  if (rowCount === 0) return null
  if (teacherRole === undefined) return []
  const { rows } = await queries.query<{ project: string }>({
    name: 'change-teacher-role',
    text: `UPDATE project_members m SET role = $2 FROM assignment_students s
            WHERE s.assignment = $1 AND m.project = s.project AND m.user_id = s.teacher AND m.role <> $2 RETURNING m.project`,
    values: [id, teacherRole],
  })
  return rows.map((row) => row.project)
}

/** `tokenSha` null: nobody comes in any more, not even those who are in. */
export async function changeLink(queries: Queries, id: string, owner: string, tokenSha: Buffer | null): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'change-assignment-link',
    text: `UPDATE assignments a SET token_sha = $3 FROM projects p WHERE p.id = a.project AND a.id = $1 AND p.owner = $2`,
    values: [id, owner, tokenSha],
  })
  return rowCount > 0
}

/** The forks stay with their students, the teacher leaves them. Returns which they are; null: no such assignment of this owner. */
export async function deleteAssignment(queries: Queries, id: string, owner: string): Promise<string[] | null> {
  const { rows } = await queries.query<{ project: string | null }>({
    name: 'delete-assignment',
    text: `WITH gone AS (DELETE FROM assignments a USING projects p WHERE p.id = a.project AND a.id = $1 AND p.owner = $2 RETURNING a.id)
           SELECT s.project FROM gone LEFT JOIN assignment_students s ON s.assignment = gone.id`,
    values: [id, owner],
  })
  return rows.length === 0 ? null : rows.flatMap(({ project }) => project ?? [])
}

export type HandedOut = {
  readonly id: string
  readonly project: string
  readonly name: string
  readonly teacher: string
  readonly teacherName: string
  readonly teacherRole: SharedRole
  readonly takes: boolean
}

/** What a link leads to. null: it does not work. */
export async function findHandedOut(queries: Queries, tokenSha: Buffer): Promise<HandedOut | null> {
  const { rows } = await queries.query<HandedOut>({
    name: 'find-handed-out',
    text: `SELECT a.id, a.project, a.name, u.id AS teacher, u.name AS "teacherName", a.teacher_role AS "teacherRole", ${takes} AS takes
             FROM assignments a JOIN projects p ON p.id = a.project JOIN users u ON u.id = p.owner WHERE a.token_sha = $1`,
    values: [tokenSha],
  })
  return rows[0] ?? null
}

/** Takes the assignment for the rest of the transaction, and looks again: it may have been closed or revoked meanwhile. */
export async function lockTaking(queries: Queries, id: string, tokenSha: Buffer): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'lock-taking-assignment',
    text: `SELECT 1 FROM assignments a WHERE a.id = $1 AND a.token_sha = $2 AND ${takes} FOR NO KEY UPDATE`,
    values: [id, tokenSha],
  })
  return rowCount > 0
}
