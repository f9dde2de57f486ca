/** The statements on `assignment_students`: who has which fork, and what they did last. */
import type { StudentExecution } from '@atelier/protocol/assignments'
import type { ExecutionResult } from '@atelier/protocol/executions'
import type { SharedRole } from '@atelier/protocol/sharing'
import type { Queries } from '@atelier/storage/db/database'

/** For the rest of the transaction: two clicks of one student come one after the other. */
export async function lockStudent(queries: Queries, assignment: string, user: string): Promise<void> {
  await queries.query({
    name: 'lock-student',
    text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
    values: [`student ${assignment} ${user}`],
  })
}

/** Their fork; null: they have none yet. */
export async function findStudent(queries: Queries, assignment: string, user: string): Promise<string | null> {
  const { rows } = await queries.query<{ project: string }>({
    name: 'find-student',
    text: 'SELECT project FROM assignment_students WHERE assignment = $1 AND user_id = $2',
    values: [assignment, user],
  })
  return rows[0]?.project ?? null
}

export type NewStudent = {
  readonly assignment: string
  readonly user: string
  readonly name: string
  readonly project: string
  readonly teacher: string
  readonly teacherRole: SharedRole
}

/** Lets the teacher into the fork too. The assignment is locked. False: it has `most` students already. */
export async function insertStudent(queries: Queries, student: NewStudent, most: number): Promise<boolean> {
  const { rowCount } = await queries.query({
    name: 'insert-student',
    text: `WITH came AS (INSERT INTO assignment_students (assignment, user_id, project, teacher, name)
                         SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM assignment_students WHERE assignment = $1) < $7
                         RETURNING project, teacher)
           INSERT INTO project_members (project, user_id, role) SELECT project, teacher, $6 FROM came`,
    values: [...[student.assignment, student.user, student.project, student.teacher, student.name, student.teacherRole], most],
  })
  return rowCount > 0
}

export type StudentRow = {
  readonly userId: string
  readonly name: string
  readonly projectId: string
  readonly joinedAt: Date
  readonly updatedAt: Date
  readonly execution: StudentExecution | null
}

type Row = {
  user_id: string
  name: string
  project: string
  joined_at: Date
  updated_at: Date
  execution_id: string | null
  language: string
  entry_point: string
  started_at: Date
  ended_at: Date | null
  result: ExecutionResult | null
}

/** In the order in which they came. */
export async function listStudents(queries: Queries, assignment: string): Promise<StudentRow[]> {
  const { rows } = await queries.query<Row>({
    name: 'list-students',
    text: `SELECT s.user_id, s.name, s.project, s.joined_at, p.updated_at,
                  e.id AS execution_id, e.language, e.entry_point, e.started_at, e.ended_at, e.result
             FROM assignment_students s JOIN projects p ON p.id = s.project
                  LEFT JOIN LATERAL (SELECT * FROM executions x WHERE x.user_id = s.user_id AND x.project_id = s.project
                                      ORDER BY x.id DESC LIMIT 1) e ON true
            WHERE s.assignment = $1 ORDER BY s.joined_at, s.user_id`,
    values: [assignment],
  })
  return rows.map((row) => ({
    userId: row.user_id,
    name: row.name,
    projectId: row.project,
    joinedAt: row.joined_at,
    updatedAt: row.updated_at,
    execution:
      row.execution_id === null
        ? null
        : {
            id: row.execution_id,
            state: row.ended_at === null ? 'running' : 'ended',
            language: row.language,
            entryPoint: row.entry_point,
            startedAt: row.started_at.toISOString(),
            endedAt: row.ended_at?.toISOString() ?? null,
            reason: row.result?.reason ?? null,
            exitCode: row.result?.exitCode ?? null,
          },
  }))
}
