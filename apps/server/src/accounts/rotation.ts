/**
 * What a refresh token that is shown to us means. Each is used once: using it gives the next one. One that is shown again was either
 * sent twice by its owner or is in two hands, and the difference is what this file decides.
 *
 *   the present one                                        → rotate
 *   the one before, seconds ago                            → accept: requests that were under way together; no new token
 *   the one before, and the answer with the next was lost  → rotate again; the lost one is dead
 *   any other of the family                                → replayed: nobody can say who is who, so both are signed out
 */
import type { SignInRow } from './sign-in-rows.ts'
import { isSameSha } from './tokens.ts'

/** Requests of one page load, and of several tabs that wake up together. */
export const togetherMs = 30_000

export type Judgement = 'rotate' | 'accept' | 'replayed' | 'expired'

export function judge(
  row: Pick<SignInRow, 'refreshSha' | 'previousSha' | 'rotatedAt' | 'confirmed' | 'expiresAt'>,
  sha: Buffer,
  now: number,
): Judgement {
  if (row.expiresAt.getTime() <= now) return 'expired'
  if (isSameSha(sha, row.refreshSha)) return 'rotate'
  if (!isSameSha(sha, row.previousSha)) return 'replayed'
  if (now - row.rotatedAt.getTime() < togetherMs) return 'accept'
  return row.confirmed ? 'replayed' : 'rotate'
}
