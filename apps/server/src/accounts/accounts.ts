import type { Soon } from '@atelier/base/at-once'
import type { TokenScope } from '@atelier/protocol/accounts'
import type { User } from '@atelier/protocol/sessions'
import type { Queries } from '@atelier/storage/db/database'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The token is shown once and stored nowhere. */
export type NewGuest = { readonly token: string; readonly user: User }

/** Who asks, and with what. `key` names the session, browser or API token, without giving it away. */
export type Visitor = { readonly userId: string; readonly key: SessionKey } & (
  | { readonly by: 'guest-session' | 'sign-in' }
  | { readonly by: 'api-token'; readonly scopes: readonly TokenScope[] }
)
export type SessionKey = `guest:${string}` | `sign-in:${string}` | `token:${string}`

declare module 'fastify' {
  interface FastifyRequest {
    /** Who that is, once it was looked up. */
    cameAs?: Visitor | null
  }
}

/** What has ended: one session, or all of a user but one. */
export type SessionEnd = { readonly key: SessionKey } | { readonly userId: string; readonly except: SessionKey | null }

export type CookieOptions = {
  readonly path: '/'
  readonly httpOnly: true
  readonly sameSite: 'lax'
  readonly secure: boolean
  readonly maxAge?: number
}
export type SetCookie = { readonly name: string; readonly value: string; readonly options: CookieOptions }

export type Headers = { cookie?: string | undefined; authorization?: string | undefined }

/**
 * Who is asking. A request without a session is nobody: it sees nothing and owns nothing. The first request that creates
 * something gets a guest session (a cookie; scripts may send the token as `Authorization: Bearer …` instead).
 */
export interface Accounts {
  /** The user of this request's session, or null. A cookie that is unknown or expired is null too. */
  knownUser(request: FastifyRequest): Soon<string | null>
  /** The same, and with what they came. */
  visitor(request: FastifyRequest): Soon<Visitor | null>
  /**
   * The user of this request's session; makes a guest and sets the cookie on `reply` when there is none.
   * @throws Refusal session-required for an Authorization header that is nobody's: what is made would not be theirs who sent it
   */
  actingUser(request: FastifyRequest, reply: FastifyReply): Promise<string>
  /** For sockets: the user of a raw `Cookie` or `Authorization` header. */
  userOfHeaders(headers: Headers): Promise<string | null>
  /** The same for a socket that is to be open for long, with the cookies that its answer sets. */
  visitorOfHeaders(headers: Headers): Promise<{ readonly visitor: Visitor; readonly setCookies: readonly SetCookie[] } | null>
  /** Before each request: gives a signed-in browser its next pair of tokens when it is time. */
  arrive(request: FastifyRequest, reply: FastifyReply): Soon<void>
  describe(userId: string): Promise<User | null>
  /** `name` is a DisplayName. null: there is no such user. */
  rename(userId: string, name: string): Promise<User | null>
  /** Calls back when somebody has another name, by this process. Returns what stops it. */
  onRename(listener: (userId: string, name: string) => void): () => void
  /** A new guest with a fresh token. */
  createGuest(): Promise<NewGuest>
  /** The same, for whoever asks for a session: the cookie is set on `reply`. @throws Refusal as actingUser */
  openSession(request: FastifyRequest, reply: FastifyReply): Promise<NewGuest>
  /** Signs this browser in as `userId` with new tokens, as a part of `queries`; the cookies are set when `finish` is called. */
  signIn(
    queries: Queries,
    userId: string,
    request: FastifyRequest,
  ): Promise<{ key: SessionKey; finish(reply: FastifyReply): void }>
  /** Takes the cookies from the browser; its session is ended by `tellEnd`. */
  clearCookies(request: FastifyRequest, reply: FastifyReply): void
  /** To be called when sessions were deleted from the database: nothing of them is believed any more. */
  tellEnd(end: SessionEnd): void
  /** Calls back when sessions have ended by this process. Returns what stops it. */
  onEnd(listener: (end: SessionEnd) => void): () => void
  /** Which of these sessions are good still; for what has ended by other servers or by itself. */
  livingAmong(keys: readonly SessionKey[]): Promise<ReadonlySet<SessionKey>>
}
