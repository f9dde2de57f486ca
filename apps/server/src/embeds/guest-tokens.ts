/**
 * Who a reader of an embed is: a number that nobody has stored, signed by this process. In a frame of another site a browser sends no
 * cookie of ours, so the page itself carries the token, in memory. It opens nothing but programs that were started with it.
 *
 * The key lives as long as the process: after a restart, or on another server, a page asks for a new token and goes on.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type EmbedGuest, embedTokenPrefix } from '@atelier/protocol/embeds'
import { parse as bytesOfUuid, stringify as uuidOfBytes, v4 as uuidv4 } from 'uuid'

export const guestLifeMs = 60 * 60 * 1000
const signatureBytes = 16

export type GuestTokens = {
  issue(): EmbedGuest
  /** The id behind a token; null: it is not ours, or too old. */
  guestOf(token: string | undefined): string | null
}

export function createGuestTokens(now: () => number, key: Buffer = randomBytes(32)): GuestTokens {
  const sign = (payload: Buffer): Buffer => createHmac('sha256', key).update(payload).digest().subarray(0, signatureBytes)
  return {
    issue() {
      const expiresAtMs = now() + guestLifeMs
      const payload = Buffer.alloc(22)
      payload.set(bytesOfUuid(uuidv4()), 0)
      payload.writeUIntBE(expiresAtMs, 16, 6)
      const token = embedTokenPrefix + Buffer.concat([payload, sign(payload)]).toString('base64url')
      return { token, expiresAt: new Date(expiresAtMs).toISOString() }
    },
    guestOf(token) {
      if (token === undefined || !token.startsWith(embedTokenPrefix)) return null
      const bytes = Buffer.from(token.slice(embedTokenPrefix.length), 'base64url')
      if (bytes.length !== 22 + signatureBytes) return null
      const payload = bytes.subarray(0, 22)
      if (!timingSafeEqual(sign(payload), bytes.subarray(22))) return null
      return payload.readUIntBE(16, 6) > now() ? uuidOfBytes(payload.subarray(0, 16)) : null
    },
  }
}
