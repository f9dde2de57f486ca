/**
 * Letting others into a project: the face for routes and pages. Whoever has a link may join with its role; joining never takes anything
 * away. Members are removed by the owner or leave; who was removed may come again with a link that still works, so revoke it too.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Refusal } from '@atelier/protocol/errors'
import {
  joinPath,
  type Member,
  type SharedRole,
  type ShareLink,
  type ShareLinkCreated,
  type ShareLinkCreation,
  ShareToken,
  shareTokenPrefix,
  sharingLimits,
} from '@atelier/protocol/sharing'
import type { Database } from '@atelier/storage/db/database'
import type { Access } from '../access/access.ts'
import { once } from '../accounts/idempotency.ts'
import { recordAudit } from '../audit/audit.ts'
import { noSuchProject, onlyForOwner, refuse } from '../projects/refusals.ts'
import {
  findInvitation,
  type Invitation,
  insertLink,
  listLinks,
  lockInvited,
  lockOwnProject,
  revokeLink,
  useLink,
} from './link-rows.ts'
import { addMember, changeMember, isTeacherIn, listMembers, removeMember } from './member-rows.ts'

/** Projects of others that one user may be in. */
const joinedPerUser = 10_000

export interface Sharing {
  /** For the owner, as all that concerns links. Only those that work. */
  listLinks(projectId: string, userId: string): Promise<ShareLink[]>
  /** `key`: asked for again with it, no second one is made. @throws Refusal already-exists then: the token is shown once */
  createLink(projectId: string, userId: string, wanted: ShareLinkCreation, key?: string | null): Promise<ShareLinkCreated>
  revokeLink(projectId: string, userId: string, linkId: string): Promise<void>
  /** What a link leads to; null when it does not work (any more). Changes nothing. */
  readInvitation(token: string): Promise<Invitation | null>
  /** Returns the project's id. @throws Refusal not-found, too-large */
  join(token: string, userId: string): Promise<string>
  /** For everybody who may see the project. */
  listMembers(projectId: string, userId: string): Promise<Member[]>
  changeMember(projectId: string, userId: string, memberId: string, role: SharedRole): Promise<Member>
  /** By the owner, or by the member, who leaves. */
  removeMember(projectId: string, userId: string, memberId: string): Promise<void>
}

export function createSharing({ db, access }: { readonly db: Database; readonly access: Access }): Sharing {
  /** A statement for the owner found nothing. Why not? Returns when it was the owner. */
  async function refuseToOthers(projectId: string, userId: string, what: string): Promise<void> {
    const role = await access.roleIn(projectId, userId)
    if (role === null) throw noSuchProject()
    if (role !== 'owner') throw onlyForOwner(what)
  }

  async function create(
    id: string,
    projectId: string,
    userId: string,
    { role, expiresInHours: hours }: ShareLinkCreation,
  ): Promise<ShareLinkCreated> {
    const expiresInHours = hours ?? null
    const token = shareTokenPrefix + randomBytes(32).toString('base64url')
    const link = await db.as(userId).transaction(async (queries) => {
      if (!(await lockOwnProject(queries, projectId, userId))) return 'not-own'
      const wanted = { id, project: projectId, tokenSha: shaOf(token), role, createdBy: userId, expiresInHours }
      const made = await insertLink(queries, wanted, sharingLimits.linksPerProject)
      const details = { role, hours: expiresInHours }
      if (made !== null) await recordAudit(queries, { action: 'link.create', userId, projectId, object: made.id, details })
      return made
    })
    if (link === null) throw tooManyLinks()
    if (link !== 'not-own') return { ...link, token, path: joinPath(token) }
    await refuseToOthers(projectId, userId, manageLinks)
    throw noSuchProject()
  }

  return {
    async listLinks(projectId, userId) {
      const links = await listLinks(db.as(userId), projectId, userId)
      if (links !== null) return links
      await refuseToOthers(projectId, userId, manageLinks)
      throw noSuchProject()
    },

    createLink: (projectId, userId, wanted, key = null) =>
      once(
        db,
        { userId, key, request: ['POST share-links', projectId.toLowerCase(), wanted] },
        { make: (id) => create(id, projectId, userId, wanted), again: async (id) => refuse(linkIsThere(id)) },
      ),

    async revokeLink(projectId, userId, linkId) {
      const revoked = await db.as(userId).transaction(async (queries) => {
        const done = await revokeLink(queries, projectId, userId, linkId)
        if (done) await recordAudit(queries, { action: 'link.revoke', userId, projectId, object: linkId })
        return done
      })
      if (revoked) return
      await refuseToOthers(projectId, userId, manageLinks)
      throw new Refusal('not-found', 'There is no such link. It may have expired, or it was revoked already.')
    },

    readInvitation: async (token) => (ShareToken.safeParse(token).success ? findInvitation(db, shaOf(token)) : null),

    async join(token, userId) {
      const tokenSha = shaOf(token)
      const projectId = await db.transaction(async (queries) => {
        const project = await lockInvited(queries, tokenSha)
        // Asked again under the lock: it may have been revoked while we waited.
        const role = project === null ? null : await useLink(queries, tokenSha)
        if (project === null || role === null) throw deadLink()
        if (project.owner === userId) return project.id
        const member = { project: project.id, user: userId, role }
        if ((await addMember(queries, member, sharingLimits.membersPerProject, joinedPerUser)) === null) throw tooManyMembers()
        await recordAudit(queries, { action: 'member.join', userId, projectId: project.id, details: { role } })
        return project.id
      })
      access.tell({ projectId, userId })
      return projectId
    },

    async listMembers(projectId, userId) {
      const members = await listMembers(db.as(userId), projectId, userId)
      if (members.length === 0) throw noSuchProject()
      return members
    },

    async changeMember(projectId, userId, memberId, role) {
      const member = await db.as(userId).transaction(async (queries) => {
        const changed = await changeMember(queries, projectId, userId, memberId, role)
        if (changed !== null)
          await recordAudit(queries, { action: 'member.change', userId, projectId, object: memberId, details: { role } })
        return changed
      })
      if (member !== null) {
        access.tell({ projectId, userId: memberId })
        return member
      }
      await refuseToOthers(projectId, userId, 'say what others may do in it')
      if (await isTeacherIn(db.as(userId), projectId, memberId)) throw teachersStay()
      throw memberId === userId ? ownersStay() : noSuchMember()
    },

    async removeMember(projectId, userId, memberId) {
      const removed = await db.as(userId).transaction(async (queries) => {
        const done = await removeMember(queries, projectId, userId, memberId)
        if (done) await recordAudit(queries, { action: 'member.remove', userId, projectId, object: memberId })
        return done
      })
      if (removed) return access.tell({ projectId, userId: memberId })
      await refuseToOthers(projectId, userId, 'remove somebody else from it')
      if (await isTeacherIn(db.as(userId), projectId, memberId)) throw teachersStay()
      throw memberId === userId ? ownersStay() : noSuchMember()
    },
  }
}

const manageLinks = 'see, make or revoke its links'

const shaOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** The same for what was revoked, has expired or never was: nobody learns which. */
export const deadLink = (): Refusal =>
  new Refusal(
    'not-found',
    'This link does not work: it was revoked, has expired, or is not complete. Ask whoever sent it for a new one.',
  )

const linkIsThere = (id: string): Refusal =>
  new Refusal(
    'already-exists',
    `The link was made when this Idempotency-Key came first (${id}). Its token was in that answer and is stored nowhere: if you have lost it, revoke the link and make another one with a new key.`,
  )

const noSuchMember = (): Refusal => new Refusal('not-found', 'There is no such member in this project. They may have left.')

const ownersStay = (): Refusal =>
  new Refusal(
    'forbidden',
    'You own this project, and a project always has its owner. Delete it if nobody shall have it any more.',
  )

const teachersStay = (): Refusal =>
  new Refusal(
    'forbidden',
    'This project is work for an assignment, and its teacher is in it until the assignment ends. Fork it to have a project that nobody else sees, or ask your teacher.',
  )
const tooManyLinks = (): Refusal =>
  new Refusal(
    'too-large',
    `A project has at most ${sharingLimits.linksPerProject} links that work. Revoke some that are not needed; one link lets in as many people as you like.`,
  )

const tooManyMembers = (): Refusal =>
  new Refusal(
    'too-large',
    `A project has room for ${sharingLimits.membersPerProject} people beside its owner, and a person for ${joinedPerUser} projects of others; one of the two is full. Ask the owner to remove somebody, or leave a project that you do not need.`,
  )
