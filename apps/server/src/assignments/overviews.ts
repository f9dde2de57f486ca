/**
 * What the students of an assignment do, live. The database says who they are and what they ran; everything that moves comes from the
 * parts of this server that know it anyway: who has a project open, which programs start and end, which files change. So a teacher who
 * watches five hundred students asks for nothing, and costs a message when something happened, five times a second at most.
 */
import type { Log } from '@atelier/base/log'
import {
  type Assignment,
  type AssignmentNews,
  type AssignmentOverview,
  assignmentLimits,
  type Student,
  type StudentExecution,
} from '@atelier/protocol/assignments'
import type { Execution } from '@atelier/protocol/executions'
import type { Person } from '@atelier/protocol/presence'
import type { Database } from '@atelier/storage/db/database'
import type { AccessChange } from '../access/access.ts'
import type { ProjectChange } from '../projects/project-changes.ts'
import type { ChannelSink } from '../sockets/tab-socket.ts'
import { findAssignment } from './assignment-rows.ts'
import { noSuchAssignment } from './assignments.ts'
import { listStudents, type StudentRow } from './student-rows.ts'

export type OverviewsOptions = {
  readonly db: Database
  readonly log: Log
  readonly now: () => number
  readonly access: { onChange(listener: (change: AccessChange) => void): () => void }
  readonly presence: {
    peopleIn(projectId: string): readonly Person[]
    onPeople(listener: (projectId: string) => void): () => void
  }
  readonly executions: { onChange(listener: (userId: string, execution: Execution) => void): () => void }
  readonly projects: { onChange(listener: (change: ProjectChange) => void): () => void }
  readonly assignments: { onChange(listener: (assignmentId: string) => void): () => void }
}

export type Overviews = {
  /** @throws Refusal not-found */
  read(id: string, userId: string): Promise<AssignmentOverview>
  /** The overview at once, and what changes; returns how to stop. When the assignment ends, so does the sink. @throws Refusal not-found */
  follow(id: string, userId: string, sink: Pick<ChannelSink, 'send' | 'whenRoom' | 'end'>): Promise<() => void>
  close(): void
}

type Follower = { readonly sink: Pick<ChannelSink, 'send' | 'whenRoom' | 'end'>; isBehind: boolean }

/** One assignment that at least one tab of its teacher looks at. */
type Watched = {
  readonly id: string
  readonly teacher: string
  assignment: Assignment
  readonly students: Map<string, Student>
  readonly followers: Set<Follower>
  /** Projects whose student changed; 'all': read everything again. */
  due: Set<string> | 'all'
  timer: NodeJS.Timeout | null
}

export function createOverviews(options: OverviewsOptions): Overviews {
  const { db, log, now, presence } = options
  /** By assignment and teacher. */
  const watched = new Map<string, Watched>()
  /** A project is the fork of one student of one assignment. */
  const byProject = new Map<string, Watched>()

  const stops = [
    presence.onPeople((projectId) => touch(projectId, (student) => withPeople(student, presence.peopleIn(projectId), now()))),
    options.executions.onChange((userId, execution) =>
      touch(execution.projectId ?? '', (student) => (student.userId === userId ? withExecution(student, execution) : student)),
    ),
    options.projects.onChange(({ projectId, by }) =>
      touch(projectId, (student) =>
        student.userId === by ? { ...student, lastActiveAt: new Date(now()).toISOString() } : student,
      ),
    ),
    options.access.onChange(({ projectId, userId }) => {
      for (const each of watched.values())
        if (
          projectId === null ||
          projectId === each.assignment.projectId ||
          each.students.has(projectId) ||
          userId === each.teacher
        )
          readAgain(each)
    }),
    options.assignments.onChange((id) => {
      for (const each of watched.values()) if (each.id === id) readAgain(each)
    }),
  ]

  function touch(projectId: string, change: (student: Student) => Student): void {
    const each = byProject.get(projectId)
    const student = each?.students.get(projectId)
    if (each === undefined || student === undefined) return
    const next = change(student)
    if (next === student || JSON.stringify(next) === JSON.stringify(student)) return
    each.students.set(projectId, next)
    if (each.due !== 'all') each.due.add(projectId)
    tellSoon(each)
  }

  function readAgain(each: Watched): void {
    each.due = 'all'
    tellSoon(each)
  }

  function tellSoon(each: Watched): void {
    each.timer ??= setTimeout(() => {
      tell(each).catch((error: unknown) => {
        log.warn('overview not read', { assignment: each.id, error })
        each.timer = null
        if (each.followers.size > 0) readAgain(each)
      })
    }, assignmentLimits.everyMs).unref()
  }

  async function tell(each: Watched): Promise<void> {
    const due = each.due
    each.due = new Set()
    if (due === 'all' && !(await load(each))) return endAll(each)
    each.timer = null
    const isMore = (each.due as Watched['due']) === 'all' || (each.due as Set<string>).size > 0
    const news: AssignmentNews =
      due === 'all'
        ? whole(each)
        : { type: 'students', students: [...due].flatMap((projectId) => each.students.get(projectId) ?? []) }
    const json = JSON.stringify(news)
    for (const follower of each.followers) send(each, follower, json)
    if (isMore) tellSoon(each)
  }

  function send(each: Watched, follower: Follower, json: string): void {
    if (follower.isBehind || follower.sink.send(json)) return
    follower.isBehind = true
    // What it misses meanwhile comes as a whole.
    follower.sink.whenRoom(() => {
      follower.isBehind = false
      if (each.followers.has(follower)) send(each, follower, JSON.stringify(whole(each)))
    })
  }

  const whole = (each: Watched): AssignmentNews => ({
    ...{ type: 'overview', assignment: each.assignment },
    students: [...each.students.values()],
  })

  /** False: it is not there any more, or not this teacher's. */
  async function load(each: Watched): Promise<boolean> {
    const found = await overview(each.id, each.teacher)
    if (found === null) return false
    for (const projectId of each.students.keys()) byProject.delete(projectId)
    each.assignment = found.assignment
    each.students.clear()
    for (const student of found.students) {
      each.students.set(student.projectId, student)
      if (each.followers.size > 0) byProject.set(student.projectId, each)
    }
    return true
  }

  async function overview(id: string, teacher: string): Promise<AssignmentOverview | null> {
    const assignment = await findAssignment(db, id, teacher)
    if (assignment === null) return null
    const rows = await listStudents(db, id)
    return { assignment, students: rows.map((row) => studentOf(row, presence.peopleIn(row.projectId))) }
  }

  function endAll(each: Watched): void {
    for (const { sink } of each.followers) sink.end(noSuchAssignment())
    each.followers.clear()
    forget(each)
  }

  function forget(each: Watched): void {
    if (each.timer !== null) clearTimeout(each.timer)
    if (watched.get(keyOf(each.id, each.teacher)) === each) watched.delete(keyOf(each.id, each.teacher))
    for (const projectId of each.students.keys()) if (byProject.get(projectId) === each) byProject.delete(projectId)
  }

  return {
    async read(id, userId) {
      const found = await overview(id.toLowerCase(), userId)
      if (found === null) throw noSuchAssignment()
      return found
    },
    async follow(id, userId, sink) {
      const assignment = await findAssignment(db, id, userId)
      if (assignment === null) throw noSuchAssignment()
      const key = keyOf(id, userId)
      const each: Watched = watched.get(key) ?? {
        ...{ id, teacher: userId, assignment, students: new Map(), followers: new Set() },
        ...{ due: new Set<string>(), timer: null },
      }
      watched.set(key, each)
      const follower: Follower = { sink, isBehind: false }
      each.followers.add(follower)
      const stop = (): void => {
        each.followers.delete(follower)
        if (each.followers.size === 0) forget(each)
      }
      try {
        if (!(await load(each))) throw noSuchAssignment()
      } catch (error) {
        stop()
        throw error
      }
      send(each, follower, JSON.stringify(whole(each)))
      return stop
    },
    close() {
      for (const stop of stops) stop()
      for (const each of [...watched.values()]) forget(each)
    },
  }
}

const keyOf = (id: string, teacher: string): string => `${id}/${teacher}`

const studentOf = (row: StudentRow, people: readonly Person[]): Student => {
  const { userId, name, projectId, joinedAt, updatedAt, execution } = row
  const ranAt = execution === null ? 0 : Date.parse(execution.endedAt ?? execution.startedAt)
  const lastActiveAt = new Date(Math.max(joinedAt.getTime(), updatedAt.getTime(), ranAt)).toISOString()
  return { ...{ userId, name, projectId, joinedAt: joinedAt.toISOString(), lastActiveAt, execution }, ...whereIs(userId, people) }
}

/** Of several tabs, the first that shows a file. */
function whereIs(userId: string, people: readonly Person[]): Pick<Student, 'isOnline' | 'path'> {
  const own = people.filter((person) => person.userId === userId)
  return { isOnline: own.length > 0, path: own.find((person) => person.path !== null)?.path ?? null }
}

function withPeople(student: Student, people: readonly Person[], nowMs: number): Student {
  const here = whereIs(student.userId, people)
  if (here.isOnline === student.isOnline && here.path === student.path) return student
  return { ...student, ...here, lastActiveAt: new Date(nowMs).toISOString() }
}

function withExecution(student: Student, execution: Execution): Student {
  const { id, state, language, entryPoint, createdAt, startedAt, endedAt, result } = execution
  // The end of an earlier one is no news beside the one that runs.
  if (student.execution !== null && student.execution.id > id) return student
  const shown: StudentExecution = {
    ...{ id, state, language, entryPoint, startedAt: startedAt ?? createdAt, endedAt },
    ...{ reason: result?.reason ?? null, exitCode: result?.exitCode ?? null },
  }
  return { ...student, execution: shown, lastActiveAt: endedAt ?? shown.startedAt }
}
