/** Signed-in browsers: a short access token and a refresh token that is used once, in two cookies. docs/decisions/0021-sessions.md. */
import type { Log } from '@atelier/base/log'
import { accessTokenPrefix, accountLimits, refreshCookie } from '@atelier/protocol/accounts'
import { sessionCookie } from '@atelier/protocol/sessions'
import type { Database, Queries } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import { recordAudit } from '../audit/audit.ts'
import type { CookieOptions, SetCookie } from './accounts.ts'
import { judge } from './rotation.ts'
import { deleteSignIn, insertSignIn, lockSignInByFamily, rotateSignIn, type SignInPair } from './sign-in-rows.ts'
import { familyOf, newFamily, newRefreshToken, newToken, shaOf } from './tokens.ts'

/** A stolen access token is good for this long at most. */
export const accessMs = 15 * 60_000
/** A browser that was not used for this long has to sign in again. */
export const signInMs = 30 * 24 * 3600_000

export type Tokens = { readonly access: string; readonly refresh: string }

export type Started = { readonly id: string; readonly tokens: Tokens; readonly dropped: readonly string[] }

export type Refreshed =
  | {
      readonly kind: 'rotated'
      readonly id: string
      readonly userId: string
      readonly tokens: Tokens
      readonly accessExpiresAtMs: number
    }
  | { readonly kind: 'accepted'; readonly id: string; readonly userId: string }
  | { readonly kind: 'ended'; readonly id: string; readonly userId: string }
  | { readonly kind: 'unknown' }

const newPair = (family: string, now: number): { tokens: Tokens; pair: SignInPair } => {
  const tokens = { access: newToken(accessTokenPrefix), refresh: newRefreshToken(family) }
  const pair = {
    madeAt: new Date(now),
    ...{ accessSha: shaOf(tokens.access), refreshSha: shaOf(tokens.refresh) },
    ...{ accessExpiresAt: new Date(now + accessMs), expiresAt: new Date(now + signInMs) },
  }
  return { tokens, pair }
}

/** Always new tokens: what the browser had before is worth nothing to whoever put it there. */
export async function startSignIn(queries: Queries, userId: string, device: string, now: number): Promise<Started> {
  const family = newFamily()
  const { tokens, pair } = newPair(family, now)
  const id = uuidv7()
  const dropped = await insertSignIn(queries, { id, userId, device, familySha: shaOf(family), ...pair }, accountLimits.signIns)
  return { id, tokens, dropped }
}

export async function refreshSignIn(db: Database, token: string, now: number, log: Log): Promise<Refreshed> {
  const family = familyOf(token)
  if (family === null) return { kind: 'unknown' }
  return db.transaction(async (queries): Promise<Refreshed> => {
    const row = await lockSignInByFamily(queries, shaOf(family))
    if (row === null) return { kind: 'unknown' }
    const { id, userId } = row
    const sha = shaOf(token)
    const judgement = judge(row, sha, now)
    switch (judgement) {
      case 'accept':
        return { kind: 'accepted', id, userId }
      case 'rotate': {
        const { tokens, pair } = newPair(family, now)
        await rotateSignIn(queries, id, sha, pair)
        return { kind: 'rotated', id, userId, tokens, accessExpiresAtMs: pair.accessExpiresAt.getTime() }
      }
      case 'replayed':
      case 'expired':
        if (judgement === 'replayed') {
          log.warn('refresh token used twice, browser signed out', { user: userId, signIn: id })
          await recordAudit(queries, { action: 'session.replay', userId, object: id, result: 'refused' })
        }
        await deleteSignIn(queries, userId, id)
        return { kind: 'ended', id, userId }
    }
  })
}

/** Both live as long as the sign-in, so that an access token that has run out is still known as one. */
export const cookiesOf = (tokens: Tokens, secure: boolean): SetCookie[] =>
  [
    { name: sessionCookie, value: tokens.access },
    { name: refreshCookie, value: tokens.refresh },
  ].map((each) => ({ ...each, options: { ...cookieOptions(secure), maxAge: signInMs / 1000 } }))

export const endedCookies = (secure: boolean): SetCookie[] =>
  [sessionCookie, refreshCookie].map((name) => ({ name, value: '', options: { ...cookieOptions(secure), maxAge: 0 } }))

/** Lax: a link from elsewhere opens the editor signed in, while a form or a script from elsewhere brings no cookie along. */
export const cookieOptions = (secure: boolean): CookieOptions => ({ path: '/', httpOnly: true, sameSite: 'lax', secure })
