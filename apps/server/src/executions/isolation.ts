/** The wall that one execution gets: what it asked for, what the policy allows, what this machine can do. */
import { Refusal } from '@atelier/protocol/errors'
import type { IsolationOffer } from '@atelier/protocol/server-status'
import type { Isolation, Probe, Root, Sandbox, SandboxSpec } from '@atelier/sandbox/sandbox'
import type { TierState } from '@atelier/sandbox/tiers/tiers'
import type { IsolationPolicy } from './isolation-policy.ts'
import type { ExecutionPlan, SandboxSource } from './live-execution.ts'

/** What this folder needs of the tiers. */
export interface TierSource {
  state(level: Isolation): TierState
  canShow(level: Isolation, root: Root): boolean
  lease(level: Isolation, spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>
}

export type ChosenIsolation = {
  readonly level: Isolation
  readonly sandboxes: SandboxSource
  canShow(root: Root): boolean
  /** Refuses a plan that needs a filesystem which this wall cannot show. */
  checkPlan(plan: ExecutionPlan, languageName: string): void
}

const pointer = '/isolation'

/** Refuses with `isolation-not-allowed` what the policy forbids, with `isolation-unavailable` what this machine cannot do. */
export function chooseIsolation(asked: Isolation | undefined, policy: IsolationPolicy, tiers: TierSource): ChosenIsolation {
  const level = asked ?? policy.usual
  if (!policy.allowed.includes(level))
    throw new Refusal(
      'isolation-not-allowed',
      `This server does not run programs with the isolation "${level}". It allows ${policy.allowed.join(', ')}; without "isolation" a program gets ${policy.usual}.`,
      { errors: [{ pointer, detail: `is not one of ${policy.allowed.join(', ')}` }] },
    )
  const { probe } = tiers.state(level)
  if (probe?.usable === false) throw unavailable(level, probe)
  return {
    level,
    sandboxes: { lease: (spec, signal) => tiers.lease(level, spec, signal) },
    canShow: (root) => tiers.canShow(level, root),
    checkPlan(plan, languageName) {
      const root = rootOf(plan)
      if (tiers.canShow(level, root)) return
      const others = policy.allowed.filter((other) => other !== level && tiers.canShow(other, root))
      throw new Refusal(
        'isolation-unavailable',
        `${languageName} comes from ${root.kind === 'host' ? 'this machine itself' : 'the toolchain image'}, which the isolation "${level}" cannot show to a program. ${others.length === 0 ? 'Choose another language.' : `Ask for ${others.join(' or ')}.`}`,
        { errors: [{ pointer, detail: `has no ${languageName}` }] },
      )
    },
  }
}

/** Both stages have the same: it comes from the language. */
const rootOf = (plan: ExecutionPlan): Root => (plan.compile ?? plan.run(null)).spec.root

function unavailable(level: Isolation, { summary, findings }: Probe): Refusal {
  const broken = findings.findLast((finding) => !finding.ok)
  const remedy =
    broken === undefined || broken.remedy === '' ? '' : ` For the person who hosts: ${broken.remedy.replace(/\.$/, '')}.`
  return new Refusal(
    'isolation-unavailable',
    `The isolation "${level}" cannot be used here: ${broken?.detail ?? summary}.${remedy} Ask for another, or for none.`,
    { errors: [{ pointer, detail: 'cannot be used on this server' }] },
  )
}

/** What a request may ask for, for the page and for scripts. */
export function isolationOffers(policy: IsolationPolicy, tiers: Pick<TierSource, 'state'>): IsolationOffer[] {
  return policy.allowed.map((level) => {
    const { state, probe } = tiers.state(level)
    const isKnown = state === 'usable' || state === 'unusable'
    return {
      level,
      state: isKnown ? state : 'examining',
      summary: probe?.summary ?? 'It is being found out whether this machine can do it.',
      findings: probe === null ? [] : probe.findings.map((finding) => ({ ...finding })),
    }
  })
}
