/**
 * Becoming an account and signing in to one. Whatever raises what a browser may do gives it new tokens and ends the old session, so a
 * session that somebody else put there (fixation) gains them nothing.
 */
import type { AccountClaim, PasswordChange, SignedIn, SignIn, SignInEntry } from '@atelier/protocol/accounts'
import { loginKey } from '@atelier/protocol/accounts'
import { Refusal } from '@atelier/protocol/errors'
import type { Database, Queries } from '@atelier/storage/db/database'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { recordAudit } from '../audit/audit.ts'
import { changePassword, claimGuest, findLogin, findPassword, findPerson, type Person } from './account-rows.ts'
import type { Accounts, SessionKey, Visitor } from './accounts.ts'
import { type Attempt, type Attempts, TooManyAttempts } from './attempts.ts'
import { countGuestProjects, mergeGuest } from './merge-rows.ts'
import type { Passwords } from './passwords.ts'
import { deleteSessions, deleteSignIn, listSignIns } from './sign-in-rows.ts'

export interface Logins {
  person(userId: string): Promise<Person | null>
  /** The guest of the request, or a new one, becomes an account. */
  claim(request: FastifyRequest, reply: FastifyReply, claim: AccountClaim): Promise<SignedIn>
  signIn(request: FastifyRequest, reply: FastifyReply, signIn: SignIn): Promise<SignedIn>
  /** The same for somebody of whom it is known who they are. @throws Refusal merge-undecided */
  enter(request: FastifyRequest, reply: FastifyReply, userId: string, merge?: boolean): Promise<SignedIn>
  /** Ends the session with which the request came, whatever it is. */
  signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>
  signOutEverywhere(visitor: Visitor, request: FastifyRequest, reply: FastifyReply): Promise<void>
  listSignIns(visitor: Visitor): Promise<SignInEntry[]>
  /** @throws Refusal not-found when it is not one of this user */
  endSignIn(visitor: Visitor, id: string): Promise<void>
  /** Ends all other sessions. */
  changePassword(visitor: Visitor, request: FastifyRequest, reply: FastifyReply, change: PasswordChange): Promise<void>
  /** Makes `change` and gives this browser new tokens, as after anything that lets it do more; all other sessions of the user end. */
  renewSession(userId: string, request: FastifyRequest, reply: FastifyReply, change: Change): Promise<void>
}

type Change = (queries: Queries) => Promise<void>

export type LoginParts = {
  readonly db: Database
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly attempts: Attempts
  /** Told after projects have other owners; null: of anybody. */
  readonly tellAccess: (change: { readonly projectId: string; readonly userId: string | null }) => void
}

export function createLogins({ db, accounts, passwords, attempts, tellAccess }: LoginParts): Logins {
  /** The headers stand in the answer whether it is a refusal or not. */
  async function counted(reply: FastifyReply, take: () => Promise<Attempt>): Promise<Attempt> {
    try {
      const attempt = await take()
      reply.headers(attempt.headers)
      return attempt
    } catch (error) {
      if (error instanceof TooManyAttempts) reply.headers(error.headers)
      throw error
    }
  }

  /** The name that was typed is not kept: it may be a password. What the limits of attempts stop has left its lines before. */
  const refused = (action: 'session.sign-in' | 'account.password', userId: string | null, why = 'password'): Promise<void> =>
    recordAudit(db, { action, userId, result: 'refused', details: { why } })

  /** All sessions of the user end but the new one of this browser. */
  async function renewSession(userId: string, request: FastifyRequest, reply: FastifyReply, change: Change): Promise<void> {
    const session = await db.transaction(async (queries) => {
      await change(queries)
      await deleteSessions(queries, userId)
      return accounts.signIn(queries, userId, request)
    })
    accounts.tellEnd({ userId, except: session.key })
    session.finish(reply)
  }

  async function signedIn(userId: string): Promise<SignedIn> {
    const person = await findPerson(db, userId)
    if (person === null || person.account === null) throw new Error('an account that signed in is not there')
    return { user: person.user, account: person.account }
  }

  async function enter(request: FastifyRequest, reply: FastifyReply, userId: string, merge?: boolean): Promise<SignedIn> {
    const before = await accounts.visitor(request)
    const guestId = before?.by === 'guest-session' ? before.userId : null
    const projects = guestId === null ? null : await countGuestProjects(db, guestId)
    if (projects !== null && projects > 0 && merge === undefined) throw mergeUndecided(projects)
    const merged: string[] = []
    const session = await db.transaction(async (queries) => {
      if (before?.by === 'sign-in') await deleteSignIn(queries, before.userId, idOf(before.key))
      const takes = guestId !== null && projects !== null && merge === true
      if (takes) merged.push(...(await mergeGuest(queries, guestId, userId)))
      await recordAudit(queries, {
        action: 'session.sign-in',
        userId,
        details: takes ? { guest: guestId, projects: merged.length } : {},
      })
      return accounts.signIn(queries, userId, request)
    })
    if (before?.by === 'sign-in') accounts.tellEnd({ key: before.key })
    if (guestId !== null && merge === true) accounts.tellEnd({ userId: guestId, except: null })
    for (const projectId of merged) tellAccess({ projectId, userId: null })
    session.finish(reply)
    return signedIn(userId)
  }

  return {
    enter,
    renewSession,
    person: (userId) => findPerson(db, userId),

    async claim(request, reply, { login, password }) {
      const visitor = await accounts.visitor(request)
      const known = visitor === null ? null : await findPerson(db, visitor.userId)
      if (known !== null && known.account !== null) throw alreadyAccount()
      await counted(reply, () => attempts.claim(request.ip))
      const key = loginKey(login)
      if (password.normalize('NFKC').toLowerCase().includes(key)) throw namedPassword()
      if ((await findLogin(db, key)) !== null) throw nameTaken()
      const hash = await passwords.hash(password)
      const userId = visitor?.userId ?? (await accounts.createGuest()).user.id
      try {
        await renewSession(userId, request, reply, async (queries) => {
          if ((await claimGuest(queries, { userId, login, loginKey: key, password: hash })) === null) throw alreadyAccount()
          await recordAudit(queries, { action: 'account.claim', userId, details: { login } })
        })
      } catch (error) {
        if ((error as { code?: unknown }).code === '23505') throw nameTaken()
        throw error
      }
      return signedIn(userId)
    },

    async signIn(request, reply, { login, password, merge }) {
      const key = loginKey(login)
      const attempt = await counted(reply, () => attempts.signIn(request.ip, key))
      const found = await findLogin(db, key)
      const isRight = await passwords.isRight(password, found?.password ?? null)
      if (!isRight || found === null) {
        await refused('session.sign-in', found?.id ?? null)
        throw signInFailed()
      }
      await attempt.succeeded()
      if (found.disabled) {
        await refused('session.sign-in', found.id, 'disabled')
        throw accountDisabled()
      }
      return enter(request, reply, found.id, merge)
    },

    async signOut(request, reply) {
      const visitor = await accounts.visitor(request)
      if (visitor?.by === 'sign-in') {
        await db.transaction(async (queries) => {
          await deleteSignIn(queries, visitor.userId, idOf(visitor.key))
          await recordAudit(queries, { action: 'session.sign-out', userId: visitor.userId, object: idOf(visitor.key) })
        })
        accounts.tellEnd({ key: visitor.key })
      }
      // A guest who signs out would lose the only key to their work.
      if (visitor?.by === 'guest-session') throw guestsStay()
      accounts.clearCookies(request, reply)
    },

    async signOutEverywhere({ userId }, request, reply) {
      await db.transaction(async (queries) => {
        await deleteSessions(queries, userId)
        await recordAudit(queries, { action: 'session.sign-out-everywhere', userId })
      })
      accounts.tellEnd({ userId, except: null })
      accounts.clearCookies(request, reply)
    },

    async listSignIns({ userId, key }) {
      const rows = await listSignIns(db.as(userId), userId)
      return rows.map(({ id, device, createdAt, lastUsedAt }) => ({
        ...{ id, device, current: key === `sign-in:${id}` },
        ...{ createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt.toISOString() },
      }))
    },

    async endSignIn({ userId }, id) {
      await db.as(userId).transaction(async (queries) => {
        if (!(await deleteSignIn(queries, userId, id)))
          throw new Refusal('not-found', 'You are not signed in there (any more). Load the list again.')
        await recordAudit(queries, { action: 'session.sign-out', userId, object: id })
      })
      accounts.tellEnd({ key: `sign-in:${id}` })
    },

    async changePassword({ userId }, request, reply, { present, next }) {
      const attempt = await counted(reply, () => attempts.signIn(request.ip, `change ${userId}`))
      const stored = await findPassword(db, userId)
      if (stored === null || !(await passwords.isRight(present, stored))) {
        await refused('account.password', userId)
        throw wrongPresentPassword()
      }
      await attempt.succeeded()
      const hash = await passwords.hash(next)
      await renewSession(userId, request, reply, async (queries) => {
        if (!(await changePassword(queries, userId, stored, hash))) throw wrongPresentPassword()
        await recordAudit(queries, { action: 'account.password', userId })
      })
    },
  }
}

const idOf = (key: SessionKey): string => key.slice(key.indexOf(':') + 1)

/** The same for a name that nobody has: nobody learns which names there are by signing in. */
const signInFailed = (): Refusal =>
  new Refusal('sign-in-failed', 'The name or the password is wrong. Check both; capital letters matter in the password only.')

const wrongPresentPassword = (): Refusal =>
  new Refusal('sign-in-failed', 'The present password is wrong.', {
    errors: [{ pointer: '/present', detail: 'is not the present password' }],
  })

export const accountDisabled = (): Refusal => new Refusal('forbidden', 'This account is disabled. Ask whoever hosts this server.')

const alreadyAccount = (): Refusal =>
  new Refusal('already-exists', 'You are signed in to an account already. Sign out first to make another one.')

const nameTaken = (): Refusal =>
  new Refusal('already-exists', 'Somebody has that name already. Choose another one, or sign in if it is you.', {
    errors: [{ pointer: '/login', detail: 'is taken' }],
  })

const namedPassword = (): Refusal =>
  new Refusal('invalid-request', 'The password contains the name. Choose one that others cannot guess from it.', {
    errors: [{ pointer: '/password', detail: 'contains the name' }],
  })

const mergeUndecided = (projects: number): Refusal =>
  new Refusal(
    'merge-undecided',
    `In this browser you are a guest with ${projects === 1 ? 'a project' : `${projects} projects`}. Say what becomes of ${projects === 1 ? 'it' : 'them'}: "merge": true moves everything into the account, false leaves it behind, where nobody can open it any more.`,
  )

const guestsStay = (): Refusal =>
  new Refusal('forbidden', 'You are a guest: without this session nobody could open your work again. Claim it first.')
