/**
 * Passwords as argon2id hashes (RFC 9106), written in the PHC form that names its own cost.
 *
 * A hash is made to be slow and large, so whoever can ask for many of them could take the machine: few are computed at once, a short
 * queue waits for them, and what comes then is refused.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { passwordForm } from '@atelier/protocol/accounts'
import { Refusal } from '@atelier/protocol/errors'

/** OWASP's second choice (19 MiB, two passes, one lane): about 40 ms of one core. More memory would be stronger, and 2 × it must always be free. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const
const saltBytes = 16
const hashBytes = 32
/** Two of the four threads that Node has for such work: files and name look-ups have the others. */
const atOnce = 2
/** A full queue is through in about a second. */
const queueLength = 40

export interface Passwords {
  /** @throws Refusal too-many-requests, as isRight */
  hash(password: string): Promise<string>
  /** `hash` null: there is none, and finding that out takes as long as a wrong password. */
  isRight(password: string, hash: string | null): Promise<boolean>
}

type Hashing = (parameters: Argon2Parameters) => Promise<Buffer>
const hashing: Hashing = promisify((parameters: Argon2Parameters, done: (error: Error | null, hash: Buffer) => void) =>
  argon2('argon2id', parameters, done),
)

export function createPasswords(compute: Hashing = hashing): Passwords {
  let running = 0
  const waiting: (() => void)[] = []

  async function inTurn(parameters: Argon2Parameters): Promise<Buffer> {
    if (running >= atOnce) {
      if (waiting.length >= queueLength) throw tooBusy()
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await compute(parameters)
    } finally {
      // The place is handed on, not given back, while somebody waits.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }

  return {
    async hash(password) {
      const nonce = randomBytes(saltBytes)
      return phcOf(nonce, await inTurn({ ...cost, message: passwordForm(password), nonce, tagLength: hashBytes }))
    },
    async isRight(password, stored) {
      const parsed = parsePhc(stored ?? nobodysHash)
      if (parsed === null) throw new Error('a stored password is not in the PHC form of argon2id')
      const { parameters, hash } = parsed
      const tried = await inTurn({ ...parameters, message: passwordForm(password), tagLength: hash.length })
      return timingSafeEqual(tried, hash) && stored !== null
    },
  }
}

const phcOf = (salt: Buffer, hash: Buffer): string =>
  `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(hash)}`

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

/** What is compared with when there is no such user. */
const nobodysHash = phcOf(randomBytes(saltBytes), randomBytes(hashBytes))

function parsePhc(phc: string) {
  const [, m, t, p, salt, hash] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc) ?? []
  if (salt === undefined || hash === undefined) return null
  const parameters = { memory: Number(m), passes: Number(t), parallelism: Number(p), nonce: Buffer.from(salt, 'base64') }
  return { parameters, hash: Buffer.from(hash, 'base64') }
}

const tooBusy = (): Refusal =>
  new Refusal('too-many-requests', 'Too many people sign in at this moment. Try again in a few seconds.', {
    retryAfterSeconds: 3,
  })
