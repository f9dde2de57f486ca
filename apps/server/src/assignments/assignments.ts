/**
 * Handing a project out to a class: the face for routes and pages. A student gets one fork, however often and from however many tabs they
 * come; it belongs to them, and the teacher is in it as a member who cannot be removed while the assignment stands.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  type Assignment,
  type AssignmentChange,
  type AssignmentCreation,
  AssignmentToken,
  type AssignmentWithLink,
  assignmentLimits,
  assignmentPath,
  assignmentTokenPrefix,
} from '@atelier/protocol/assignments'
import { Refusal } from '@atelier/protocol/errors'
import type { Database } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import type { Access } from '../access/access.ts'
import { recordAudit } from '../audit/audit.ts'
import { beginFork, copyProject } from '../projects/fork-rows.ts'
import type { Projects } from '../projects/projects.ts'
import { noSuchProject, onlyForOwner } from '../projects/refusals.ts'
import { lockOwnProject } from '../sharing/link-rows.ts'
import {
  changeAssignment,
  changeLink,
  deleteAssignment,
  findAssignment,
  findHandedOut,
  type HandedOut,
  insertAssignment,
  listAssignments,
  lockTaking,
} from './assignment-rows.ts'
import { findStudent, insertStudent, lockStudent } from './student-rows.ts'

export interface Assignments {
  /** For the owner of the project, as all but joining. */
  list(projectId: string, userId: string): Promise<Assignment[]>
  create(projectId: string, userId: string, wanted: AssignmentCreation): Promise<AssignmentWithLink>
  read(id: string, userId: string): Promise<Assignment>
  change(id: string, userId: string, wanted: AssignmentChange): Promise<Assignment>
  /** The forks stay with their students. */
  end(id: string, userId: string): Promise<void>
  /** The link before does not work any more. */
  renewLink(id: string, userId: string): Promise<AssignmentWithLink>
  revokeLink(id: string, userId: string): Promise<void>
  /** What a link leads to, and the fork of this user; null when it does not work. Changes nothing. */
  readInvitation(token: string, userId: string | null): Promise<(HandedOut & { readonly fork: string | null }) | null>
  /** Returns the student's own fork: that of the first time, whenever they come. @throws Refusal not-found, forbidden, too-large */
  join(token: string, userId: string, name: string): Promise<string>
  /** Calls back when one was changed, or somebody came, by this process. Returns what stops it. */
  onChange(listener: (assignmentId: string) => void): () => void
}

export type AssignmentsOptions = {
  readonly db: Database
  readonly access: Pick<Access, 'roleIn' | 'tell'>
  readonly projects: Pick<Projects, 'takeRoomForFork'>
  /** What is typed is in the files afterwards. */
  readonly fileAll: (projectId: string) => Promise<void>
}

export function createAssignments({ db, access, projects, fileAll }: AssignmentsOptions): Assignments {
  const listeners = new Set<(assignmentId: string) => void>()
  const changed = (id: string): void => {
    for (const listener of listeners) listener(id)
  }
  async function refuseToOthers(projectId: string, userId: string): Promise<never> {
    const role = await access.roleIn(projectId, userId)
    throw role === null || role === 'owner' ? noSuchProject() : onlyForOwner('hand it out to a class')
  }
  async function read(id: string, userId: string): Promise<Assignment> {
    const found = await findAssignment(db, id, userId)
    if (found === null) throw noSuchAssignment()
    return found
  }
  const withLink = async (id: string, userId: string, token: string): Promise<AssignmentWithLink> => ({
    ...(await read(id, userId)),
    ...{ token, path: assignmentPath(token) },
  })

  return {
    list: async (projectId, userId) =>
      (await listAssignments(db, projectId, userId)) ?? (await refuseToOthers(projectId, userId)),
    async create(projectId, userId, { name, teacherRole, expiresInHours }) {
      const token = newToken()
      const id = uuidv7()
      const isMade = await db.transaction(async (queries) => {
        if (!(await lockOwnProject(queries, projectId, userId))) return null
        const wanted = { id, project: projectId, name: name ?? null, teacherRole, tokenSha: shaOf(token) }
        const most = assignmentLimits.perProject
        if (!(await insertAssignment(queries, { ...wanted, expiresInHours: expiresInHours ?? null }, most))) return false
        await recordAudit(queries, { action: 'assignment.create', userId, projectId, object: id, details: { teacherRole } })
        return true
      })
      if (isMade === null) await refuseToOthers(projectId, userId)
      if (isMade === false) throw tooManyAssignments()
      return withLink(id, userId, token)
    },
    read,
    async change(id, userId, wanted) {
      const forks = await db.transaction(async (queries) => {
        const done = await changeAssignment(queries, id, userId, wanted)
        if (done !== null) await recordAudit(queries, { action: 'assignment.change', userId, object: id, details: { ...wanted } })
        return done
      })
      if (forks === null) throw noSuchAssignment()
      for (const projectId of forks) access.tell({ projectId, userId })
      changed(id)
      return read(id, userId)
    },
    async end(id, userId) {
      const forks = await db.transaction(async (queries) => {
        const done = await deleteAssignment(queries, id, userId)
        if (done !== null) await recordAudit(queries, { action: 'assignment.delete', userId, object: id })
        return done
      })
      if (forks === null) throw noSuchAssignment()
      for (const projectId of forks) access.tell({ projectId, userId })
      changed(id)
    },
    async renewLink(id, userId) {
      const token = newToken()
      await setLink(id, userId, shaOf(token))
      return withLink(id, userId, token)
    },
    revokeLink: (id, userId) => setLink(id, userId, null),
    async readInvitation(token, userId) {
      if (!AssignmentToken.safeParse(token).success) return null
      const found = await findHandedOut(db, shaOf(token))
      return found === null ? null : { ...found, fork: userId === null ? null : await findStudent(db, found.id, userId) }
    },
    async join(token, userId, name) {
      const tokenSha = shaOf(token)
      const handedOut = await findHandedOut(db, tokenSha)
      if (handedOut === null) throw deadAssignmentLink()
      const { id, project, teacher, teacherRole } = handedOut
      if (teacher === userId) throw ownAssignment()
      // Also who has no room for anything more gets what they have.
      const present = await findStudent(db, id, userId)
      if (present !== null) return present
      await fileAll(project)
      const { most, room } = await projects.takeRoomForFork(project, teacher, userId)
      const joined = db.transaction(async (queries) => {
        await lockStudent(queries, id, userId)
        const before = await findStudent(queries, id, userId)
        if (before !== null) return { fork: before, isNew: false }
        await beginFork(queries)
        const fork = uuidv7()
        const wanted = { id: fork, origin: project, owner: userId, reader: teacher, name: handedOut.name }
        if (!(await copyProject(queries, wanted, most))) throw noFork(most)
        if (!(await lockTaking(queries, id, tokenSha))) throw takesNobody()
        const student = { assignment: id, user: userId, name, project: fork, teacher, teacherRole }
        if (!(await insertStudent(queries, student, assignmentLimits.students))) throw fullAssignment()
        await recordAudit(queries, { action: 'assignment.join', userId, projectId: fork, object: id })
        return { fork, isNew: true }
      })
      const { fork, isNew } = await joined.finally(() => room?.release())
      if (isNew) {
        access.tell({ projectId: fork, userId: teacher })
        changed(id)
      }
      return fork
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }

  async function setLink(id: string, userId: string, tokenSha: Buffer | null): Promise<void> {
    const isDone = await db.transaction(async (queries) => {
      const done = await changeLink(queries, id, userId, tokenSha)
      const action = tokenSha === null ? 'assignment.revoke-link' : 'assignment.renew-link'
      if (done) await recordAudit(queries, { action, userId, object: id })
      return done
    })
    if (!isDone) throw noSuchAssignment()
    changed(id)
  }
}

const newToken = (): string => assignmentTokenPrefix + randomBytes(32).toString('base64url')
const shaOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Also for those of others: nobody learns that they exist. */
export const noSuchAssignment = (): Refusal =>
  new Refusal('not-found', 'There is no such assignment of yours. It may have been ended, or it belongs to somebody else.')
/** The same for what was revoked and what never was. */
export const deadAssignmentLink = (): Refusal =>
  new Refusal('not-found', 'This link does not work: it was revoked, or is not complete. Ask your teacher for a new one.')
const takesNobody = (): Refusal =>
  new Refusal('forbidden', 'This assignment takes no new students any more. Ask your teacher to open it again.')
const ownAssignment = (): Refusal =>
  new Refusal(
    'forbidden',
    'This is your own assignment: its link is for your students. To try it, ask for it in a private window.',
  )
const fullAssignment = (): Refusal =>
  new Refusal(
    'too-large',
    `An assignment has at most ${assignmentLimits.students} students, and this one is full. Ask your teacher for another link.`,
  )
const noFork = (most: number): Refusal =>
  new Refusal('too-large', `You have ${most} projects, which is the most. Delete some that you do not need.`)
const tooManyAssignments = (): Refusal =>
  new Refusal(
    'too-large',
    `A project has at most ${assignmentLimits.perProject} assignments. End some that are over; one assignment takes ${assignmentLimits.students} students.`,
  )
