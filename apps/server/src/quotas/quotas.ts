/**
 * Which tier a user is in, and what of it they use. The answer is believed for some seconds, so that the busiest requests ask the database
 * for nothing; a change by an administrator counts at once here, and within those seconds on other servers.
 */
import type { QuotaUse } from '@atelier/protocol/quotas'
import type { Database } from '@atelier/storage/db/database'
import { LRUCache } from 'lru-cache'
import { findTier, readUse } from './quota-rows.ts'
import { type NamedTier, type TierTable, tierOfKind, usualTiers } from './quota-tiers.ts'
import { StorageUse } from './storage-use.ts'

export interface Quotas {
  /** By their names, in the order of the settings. */
  readonly tiers: TierTable
  /** Of whoever has no session. */
  readonly stranger: NamedTier
  /** Somebody who is not there (any more) is a stranger. */
  tierOf(userId: string): NamedTier | Promise<NamedTier>
  /** What is known of the user is looked up again: they are in another tier. */
  forget(userId: string): void
  readUse(userId: string): Promise<QuotaUse>
  /** Room of a project's owner for files. */
  readonly storage: StorageUse
}

const believedMs = 15_000
const usersRemembered = 50_000

export function createQuotas({
  db,
  tiers,
  now = Date.now,
}: {
  readonly db: Database
  readonly tiers: TierTable
  readonly now?: () => number
}): Quotas {
  const known = new LRUCache<string, NamedTier>({ max: usersRemembered, ttl: believedMs })
  const stranger = tiers.get('stranger') ?? { name: 'stranger', ...usualTiers.stranger }
  const guest = tiers.get('guest') ?? { name: 'guest', ...usualTiers.guest }
  const named = (row: { readonly tier: string | null; readonly kind: 'guest' | 'account'; readonly admin: boolean }): NamedTier =>
    tiers.get(row.tier ?? '') ?? tiers.get(tierOfKind(row)) ?? guest

  async function lookUp(userId: string): Promise<NamedTier> {
    const row = await findTier(db, userId)
    if (row === null) return stranger
    const tier = named(row)
    known.set(userId, tier)
    return tier
  }

  return {
    ...{ tiers, stranger },
    tierOf: (userId) => known.get(userId) ?? lookUp(userId),
    forget: (userId) => known.delete(userId),
    readUse: (userId) => readUse(db, userId, new Date(now() - 3_600_000)),
    storage: new StorageUse(db, named, now),
  }
}
