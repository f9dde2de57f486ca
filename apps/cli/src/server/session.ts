/** Makes sure that the server knows us: with the API token that we are given, the token kept for it, or a new guest session. */
import { Session, SessionCreated } from '@atelier/protocol/sessions'
import { Failure, ServerRefusal } from '../failure.ts'
import { type Surroundings, say } from '../surroundings.ts'
import type { Server } from './server.ts'
import { findToken, keepToken, tokenFileOf } from './token-file.ts'

export async function openSession(server: Server, surroundings: Surroundings): Promise<void> {
  const given = surroundings.environment.ATELIER_TOKEN
  if (given !== undefined && given !== '') {
    server.token = given
    // Never a guest instead: what was made would be nobody's who asked for it.
    if (!(await isKnown(server)))
      throw new Failure(`ATELIER_TOKEN is not valid at ${server.url.origin}. Make another one in the menu of your account.`)
    return
  }
  const file = tokenFileOf(surroundings.environment)
  const kept = await findToken(file, server.url)
  if (kept !== null) {
    server.token = kept
    if (await isKnown(server)) return
    server.token = null
  }
  const { token } = await server.ask(SessionCreated, '/api/v1/sessions', { method: 'POST' })
  server.token = token
  try {
    await keepToken(file, server.url, token)
  } catch (error) {
    say(
      surroundings,
      `the session could not be kept in ${file} (${error instanceof Error ? error.message : error}); it ends with this command.`,
    )
  }
}

/** A token that is nobody's is refused, whatever it asks for. */
async function isKnown(server: Server): Promise<boolean> {
  try {
    return (await server.ask(Session, '/api/v1/session')).user !== null
  } catch (error) {
    if (error instanceof ServerRefusal && error.code === 'session-required') return false
    throw error
  }
}
