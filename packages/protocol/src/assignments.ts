/**
 * Assignments: a project that is handed out to a class. Whoever opens its link and says a name, a student, gets a private fork of their
 * own; the owner of the project, the teacher, sees what all of them do in one overview, and looks into each fork.
 *
 * Channel `assignment:<id>` of the tab's socket: the overview, live. `since` means nothing here, and the client sends nothing.
 */
import { z } from 'zod'
import { ExecutionEndReason, executionStates } from './executions.ts'
import { ProjectId, ProjectName } from './projects.ts'
import { DisplayName } from './sessions.ts'
import { SharedRole } from './sharing.ts'

/** Tokens of links carry this prefix so that secret scanners know them. */
export const assignmentTokenPrefix = 'atl_a_'
export const AssignmentToken = z
  .string()
  .regex(new RegExp(`^${assignmentTokenPrefix}[A-Za-z0-9_-]{43}$`))
  .describe('The token of an assignment’s link')

export const assignmentLimits = {
  /** Students of one assignment. */
  students: 500,
  /** Assignments of one project. */
  perProject: 20,
  /** Longest life of a link that ends, hours: a year. */
  linkHours: 24 * 365,
  /** The overview's news are sent at most this often. */
  everyMs: 200,
} as const

/** The page where students come in. */
export const assignmentPath = (token: string): string => `/assignments/${token}`
export const channelOfAssignment = (id: string): string => `assignment:${id}`

export const AssignmentId = z.uuid().describe('The assignment')

export const Assignment = z
  .object({
    id: AssignmentId,
    projectId: ProjectId.describe('The project that is handed out'),
    name: z.string().describe('What the forks are named'),
    teacherRole: SharedRole.describe('What the teacher may do in the forks'),
    students: z.int(),
    isTaking: z.boolean().describe('false: it takes no new students; those who are in come again'),
    hasLink: z.boolean().describe('false: the link was revoked'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable().describe('From then on it takes no new students; null: it does until it is closed'),
  })
  .meta({ id: 'Assignment' })
export type Assignment = z.infer<typeof Assignment>
export const AssignmentList = z.object({ items: z.array(Assignment) }).meta({ id: 'AssignmentList' })
export type AssignmentList = z.infer<typeof AssignmentList>

const Hours = z.int().min(1).max(assignmentLimits.linkHours)

export const AssignmentCreation = z
  .strictObject({
    name: ProjectName.optional().describe('Without it, that of the project'),
    teacherRole: SharedRole.default('viewer'),
    expiresInHours: Hours.optional().describe('Without it the assignment takes students until it is closed'),
  })
  .meta({ id: 'AssignmentCreation' })
export type AssignmentCreation = z.infer<typeof AssignmentCreation>

export const AssignmentChange = z
  .strictObject({
    name: ProjectName.optional(),
    teacherRole: SharedRole.optional(),
    isTaking: z.boolean().optional(),
    expiresInHours: Hours.nullable().optional().describe('From now; null: without an end'),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'say what shall change')
  .meta({ id: 'AssignmentChange' })
export type AssignmentChange = z.infer<typeof AssignmentChange>

/** The token is shown once and stored nowhere. */
export const AssignmentWithLink = Assignment.extend({
  token: z.string(),
  path: z.string().describe('Put it behind the address of this server: that is the link for the class'),
}).meta({ id: 'AssignmentWithLink' })
export type AssignmentWithLink = z.infer<typeof AssignmentWithLink>

export const StudentEntrance = z
  .strictObject({ name: DisplayName.describe('What the teacher shall read in the overview') })
  .meta({ id: 'StudentEntrance' })
export type StudentEntrance = z.infer<typeof StudentEntrance>

export const StudentExecution = z.object({
  id: z.uuid(),
  state: z.enum(executionStates),
  language: z.string(),
  entryPoint: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  reason: ExecutionEndReason.nullable().describe('null until it has ended'),
  exitCode: z.int().nullable(),
})
export type StudentExecution = z.infer<typeof StudentExecution>

export const Student = z
  .object({
    userId: z.uuid(),
    name: z.string().describe('As they said when they came. Text of a stranger'),
    projectId: ProjectId.describe('Their fork'),
    joinedAt: z.iso.datetime(),
    lastActiveAt: z.iso.datetime(),
    isOnline: z.boolean().describe('They have their fork open'),
    path: z.string().nullable().describe('The file that they look at'),
    execution: StudentExecution.nullable().describe('Their latest in this project, while it is kept'),
  })
  .meta({ id: 'Student' })
export type Student = z.infer<typeof Student>

/** In the order in which they came. */
export const AssignmentOverview = z
  .object({ assignment: Assignment, students: z.array(Student) })
  .meta({ id: 'AssignmentOverview' })
export type AssignmentOverview = z.infer<typeof AssignmentOverview>

/** To the page. */
export type AssignmentNews =
  /** Everything: first, after a change of the assignment or of who is in it, and when something may have been missed. */
  | ({ readonly type: 'overview' } & AssignmentOverview)
  /** Those who changed. */
  | { readonly type: 'students'; readonly students: readonly Student[] }
