/** Accounts: a guest who has claimed their work with a name and a password, the browsers they are signed in on, and tokens for scripts. */
import { z } from 'zod'
import { Account, DisplayName, User } from './sessions.ts'

/** Tokens carry these prefixes so that secret scanners know them. */
export const accessTokenPrefix = 'atl_a_'
export const refreshTokenPrefix = 'atl_r_'
export const apiTokenPrefix = 'atl_t_'
export const refreshCookie = 'atelier_refresh'

export const accountLimits = {
  /** A user name or an e-mail address, characters. */
  loginMin: 3,
  loginMax: 100,
  passwordMin: 10,
  /** Longer than any password, short enough to hash. */
  passwordMax: 256,
  /** Browsers of one account; another one signs out the one that was used longest ago. */
  signIns: 50,
  tokens: 100,
  /** Longest life of a token that ends, days. */
  tokenDays: 366,
} as const

const letterScripts = [
  ...[/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u, /\p{Script=Cherokee}/u],
  ...[/\p{Script=Georgian}/u, /\p{Script=Hebrew}/u, /\p{Script=Arabic}/u, /\p{Script=Coptic}/u],
] as const

/** Letters of two alphabets in one name make it look like another one ("аda" with a Cyrillic а). */
const isOfOneScript = (name: string): boolean => letterScripts.filter((script) => script.test(name)).length <= 1

/** A user name (letters, digits, `.`, `_`, `-`) or an e-mail address, in Unicode's compatibility form. */
export const Login = z
  .string()
  .trim()
  .normalize('NFKC')
  .min(accountLimits.loginMin, `a name to sign in with has at least ${accountLimits.loginMin} characters`)
  .max(accountLimits.loginMax, `a name to sign in with has at most ${accountLimits.loginMax} characters`)
  .regex(
    /^(?:[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*|[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\p{L}\p{M}\p{N}.-]+)$/u,
    'a name to sign in with is an e-mail address, or letters, digits, ".", "_" and "-"',
  )
  .refine(isOfOneScript, 'a name to sign in with has letters of one alphabet')
  .meta({ description: 'A user name or an e-mail address' })

/** How two names are compared: those that differ in case or in width only are one. */
export const loginKey = (login: string): string => {
  const folded = login.trim().normalize('NFKC').toUpperCase().toLowerCase()
  return folded.normalize('NFKC')
}

/** The same for keyboards that compose letters differently. */
export const passwordForm = (password: string): string => password.normalize('NFKC')

export const NewPassword = z
  .string()
  .min(accountLimits.passwordMin, `a password has at least ${accountLimits.passwordMin} characters`)
  .max(accountLimits.passwordMax, `a password has at most ${accountLimits.passwordMax} characters`)
  .refine((password) => password.isWellFormed(), 'a password is well-formed Unicode')
  .refine((password) => new Set(password).size >= 4, 'a password has at least four different characters')

/** What is tried as a password may be anything, as long as it is not endless. */
const TriedPassword = z.string().max(accountLimits.passwordMax, 'that is longer than any password here')

export const AccountClaim = z.strictObject({ login: Login, password: NewPassword }).meta({ id: 'AccountClaim' })
export type AccountClaim = z.infer<typeof AccountClaim>

export const SignIn = z
  .strictObject({
    login: z.string().max(4 * accountLimits.loginMax),
    password: TriedPassword,
    merge: z
      .boolean()
      .optional()
      .describe('What becomes of the projects of the guest who signs in: true, the account gets them; false, they stay behind'),
  })
  .meta({ id: 'SignIn' })
export type SignIn = z.infer<typeof SignIn>

export const PasswordChange = z.strictObject({ present: TriedPassword, next: NewPassword }).meta({ id: 'PasswordChange' })
export type PasswordChange = z.infer<typeof PasswordChange>

export const SignedIn = z.object({ user: User, account: Account }).meta({ id: 'SignedIn' })
export type SignedIn = z.infer<typeof SignedIn>

/** A browser that is signed in. */
export const SignInEntry = z
  .object({
    id: z.uuid(),
    device: z.string().describe('What the browser called itself, e.g. "Firefox on Linux"'),
    current: z.boolean(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().describe('To a quarter of an hour'),
  })
  .meta({ id: 'SignInEntry' })
export type SignInEntry = z.infer<typeof SignInEntry>
export const SignInList = z.object({ items: z.array(SignInEntry) }).meta({ id: 'SignInList' })

/**
 * What a token may do. A browser may do everything; nothing that concerns the account itself is open to a token. `git` lends it what the
 * account has stored for other git servers, so it is apart from `write`.
 */
export const tokenScopes = ['read', 'write', 'run', 'git', 'admin'] as const
export const TokenScope = z.enum(tokenScopes)
export type TokenScope = z.infer<typeof TokenScope>

export const ApiToken = z
  .object({
    id: z.uuid(),
    name: z.string(),
    scopes: z.array(TokenScope),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().describe('To a minute'),
  })
  .meta({ id: 'ApiToken' })
export type ApiToken = z.infer<typeof ApiToken>
export const ApiTokenList = z.object({ items: z.array(ApiToken) }).meta({ id: 'ApiTokenList' })

export const ApiTokenCreation = z
  .strictObject({
    name: DisplayName,
    scopes: z
      .array(TokenScope)
      .min(1)
      .max(tokenScopes.length)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'each scope once'),
    expiresInDays: z
      .int()
      .min(1)
      .max(accountLimits.tokenDays)
      .optional()
      .describe('Without it the token works until it is revoked'),
  })
  .meta({ id: 'ApiTokenCreation' })
export type ApiTokenCreation = z.infer<typeof ApiTokenCreation>

/** The token is shown once and stored nowhere. */
export const ApiTokenCreated = ApiToken.extend({ token: z.string() }).meta({ id: 'ApiTokenCreated' })
export type ApiTokenCreated = z.infer<typeof ApiTokenCreated>
