/** Guests: a random token in an HttpOnly cookie, or as a bearer token for scripts. */
import { createHash, randomBytes } from 'node:crypto'
import { sessionCookie, sessionTokenPrefix } from '@atelier/protocol/sessions'
import type { Database } from '@atelier/storage/db/database'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { v7 as uuidv7 } from 'uuid'
import type { Accounts, NewGuest } from './accounts.ts'
import { guestName } from './guest-names.ts'
import { findSession, findUser, insertGuest, prolongSession, renameUser } from './session-rows.ts'

const dayMs = 24 * 3600 * 1000
const sessionMs = 180 * dayMs
/** A session that is used is prolonged at most this often. */
const prolongAfterMs = 7 * dayMs
const tokenPattern = new RegExp(`^${sessionTokenPrefix}[A-Za-z0-9_-]{43}$`)

type CachedSession = { readonly userId: string; readonly expiresAtMs: number }

export function createGuestAccounts(
  db: Database,
  options: { readonly now: () => number; readonly secureCookies: boolean },
): Accounts {
  // Short-lived, so that a session ended on another server is noticed here within seconds.
  const sessions = new LRUCache<string, CachedSession>({ max: 50_000, ttl: 15_000 })
  const renameListeners = new Set<(userId: string, name: string) => void>()

  async function userOfToken(token: string | undefined): Promise<string | null> {
    if (token === undefined || !tokenPattern.test(token)) return null
    const cached = sessions.get(token)
    if (cached !== undefined && cached.expiresAtMs > options.now()) return cached.userId
    const tokenSha = shaOf(token)
    const row = await findSession(db, tokenSha)
    if (row === null) return null
    let expiresAtMs = row.expiresAt.getTime()
    if (expiresAtMs - options.now() < sessionMs - prolongAfterMs) {
      expiresAtMs = options.now() + sessionMs
      await prolongSession(db, tokenSha, new Date(expiresAtMs))
    }
    sessions.set(token, { userId: row.userId, expiresAtMs })
    return row.userId
  }

  async function createGuest(): Promise<NewGuest> {
    const token = sessionTokenPrefix + randomBytes(32).toString('base64url')
    const expiresAtMs = options.now() + sessionMs
    const user = await insertGuest(db, { id: uuidv7(), name: guestName() }, shaOf(token), new Date(expiresAtMs))
    sessions.set(token, { userId: user.id, expiresAtMs })
    return { token, user }
  }

  async function openSession(request: FastifyRequest, reply: FastifyReply): Promise<NewGuest> {
    const guest = await createGuest()
    setSessionCookie(reply, guest.token, options.secureCookies || request.protocol === 'https')
    return guest
  }

  const tokenOf = (request: FastifyRequest): string | undefined =>
    bearerOf(request.headers.authorization) ?? request.cookies[sessionCookie]

  return {
    createGuest,
    openSession,
    knownUser: (request) => userOfToken(tokenOf(request)),
    async actingUser(request, reply) {
      const known = await userOfToken(tokenOf(request))
      return known ?? (await openSession(request, reply)).user.id
    },
    userOfHeaders: (headers) => userOfToken(bearerOf(headers.authorization) ?? cookieValue(headers.cookie, sessionCookie)),
    describe: (userId) => findUser(db, userId),
    async rename(userId, name) {
      const user = await renameUser(db, userId, name)
      if (user !== null) for (const listener of renameListeners) listener(userId, name)
      return user
    },
    onRename(listener) {
      renameListeners.add(listener)
      return () => renameListeners.delete(listener)
    },
  }
}

function setSessionCookie(reply: FastifyReply, token: string, secure: boolean): void {
  reply.setCookie(sessionCookie, token, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: sessionMs / 1000 })
}

const shaOf = (token: string): Buffer => createHash('sha256').update(token).digest()

const bearerOf = (header: string | undefined): string | undefined => /^Bearer (\S+)$/i.exec(header ?? '')?.[1]

function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
