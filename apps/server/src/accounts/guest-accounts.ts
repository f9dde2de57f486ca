/**
 * Who asks, found by a token: a guest session's, a signed-in browser's, or a script's. In a cookie, or as a bearer token; whoever sends an
 * Authorization header is who that says, or nobody, whatever cookies come with it.
 */
import { follow, type Soon } from '@atelier/base/at-once'
import { type Log, silentLog } from '@atelier/base/log'
import { accessTokenPrefix, apiTokenPrefix, refreshCookie } from '@atelier/protocol/accounts'
import { Refusal } from '@atelier/protocol/errors'
import { sessionCookie, sessionTokenPrefix } from '@atelier/protocol/sessions'
import type { Database } from '@atelier/storage/db/database'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { v7 as uuidv7 } from 'uuid'
import { recordAudit } from '../audit/audit.ts'
import { comingFrom } from '../audit/origin.ts'
import type { Accounts, NewGuest, SessionEnd, SessionKey, SetCookie, Visitor } from './accounts.ts'
import { deviceOf } from './devices.ts'
import { guestName } from './guest-names.ts'
import { findSession, findUser, insertGuest, prolongSession, renameUser } from './session-rows.ts'
import { confirmSignIn, findLivingSessions, findSignInByAccess } from './sign-in-rows.ts'
import { cookieOptions, cookiesOf, endedCookies, refreshSignIn, startSignIn } from './sign-ins.ts'
import { useApiToken } from './token-rows.ts'
import { bearerOf, cookieValue, isToken, newToken, shaOf } from './tokens.ts'

const dayMs = 24 * 3600 * 1000
const sessionMs = 180 * dayMs
/** A session that is used is prolonged at most this often. */
const prolongAfterMs = 7 * dayMs

type Known = { readonly visitor: Visitor; readonly expiresAtMs: number }
type Arrival = { readonly visitor: Visitor | null; readonly set: readonly SetCookie[] }

export function createGuestAccounts(
  db: Database,
  options: { readonly now: () => number; readonly secureCookies: boolean; readonly log?: Log },
): Accounts {
  const { now, log = silentLog } = options
  // Short-lived, so that a session ended on another server is noticed here within seconds.
  const known = new LRUCache<string, Known>({ max: 50_000, ttl: 15_000 })
  /** Grows with each end: what was being looked up meanwhile is not kept. */
  let ends = 0
  const renameListeners = new Set<(userId: string, name: string) => void>()
  const endListeners = new Set<(end: SessionEnd) => void>()

  function visitorOfToken(token: string | undefined): Soon<Visitor | null> {
    if (token === undefined) return null
    const remembered = known.get(token)
    return remembered !== undefined && remembered.expiresAtMs > now() ? remembered.visitor : lookUpVisitor(token)
  }

  async function lookUpVisitor(token: string): Promise<Visitor | null> {
    const endsBefore = ends
    const found = await lookUp(token)
    if (found !== null && ends === endsBefore) known.set(token, found)
    return found?.visitor ?? null
  }

  async function lookUp(token: string): Promise<Known | null> {
    if (isToken(sessionTokenPrefix, token)) return guestOf(shaOf(token))
    if (isToken(accessTokenPrefix, token)) return signInOf(shaOf(token))
    return isToken(apiTokenPrefix, token) ? scriptOf(shaOf(token)) : null
  }

  async function guestOf(tokenSha: Buffer): Promise<Known | null> {
    const row = await findSession(db, tokenSha)
    if (row === null) return null
    let expiresAtMs = row.expiresAt.getTime()
    if (expiresAtMs - now() < sessionMs - prolongAfterMs) {
      expiresAtMs = now() + sessionMs
      await prolongSession(db, tokenSha, new Date(expiresAtMs))
    }
    return { visitor: { userId: row.userId, by: 'guest-session', key: guestKey(tokenSha) }, expiresAtMs }
  }

  async function signInOf(accessSha: Buffer): Promise<Known | null> {
    const row = await findSignInByAccess(db, accessSha, new Date(now()))
    if (row === null) return null
    if (!row.confirmed) await confirmSignIn(db, accessSha)
    const visitor = { userId: row.userId, by: 'sign-in', key: `sign-in:${row.id}` } as const
    return { visitor, expiresAtMs: row.accessExpiresAt.getTime() }
  }

  async function scriptOf(tokenSha: Buffer): Promise<Known | null> {
    const row = await useApiToken(db, tokenSha)
    if (row === null) return null
    const visitor = { userId: row.userId, by: 'api-token', key: `token:${row.id}`, scopes: row.scopes } as const
    return { visitor, expiresAtMs: row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY }
  }

  /** A browser with a refresh token is that account, whatever else lies in its session cookie. */
  async function arrivalOf(access: string | undefined, refresh: string, secure: boolean): Promise<Arrival> {
    const isAccess = access !== undefined && isToken(accessTokenPrefix, access)
    const present = isAccess ? await visitorOfToken(access) : null
    if (present !== null) return { visitor: present, set: [] }
    const refreshed = await refreshSignIn(db, refresh, now(), log)
    switch (refreshed.kind) {
      case 'rotated':
      case 'accepted': {
        const visitor = { userId: refreshed.userId, by: 'sign-in', key: `sign-in:${refreshed.id}` } as const
        return { visitor, set: refreshed.kind === 'rotated' ? cookiesOf(refreshed.tokens, secure) : [] }
      }
      case 'ended':
        tellEnd({ key: `sign-in:${refreshed.id}` })
        return { visitor: null, set: endedCookies(secure) }
      case 'unknown':
        return { visitor: null, set: endedCookies(secure) }
    }
  }

  async function arriveSignedIn(request: FastifyRequest, reply: FastifyReply, refresh: string): Promise<void> {
    const { visitor, set } = await comingFrom(request, () =>
      arrivalOf(request.cookies[sessionCookie], refresh, isSecure(request)),
    )
    for (const { name, value, options: how } of set) reply.setCookie(name, value, how)
    request.cameAs = visitor
  }

  const isSecure = (request: FastifyRequest): boolean => options.secureCookies || request.protocol === 'https'

  async function createGuest(): Promise<NewGuest> {
    const token = newToken(sessionTokenPrefix)
    const expiresAtMs = now() + sessionMs
    const tokenSha = shaOf(token)
    const user = await db.transaction(async (queries) => {
      const made = await insertGuest(queries, { id: uuidv7(), name: guestName() }, tokenSha, new Date(expiresAtMs))
      await recordAudit(queries, { action: 'session.begin', userId: made.id })
      return made
    })
    known.set(token, { visitor: { userId: user.id, by: 'guest-session', key: guestKey(tokenSha) }, expiresAtMs })
    return { token, user }
  }

  async function openSession(request: FastifyRequest, reply: FastifyReply): Promise<NewGuest> {
    if (request.headers.authorization !== undefined && (await visitor(request)) === null) throw nobodysToken()
    const guest = await createGuest()
    reply.setCookie(sessionCookie, guest.token, { ...cookieOptions(isSecure(request)), maxAge: sessionMs / 1000 })
    return guest
  }

  // Whoever a request came from stays so: several parts of the server ask.
  const arrive = (request: FastifyRequest, found: Visitor | null): Visitor | null => {
    request.cameAs = found
    return found
  }

  const visitor = (request: FastifyRequest): Soon<Visitor | null> => {
    if (request.cameAs !== undefined) return request.cameAs
    const { authorization } = request.headers
    const token = authorization === undefined ? request.cookies[sessionCookie] : bearerOf(authorization)
    return follow(visitorOfToken(token), (looked) => arrive(request, looked))
  }

  async function visitorOfHeaders({
    authorization,
    cookie,
  }: {
    authorization?: string | undefined
    cookie?: string | undefined
  }) {
    const refresh = authorization === undefined ? cookieValue(cookie, refreshCookie) : undefined
    const token = authorization === undefined ? cookieValue(cookie, sessionCookie) : bearerOf(authorization)
    if (refresh === undefined) {
      const found = await visitorOfToken(token)
      return found === null ? null : { visitor: found, setCookies: [] }
    }
    const arrival = await arrivalOf(token, refresh, options.secureCookies)
    if (arrival.visitor === null) return null
    return { visitor: arrival.visitor, setCookies: arrival.set }
  }

  function tellEnd(end: SessionEnd): void {
    ends++
    for (const [token, { visitor: each }] of known.entries()) if (isEnded(each, end)) known.delete(token)
    for (const listener of endListeners) listener(end)
  }

  return {
    createGuest,
    openSession,
    visitor,
    knownUser: (request) => follow(visitor(request), (found) => found?.userId ?? null),
    async actingUser(request, reply) {
      const found = await visitor(request)
      return found?.userId ?? (await openSession(request, reply)).user.id
    },
    userOfHeaders: async (headers) => (await visitorOfHeaders(headers))?.visitor.userId ?? null,
    visitorOfHeaders,
    arrive(request, reply) {
      const refresh = request.headers.authorization === undefined ? request.cookies[refreshCookie] : undefined
      if (refresh !== undefined) return arriveSignedIn(request, reply, refresh)
    },
    describe: (userId) => findUser(db.as(userId), userId),
    async rename(userId, name) {
      const user = await db.as(userId).transaction(async (queries) => {
        const renamed = await renameUser(queries, userId, name)
        if (renamed !== null) await recordAudit(queries, { action: 'account.rename', userId, details: { name } })
        return renamed
      })
      if (user !== null) for (const listener of renameListeners) listener(userId, name)
      return user
    },
    onRename(listener) {
      renameListeners.add(listener)
      return () => renameListeners.delete(listener)
    },
    async signIn(queries, userId, request) {
      const { id, tokens, dropped } = await startSignIn(queries, userId, deviceOf(request.headers['user-agent']), now())
      return {
        key: `sign-in:${id}`,
        finish(reply) {
          for (const old of dropped) tellEnd({ key: `sign-in:${old}` })
          for (const { name, value, options: how } of cookiesOf(tokens, isSecure(request))) reply.setCookie(name, value, how)
        },
      }
    },
    clearCookies(request, reply) {
      for (const { name, value, options: how } of endedCookies(isSecure(request))) reply.setCookie(name, value, how)
    },
    tellEnd,
    onEnd(listener) {
      endListeners.add(listener)
      return () => endListeners.delete(listener)
    },
    async livingAmong(keys) {
      const idsOf = (kind: string) => keys.flatMap((key) => (key.startsWith(kind) ? [key.slice(kind.length)] : []))
      const guests = idsOf('guest:').map((hex) => Buffer.from(hex, 'hex'))
      const living = await findLivingSessions(db, { guests, signIns: idsOf('sign-in:'), tokens: idsOf('token:') })
      return new Set<SessionKey>([
        ...living.guests.map(guestKey),
        ...living.signIns.map((id): SessionKey => `sign-in:${id}`),
        ...living.tokens.map((id): SessionKey => `token:${id}`),
      ])
    },
  }
}

const guestKey = (tokenSha: Buffer): SessionKey => `guest:${tokenSha.toString('hex')}`

export const isEnded = (visitor: Visitor, end: SessionEnd): boolean =>
  'key' in end ? visitor.key === end.key : visitor.userId === end.userId && visitor.key !== end.except

export const nobodysToken = (): Refusal =>
  new Refusal(
    'session-required',
    'The Authorization header is not valid here: the token was revoked, has expired, or is not complete. Send "Bearer" and a token that is good, or no such header; a proxy in front that asks for passwords of its own must not pass them on.',
  )
