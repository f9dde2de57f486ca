/** What administrators see and change: the face for the API's routes and for the page, which both ask `isAdmin` first. */

import { randomBytes } from 'node:crypto'
import type { Log } from '@atelier/base/log'
import {
  type AdminExecution,
  type AdminServer,
  type AdminUser,
  type AdminUserChange,
  type AdminUserList,
  type AdminUserQuery,
  adminLimits,
} from '@atelier/protocol/admin'
import { Refusal } from '@atelier/protocol/errors'
import type { Database } from '@atelier/storage/db/database'
import type { FastifyRequest } from 'fastify'
import { findPerson } from '../accounts/account-rows.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Passwords } from '../accounts/passwords.ts'
import { deleteSessions } from '../accounts/sign-in-rows.ts'
import { recordAudit } from '../audit/audit.ts'
import { type NamedTier, tierOfKind } from '../quotas/quota-tiers.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { changeUser, type FoundUser, findUser, listRunning, listUsers, replacePassword } from './admin-rows.ts'

export interface Admin {
  /** The user of the request when they are an administrator. */
  adminOf(request: FastifyRequest): Promise<string | null>
  listUsers(query: AdminUserQuery): Promise<AdminUserList>
  /** `by` is not changed by themself, so there is always an administrator. @throws Refusal not-found, forbidden */
  changeUser(by: string, id: string, change: AdminUserChange): Promise<AdminUser>
  /** For somebody who forgot theirs: a new one, which nobody else has. Ends their sessions. @throws Refusal not-found, forbidden */
  replacePassword(by: string, id: string): Promise<string>
  listExecutions(): Promise<AdminExecution[]>
  /** Whoever's it is. @throws Refusal not-found */
  stopExecution(by: string, id: string): Promise<void>
  readonly db: Database
  readServer(): AdminServer
}

export type AdminParts = {
  readonly db: Database
  readonly accounts: Accounts
  readonly passwords: Pick<Passwords, 'hash'>
  readonly log: Log
  readonly readServer: () => Omit<AdminServer, 'tiers'>
  readonly quotas: Pick<Quotas, 'tiers' | 'forget'>
  /** False: it does not run on this server. */
  readonly stopExecution: (id: string) => boolean
}

export function createAdmin({ db, accounts, passwords, log, readServer, quotas, stopExecution }: AdminParts): Admin {
  const shown = (found: FoundUser): AdminUser => {
    const given = quotas.tiers.get(found.givenTier ?? '')?.name
    return { ...found, tier: given ?? tierOfKind(found) }
  }
  return {
    db,
    readServer: () => ({ ...readServer(), tiers: [...quotas.tiers.values()] }),
    async adminOf(request) {
      const userId = await accounts.knownUser(request)
      const person = userId === null ? null : await findPerson(db, userId)
      return person?.account?.admin === true ? person.user.id : null
    },
    async listUsers({ search, kind, before }) {
      const most = adminLimits.usersPerPage
      const text = search?.trim().normalize('NFKC')
      const asked = { search: text || null, kind: kind ?? null, before: before ?? null, most: most + 1 }
      const found = await listUsers(db, asked)
      const items = found.slice(0, most).map(shown)
      return { items, next: found.length > most ? (items.at(-1)?.id ?? null) : null }
    },
    async changeUser(by, id, change) {
      if (by === id && (change.disabled !== undefined || change.admin !== undefined)) throw notYourself()
      if (change.tier != null && !quotas.tiers.has(change.tier)) throw unknownTier(change.tier, [...quotas.tiers.values()])
      const found = await findUser(db, id)
      if (found === null) throw noSuchUser()
      await db.transaction(async (queries) => {
        if (!(await changeUser(queries, id, change))) throw guestsAreNoAdmins()
        // A disabled guest's session stays: it is all that ties them to their work when they are let in again.
        if (change.disabled === true && found.kind === 'account') await deleteSessions(queries, id)
        await recordAudit(queries, { action: 'admin.change-user', userId: by, object: id, details: { ...change } })
      })
      if (change.disabled === true) accounts.tellEnd({ userId: id, except: null })
      quotas.forget(id)
      log.info('user changed by an administrator', { by, user: id, ...change })
      const changed = await findUser(db, id)
      if (changed === null) throw noSuchUser()
      return shown(changed)
    },
    async replacePassword(by, id) {
      if ((await findUser(db, id)) === null) throw noSuchUser()
      const password = randomBytes(12).toString('base64url')
      const hash = await passwords.hash(password)
      await db.transaction(async (queries) => {
        if (!(await replacePassword(queries, id, hash))) throw withoutName()
        await deleteSessions(queries, id)
        await recordAudit(queries, { action: 'admin.replace-password', userId: by, object: id })
      })
      accounts.tellEnd({ userId: id, except: null })
      log.info('password replaced by an administrator', { by, user: id })
      return password
    },
    listExecutions: () => listRunning(db, adminLimits.executionsListed),
    async stopExecution(by, id) {
      // First the line: what is stopped leaves no transaction to be part of.
      const found = (await listRunning(db, adminLimits.executionsListed)).find((each) => each.id === id)
      if (found === undefined) throw notRunning()
      await recordAudit(db, {
        ...{ action: 'admin.stop-execution', userId: by, projectId: found.projectId, object: id },
        details: { owner: found.userId },
      })
      if (!stopExecution(id)) throw notRunning()
    },
  }
}

const notRunning = (): Refusal =>
  new Refusal('not-found', 'This execution does not run on this server (any more). Load the list again.')
const unknownTier = (tier: string, tiers: readonly NamedTier[]): Refusal =>
  new Refusal(
    'invalid-request',
    `There is no tier ${JSON.stringify(tier)}. There is ${tiers.map(({ name }) => name).join(', ')}.`,
    {
      errors: [{ pointer: '/tier', detail: 'is not known' }],
    },
  )
const noSuchUser = (): Refusal => new Refusal('not-found', 'There is no such user (any more). Load the list again.')
const withoutName = (): Refusal =>
  new Refusal('forbidden', 'This user signs in without a password here: a guest, or with another place.')
const notYourself = (): Refusal =>
  new Refusal('forbidden', 'Nobody disables or demotes themself, so that there is always an administrator. Ask another one.')
const guestsAreNoAdmins = (): Refusal =>
  new Refusal(
    'forbidden',
    'A guest cannot become an administrator: their work belongs to one browser. They have to make an account first.',
  )
