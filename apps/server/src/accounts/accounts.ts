import type { User } from '@atelier/protocol/sessions'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The token is shown once and stored nowhere. */
export type NewGuest = { readonly token: string; readonly user: User }

/**
 * Who is asking. A request without a session is nobody: it sees nothing and owns nothing. The first request that creates
 * something gets a guest session (a cookie; scripts may send the token as `Authorization: Bearer …` instead).
 */
export interface Accounts {
  /** The user of this request's session, or null. A token that is unknown or expired is null too. */
  knownUser(request: FastifyRequest): Promise<string | null>
  /** The user of this request's session; makes a guest and sets the cookie on `reply` when there is none. */
  actingUser(request: FastifyRequest, reply: FastifyReply): Promise<string>
  /** For sockets: the user of a raw `Cookie` or `Authorization` header. */
  userOfHeaders(headers: { cookie?: string | undefined; authorization?: string | undefined }): Promise<string | null>
  describe(userId: string): Promise<User | null>
  /** `name` is a DisplayName. null: there is no such user. */
  rename(userId: string, name: string): Promise<User | null>
  /** Calls back when somebody has another name, by this process. Returns what stops it. */
  onRename(listener: (userId: string, name: string) => void): () => void
  /** A new guest with a fresh token. */
  createGuest(): Promise<NewGuest>
  /** The same, for whoever asks for a session: the cookie is set on `reply`. */
  openSession(request: FastifyRequest, reply: FastifyReply): Promise<NewGuest>
}
