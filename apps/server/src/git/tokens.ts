/**
 * Tokens for other git servers: one per person and host, sealed with AES-256-GCM under a key that lies beside the database and not in it.
 * A token is opened for one push, goes to a box that runs git alone, and is shown to nobody again.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Refusal } from '@atelier/protocol/errors'
import { type GitToken, gitLimits } from '@atelier/protocol/git'
import { type Keyring, openKeyring } from '@atelier/storage/blobs/keyring'
import type { Database } from '@atelier/storage/db/database'
import { recordAudit } from '../audit/audit.ts'
import type { Secret } from './git-boxes.ts'

export type Tokens = {
  list(userId: string): Promise<GitToken[]>
  /** Replaces the one of that host. */
  store(userId: string, host: string, secret: Secret): Promise<void>
  remove(userId: string, host: string): Promise<void>
  /** null: there is none for exactly this host. */
  open(userId: string, host: string): Promise<Secret | null>
}

const algorithm = 'aes-256-gcm'
const [keyIdBytes, nonceBytes, tagBytes] = [8, 12, 16]

export async function createTokens(db: Database, keyFile: string): Promise<Tokens> {
  // A new one where it was lost, as by a restore without it: people store their tokens again.
  const keys = await openKeyring(keyFile, false)
  return {
    async list(userId) {
      const found = await db.as(userId).query<{ host: string; username: string; created_at: Date }>({
        name: 'git-tokens',
        text: 'SELECT host, username, created_at FROM git_tokens WHERE user_id = $1 ORDER BY host',
        values: [userId],
      })
      return found.rows.map((row) => ({ host: row.host, username: row.username, createdAt: row.created_at.toISOString() }))
    },
    async store(userId, host, { username, token }) {
      await db.transaction(async (queries) => {
        const { rowCount } = await queries.query({
          name: 'git-store-token',
          text: `INSERT INTO git_tokens (user_id, host, username, sealed)
               SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM git_tokens WHERE user_id = $1 AND host <> $2) < $5
               ON CONFLICT (user_id, host) DO UPDATE SET username = excluded.username, sealed = excluded.sealed, created_at = now()`,
          values: [userId, host, username, seal(keys, host, token), gitLimits.tokensPerUser],
        })
        if (rowCount === 0) throw tooManyTokens()
        await recordAudit(queries, { action: 'git.store-token', userId, object: host })
      })
    },
    async remove(userId, host) {
      await db.as(userId).transaction(async (queries) => {
        const { rowCount } = await queries.query({
          name: 'git-remove-token',
          text: 'DELETE FROM git_tokens WHERE user_id = $1 AND host = $2',
          values: [userId, host],
        })
        if (rowCount === 0) throw new Refusal('not-found', 'You have no token for that host.')
        await recordAudit(queries, { action: 'git.remove-token', userId, object: host })
      })
    },
    async open(userId, host) {
      const found = await db.query<{ username: string; sealed: Buffer }>({
        name: 'git-open-token',
        text: 'SELECT username, sealed FROM git_tokens WHERE user_id = $1 AND host = $2',
        values: [userId, host],
      })
      const row = found.rows[0]
      return row === undefined ? null : { username: row.username, token: unseal(keys, host, row.sealed) }
    },
  }
}

/** key id · nonce · tag · ciphertext. The host is part of what is sealed: moved to another host's row, it opens no more. */
function seal({ current }: Keyring, host: string, token: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, current.key, nonce).setAAD(Buffer.from(`git token ${host}`))
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from(current.id, 'hex'), nonce, cipher.getAuthTag(), sealed])
}

function unseal(keys: Keyring, host: string, sealed: Buffer): string {
  const key = keys.find(sealed.toString('hex', 0, keyIdBytes))
  const start = keyIdBytes + nonceBytes + tagBytes
  try {
    if (key === undefined) throw new Error('the key is not in the keyring')
    const decipher = createDecipheriv(algorithm, key.key, sealed.subarray(keyIdBytes, keyIdBytes + nonceBytes))
      .setAAD(Buffer.from(`git token ${host}`))
      .setAuthTag(sealed.subarray(keyIdBytes + nonceBytes, start))
    return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new Refusal('git-unavailable', `The token for ${host} cannot be opened any more. Store it again.`, { cause })
  }
}

const tooManyTokens = (): Refusal =>
  new Refusal(
    'too-large',
    `You have tokens for ${gitLimits.tokensPerUser} hosts, which is the most. Remove one that you do not need.`,
  )
