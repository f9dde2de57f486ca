/** Which walls a request may ask for, as the settings say it. */
import type { IsolationLevel } from '@atelier/protocol/executions'
import { isolationLevels } from '@atelier/protocol/executions'

export type IsolationPolicy = {
  /** What a program gets that asks for none. */
  readonly usual: IsolationLevel
  readonly minimum: IsolationLevel
  /** Weakest first; `usual` is one of them. */
  readonly allowed: readonly IsolationLevel[]
}

/** The settings that the policy is made of. */
export type IsolationSettings = {
  readonly isolation: IsolationLevel | undefined
  readonly isolationMinimum: IsolationLevel | undefined
  readonly isolations: readonly IsolationLevel[] | undefined
  readonly trustEveryone: 'no' | 'yes'
  readonly host: string
  readonly publicUrl: string | undefined
  readonly trustProxy: 'no' | 'yes'
}

const usualLevel: IsolationLevel = 'container'
const isWeaker = (level: IsolationLevel, than: IsolationLevel): boolean =>
  isolationLevels.indexOf(level) < isolationLevels.indexOf(than)

/** Sensible only for settings in which `isolationContradiction` finds nothing. */
export function isolationPolicyOf(
  settings: Pick<IsolationSettings, 'isolation' | 'isolationMinimum' | 'isolations'>,
  variantLevel: IsolationLevel = usualLevel,
): IsolationPolicy {
  const usual = settings.isolation ?? variantLevel
  const minimum = settings.isolationMinimum ?? (isWeaker(usual, usualLevel) ? usual : usualLevel)
  const strongEnough = isolationLevels.filter((level) => !isWeaker(level, minimum))
  return { usual, minimum, allowed: settings.isolations ?? strongEnough }
}

/**
 * A sentence that names the settings which contradict each other and the cure; null when all is well. `variantLevel`: what is usual where
 * ATELIER_ISOLATION says nothing.
 */
export function isolationContradiction(settings: IsolationSettings, variantLevel: IsolationLevel = usualLevel): string | null {
  const { usual, minimum, allowed } = isolationPolicyOf(settings, variantLevel)
  const byVariant = settings.isolation === undefined && variantLevel !== usualLevel
  if (isWeaker(usual, minimum))
    return `ATELIER_ISOLATION (${usual}${byVariant ? ', from the variant' : ''}) is weaker than ATELIER_ISOLATION_MINIMUM (${minimum}): raise the first or lower the second.`
  if (!allowed.includes(usual))
    return `ATELIER_ISOLATIONS (${allowed.join(',')}) lacks ${usual}, which is ATELIER_ISOLATION: add it to the first, or choose another for the second.`
  const tooWeak = allowed.find((level) => isWeaker(level, minimum))
  if (tooWeak !== undefined)
    return `ATELIER_ISOLATIONS has ${tooWeak}, which is weaker than ATELIER_ISOLATION_MINIMUM (${minimum}): take it out of the first or lower the second.`
  const open = whyReachable(settings)
  if (allowed.includes('process') && settings.trustEveryone === 'no' && open !== null)
    return `${byVariant ? 'This variant (ATELIER_VARIANT)' : 'ATELIER_ISOLATION'} allows process, which is no isolation at all, and ${open}: whoever reaches it could do anything on this machine that its programs’ user can. Choose ${byVariant ? 'another variant, or ATELIER_ISOLATION=container' : 'container or stronger'}, or, if you trust everybody who can reach it, set ATELIER_TRUST_EVERYONE=yes.`
  return null
}

/** Why other machines can reach the server; null when only this one can. */
function whyReachable({ host, publicUrl, trustProxy }: IsolationSettings): string | null {
  if (!/^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)) return `ATELIER_HOST (${host}) lets other machines in`
  if (publicUrl !== undefined) return `PUBLIC_URL (${publicUrl}) says that people come from elsewhere`
  return trustProxy === 'yes' ? 'TRUST_PROXY says that a proxy stands in front of it' : null
}
