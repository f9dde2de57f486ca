/** Tokens: 32 random bytes behind a prefix that says what they are. Their SHA-256 is stored, they themselves are nowhere. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { refreshTokenPrefix } from '@atelier/protocol/accounts'

export const newToken = (prefix: string): string => prefix + randomBytes(32).toString('base64url')

export const isToken = (prefix: string, text: string): boolean =>
  text.startsWith(prefix) && /^[A-Za-z0-9_-]{43}$/.test(text.slice(prefix.length))

export const shaOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** In a time that says nothing of where two hashes differ. */
export const isSameSha = (one: Buffer, other: Buffer | null): boolean =>
  other !== null && one.length === other.length && timingSafeEqual(one, other)

/** A refresh token is a family, which stays from sign-in to sign-out, and a secret, which changes at every use. */
const familyLength = 22
export const newFamily = (): string => randomBytes(16).toString('base64url')
export const newRefreshToken = (family: string): string => refreshTokenPrefix + family + randomBytes(32).toString('base64url')
/** null: not of that form. */
export function familyOf(token: string): string | null {
  const rest = token.slice(refreshTokenPrefix.length)
  if (!token.startsWith(refreshTokenPrefix) || !/^[A-Za-z0-9_-]{65}$/.test(rest)) return null
  return rest.slice(0, familyLength)
}

export const bearerOf = (header: string | undefined): string | undefined => /^Bearer (\S+)$/i.exec(header ?? '')?.[1]

export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
