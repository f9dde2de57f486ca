/**
 * Tiers: what a user may use of the server. Each has a name and numbers; the setting ATELIER_TIERS changes some of them, or adds tiers.
 * What a tier does not say it has of another one (`like`), and at last of the defaults here.
 */
import { readFileSync } from 'node:fs'
import { QuotaTier } from '@atelier/protocol/quotas'
import { z } from 'zod'

export type NamedTier = QuotaTier & { readonly name: string }
export type TierTable = ReadonlyMap<string, NamedTier>

const GB = 1024 ** 3
const MB = 1024 ** 2
const minutes = (count: number): number => count * 60_000

/** `null`: as much as anybody may. A class of forty behind one address is forty users; a stranger is an address. */
export const usualTiers = {
  /** Whoever has no session yet: an address, or the half of an IPv6 address that a network has. */
  stranger: {
    ...{ executionsPerHour: 600, executionsAtOnce: null, wallMs: minutes(2), cpuMs: null, memoryBytes: 512 * MB },
    ...{ storageBytes: 0, projects: 0, filesPerProject: 0 },
    ...{ readsPerMinute: 12_000, writesPerMinute: 3000, executionsPerMinute: 600 },
  },
  guest: {
    ...{ executionsPerHour: 3000, executionsAtOnce: null, wallMs: minutes(2), cpuMs: null, memoryBytes: 512 * MB },
    ...{ storageBytes: 2 * GB, projects: 1000, filesPerProject: null },
    ...{ readsPerMinute: 12_000, writesPerMinute: 6000, executionsPerMinute: 600 },
  },
  free: {
    ...{ executionsPerHour: 6000, executionsAtOnce: null, wallMs: minutes(5), cpuMs: null, memoryBytes: GB },
    ...{ storageBytes: 10 * GB, projects: 10_000, filesPerProject: null },
    ...{ readsPerMinute: 24_000, writesPerMinute: 12_000, executionsPerMinute: 1200 },
  },
  premium: {
    ...{ executionsPerHour: null, executionsAtOnce: 16, wallMs: null, cpuMs: null, memoryBytes: 2 * GB },
    ...{ storageBytes: null, projects: null, filesPerProject: null },
    ...{ readsPerMinute: 60_000, writesPerMinute: 30_000, executionsPerMinute: 6000 },
  },
} as const satisfies Record<string, QuotaTier>

/** The tier of whom an administrator has put into none. */
export const tierOfKind = (user: { readonly kind: 'guest' | 'account'; readonly admin: boolean }): string =>
  user.kind === 'guest' ? 'guest' : user.admin ? 'premium' : 'free'

const Name = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/)
const TierTexts = z.record(Name, QuotaTier.partial().extend({ like: Name.optional() }).strict())

/** Thrown with a sentence for whoever starts the server. */
export class TierError extends Error {}

/** `text`: a JSON object, or the name of a file that has one. @throws TierError */
export function readTiers(text: string | undefined): TierTable {
  const given = text === undefined ? {} : parse(text)
  const table = new Map<string, NamedTier>(Object.entries(usualTiers).map(([name, tier]) => [name, { name, ...tier }]))
  // A tier may be like one that stands further up, or like one of ours as it is changed further up.
  for (const [name, { like, ...said }] of Object.entries(given)) {
    const base = table.get(like ?? name) ?? (like === undefined ? table.get('free') : undefined)
    if (base === undefined) throw new TierError(`"${name}" is like "${like}", which does not stand before it.`)
    const changed = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
    table.set(name, { ...base, ...changed, name })
  }
  return table
}

function parse(text: string): z.infer<typeof TierTexts> {
  const json = text.trimStart().startsWith('{') ? text : readText(text)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new TierError('it is not valid JSON. Check quotes, commas and brackets.', { cause })
  }
  const misnamed = Object.keys(value !== null && typeof value === 'object' ? value : {}).find(
    (name) => !Name.safeParse(name).success,
  )
  if (misnamed !== undefined)
    throw new TierError(`${JSON.stringify(misnamed)} is no name of a tier: up to 20 small letters, digits and dashes.`)
  const parsed = TierTexts.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new TierError(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}.`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new TierError(`there is no file "${file}" that can be read. Give its whole path, or the JSON itself.`, { cause })
  }
}
