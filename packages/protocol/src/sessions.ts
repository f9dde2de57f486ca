/** Sessions: a browser (by cookie) or a script (by bearer token) that acts for a user. Everybody starts as a guest. */
import { z } from 'zod'

export const sessionCookie = 'atelier_session'
/** Session tokens carry this prefix so that secret scanners know them. */
export const sessionTokenPrefix = 'atl_s_'

export const User = z.object({ id: z.uuid(), kind: z.enum(['guest']), createdAt: z.iso.datetime() }).meta({ id: 'User' })
export type User = z.infer<typeof User>

export const Session = z
  .object({ user: User.nullable().describe('null: no session yet; the first thing you create makes one') })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

/** Answer of `POST /api/v1/sessions`: the token is shown once. Browsers get it as a cookie too. */
export const SessionCreated = z.object({ token: z.string(), user: User }).meta({ id: 'SessionCreated' })
export type SessionCreated = z.infer<typeof SessionCreated>
