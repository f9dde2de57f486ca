/**
 * What becomes of a browser whose person another place vouches for: the identity's account if there is one; else the guest is claimed by
 * it. An identity is joined to an account that exists only by whoever is signed in to that account and asks for it.
 */
import { Refusal } from '@atelier/protocol/errors'
import type { Database } from '@atelier/storage/db/database'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { recordAudit } from '../audit/audit.ts'
import type { Accounts } from './accounts.ts'
import type { Identity } from './identity-provider.ts'
import { claimGuestByIdentity, findIdentity, insertIdentity } from './identity-rows.ts'
import { accountDisabled, type Logins } from './logins.ts'

export type Wish = {
  /** Whether a guest's projects move when the identity has an account. */
  readonly merge: boolean
  /** The account that shall be signed in to with this identity from now on; null: none. */
  readonly linkTo: string | null
}

export interface Identities {
  /** @throws Refusal forbidden, already-exists */
  enter(request: FastifyRequest, reply: FastifyReply, identity: Identity, wish: Wish): Promise<void>
}

export function createIdentities(parts: {
  readonly db: Database
  readonly accounts: Accounts
  readonly logins: Logins
}): Identities {
  const { db, accounts, logins } = parts
  return {
    async enter(request, reply, identity, { merge, linkTo }) {
      const found = await findIdentity(db, identity)
      const visitor = await accounts.visitor(request)
      if (linkTo !== null) {
        // Whoever started is still the one: another sign-in in between would get the identity of somebody else.
        if (visitor?.by !== 'sign-in' || visitor.userId !== linkTo) throw startedAsAnother()
        if (found?.id === linkTo) return
        if (found !== null) throw belongsToAnother()
        await db.transaction(async (queries) => {
          if (!(await insertIdentity(queries, identity, linkTo))) throw belongsToAnother()
          await recordAudit(queries, { action: 'account.identity', userId: linkTo, details: { issuer: identity.issuer } })
        })
        return
      }
      if (found !== null) {
        if (found.disabled) {
          const entry = { action: 'session.sign-in', userId: found.id, result: 'refused', details: { why: 'disabled' } } as const
          await recordAudit(db, entry)
          throw accountDisabled()
        }
        await logins.enter(request, reply, found.id, merge)
        return
      }
      const guestId = visitor?.by === 'guest-session' ? visitor.userId : (await accounts.createGuest()).user.id
      await logins.renewSession(guestId, request, reply, async (queries) => {
        if (!(await claimGuestByIdentity(queries, guestId)) || !(await insertIdentity(queries, identity, guestId)))
          throw new Refusal('already-exists', 'This was done at the same moment in another window. Sign in again.')
        await recordAudit(queries, { action: 'account.claim', userId: guestId, details: { issuer: identity.issuer } })
      })
    },
  }
}

const startedAsAnother = (): Refusal =>
  new Refusal('forbidden', 'You are signed in as somebody else than when you started. Start again from the menu of the account.')

const belongsToAnother = (): Refusal =>
  new Refusal('already-exists', 'That identity signs in to another account here. Sign in with it instead, or use another one.')
