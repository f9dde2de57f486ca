/** Sessions: a browser (by cookie) or a script (by bearer token) that acts for a user. Everybody starts as a guest. */
import { z } from 'zod'

export const sessionCookie = 'atelier_session'
/** Session tokens carry this prefix so that secret scanners know them. */
export const sessionTokenPrefix = 'atl_s_'

export const displayNameLimit = 40

/** What others see of a person: one line, without what is invisible or turns text around. */
export const DisplayName = z
  .string()
  .trim()
  .normalize()
  .min(1, 'a name has at least one character')
  .max(displayNameLimit, `a name has at most ${displayNameLimit} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/, 'a name is one line without control characters')
  .regex(
    /^[^\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]*$/,
    'a name has no invisible or direction-changing characters',
  )
  .regex(/^[^\u115f\u1160\u2800\u3164\uffa0]*$/, 'a name has no blanks that look like nothing')
  .refine((name) => name.isWellFormed(), 'a name is well-formed Unicode')

export const User = z
  .object({
    id: z.uuid(),
    kind: z.enum(['guest', 'account']),
    name: z.string().describe('What others see; not unique, and text of a stranger'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof User>

/** What is known of oneself only. */
export const Account = z
  .object({
    login: z.string().nullable().describe('null: signs in with an identity of another place'),
    hasPassword: z.boolean(),
    admin: z.boolean(),
  })
  .meta({ id: 'Account' })
export type Account = z.infer<typeof Account>

export const Session = z
  .object({
    user: User.nullable().describe('null: no session yet; the first thing you create makes one'),
    signInWith: z.string().nullable().optional().describe('Another place that vouches for people here: begin at /oidc/start'),
    account: Account.nullable().optional().describe('null: a guest, whose work belongs to this browser'),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

/** What you can change about yourself. */
export const SessionChange = z.strictObject({ name: DisplayName }).meta({ id: 'SessionChange' })
export type SessionChange = z.infer<typeof SessionChange>

/** Answer of `POST /api/v1/sessions`: the token is shown once. Browsers get it as a cookie too. */
export const SessionCreated = z.object({ token: z.string(), user: User }).meta({ id: 'SessionCreated' })
export type SessionCreated = z.infer<typeof SessionCreated>
