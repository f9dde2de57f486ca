/**
 * How often somebody may be wrong. An attempt is counted before the password is looked at, so that many at once count too, and is given
 * back when it was right.
 *
 * Three counts: a name tried from one address (guessing one password), a name from all addresses (many machines guess it), and an
 * address (one machine tries many names). The counts are in the memory of this process; with several servers each counts for itself.
 */
import { createHash } from 'node:crypto'
import { Refusal } from '@atelier/protocol/errors'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const windowSeconds = 15 * 60
export const attemptLimits = {
  /** One name from one address. */
  nameFromAddress: 10,
  /** One name. Larger: whoever fills it keeps its owner out for a while. */
  name: 60,
  /** One address. A class behind one router has one address. */
  address: 120,
  /** New accounts from one address, in an hour. */
  claims: 120,
} as const

export type Attempt = {
  /** `RateLimit` and `RateLimit-Policy` of the tightest limit (draft-ietf-httpapi-ratelimit-headers). */
  readonly headers: Readonly<Record<string, string>>
  /** It was right: nothing is counted. */
  succeeded(): Promise<void>
}

export interface Attempts {
  /** @throws TooManyAttempts */
  signIn(address: string, nameKey: string): Promise<Attempt>
  /** Counts whether it succeeds or not. */
  claim(address: string): Promise<Attempt>
}

export class TooManyAttempts extends Refusal {
  readonly headers: Readonly<Record<string, string>>
  constructor(what: string, seconds: number, headers: Readonly<Record<string, string>>) {
    super('too-many-requests', `${what} Try again in ${durationOf(seconds)}.`, { retryAfterSeconds: seconds })
    this.headers = headers
  }
}

export function createAttempts(): Attempts {
  const limiter = (keyPrefix: string, points: number, duration = windowSeconds) =>
    new RateLimiterMemory({ keyPrefix, points, duration })
  const addresses = limiter('address', attemptLimits.address)
  const pairs = limiter('pair', attemptLimits.nameFromAddress)
  const names = limiter('name', attemptLimits.name)
  const claims = limiter('claim', attemptLimits.claims, 3600)

  async function take(limit: RateLimiterMemory, key: string, what: string): Promise<RateLimiterRes> {
    try {
      return await limit.consume(key)
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      throw new TooManyAttempts(what, secondsOf(refused), headersOf(limit, refused))
    }
  }

  return {
    async signIn(address, nameKey) {
      const name = createHash('sha256').update(nameKey).digest('base64url')
      const from = neighbourhoodOf(address)
      const pair = `${name} ${from}`
      await take(addresses, from, 'Too many attempts to sign in from your address.')
      const taken = await take(pairs, pair, 'Too many attempts to sign in with this name.')
      await take(names, name, 'Too many attempts to sign in with this name.')
      return {
        headers: headersOf(pairs, taken),
        async succeeded() {
          await Promise.all([addresses.reward(from), pairs.delete(pair), names.reward(name)])
        },
      }
    },
    async claim(address) {
      const taken = await take(claims, neighbourhoodOf(address), 'Too many accounts were made from your address.')
      return { headers: headersOf(claims, taken), succeeded: async () => {} }
    },
  }
}

const secondsOf = (state: RateLimiterRes): number => Math.max(1, Math.ceil(state.msBeforeNext / 1000))

const headersOf = (limit: RateLimiterMemory, state: RateLimiterRes): Record<string, string> => ({
  'ratelimit-policy': `"${limit.keyPrefix}";q=${limit.points};w=${limit.duration}`,
  ratelimit: `"${limit.keyPrefix}";r=${Math.max(0, state.remainingPoints)};t=${secondsOf(state)}`,
})

const durationOf = (seconds: number): string => {
  const minutes = Math.ceil(seconds / 60)
  return seconds < 90 ? `${seconds} seconds` : `${minutes} minutes`
}

/** Whoever has one IPv6 address has 2^64 of them. */
export function neighbourhoodOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address
  const [head = '', tail] = address.toLowerCase().split('%', 1).join('').split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0')
  return [...front, ...middle, ...back]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')
}
