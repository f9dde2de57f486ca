/** Tokens with which scripts act for an account. Whoever has one may do what its scopes say until it is revoked or expires. */
import {
  type ApiToken,
  type ApiTokenCreated,
  type ApiTokenCreation,
  accountLimits,
  apiTokenPrefix,
} from '@atelier/protocol/accounts'
import { Refusal } from '@atelier/protocol/errors'
import type { Database } from '@atelier/storage/db/database'
import { v7 as uuidv7 } from 'uuid'
import { recordAudit } from '../audit/audit.ts'
import type { Accounts } from './accounts.ts'
import { deleteApiToken, insertApiToken, listApiTokens } from './token-rows.ts'
import { newToken, shaOf } from './tokens.ts'

export interface ApiTokens {
  /** The newest first; without the tokens themselves, which are stored nowhere. */
  list(userId: string): Promise<ApiToken[]>
  /** @throws Refusal too-large, forbidden */
  create(userId: string, wanted: ApiTokenCreation): Promise<ApiTokenCreated>
  /** @throws Refusal not-found */
  revoke(userId: string, tokenId: string): Promise<void>
}

export function createApiTokens({ db, accounts }: { readonly db: Database; readonly accounts: Accounts }): ApiTokens {
  return {
    list: (userId) => listApiTokens(db.as(userId), userId),
    async create(userId, { name, scopes, expiresInDays = null }) {
      const token = newToken(apiTokenPrefix)
      const made = { id: uuidv7(), userId, name, tokenSha: shaOf(token), scopes, expiresInDays }
      const created = await db.as(userId).transaction(async (queries) => {
        const inserted = await insertApiToken(queries, made, accountLimits.tokens)
        if (inserted === null) throw tooManyTokens()
        const details = { name, scopes: scopes.join(' '), days: expiresInDays }
        await recordAudit(queries, { action: 'token.create', userId, object: made.id, details })
        return inserted
      })
      return { ...created, token }
    },
    async revoke(userId, tokenId) {
      await db.as(userId).transaction(async (queries) => {
        if (!(await deleteApiToken(queries, userId, tokenId)))
          throw new Refusal('not-found', 'You have no such token. It may have expired, or it was revoked already.')
        await recordAudit(queries, { action: 'token.revoke', userId, object: tokenId })
      })
      accounts.tellEnd({ key: `token:${tokenId}` })
    },
  }
}

const tooManyTokens = (): Refusal =>
  new Refusal('too-large', `An account has at most ${accountLimits.tokens} API tokens. Revoke some that are not needed.`)
