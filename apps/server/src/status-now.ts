/** What the server says of itself, put together from the parts that know: walls, toolchain, languages, limits. */
import type { Language } from '@atelier/protocol/languages'
import type { Capabilities, IsolationStatus } from '@atelier/protocol/server-status'
import { isolationOffers } from './executions/isolation.ts'
import type { LimitPolicy } from './executions/limits.ts'
import type { RunningSandboxes } from './start-sandboxes.ts'
import type { Status } from './status/status.ts'

export function createStatus(parts: {
  version: string
  capabilities: Capabilities
  policy: LimitPolicy
  running: RunningSandboxes
}): Status {
  const { catalogue, toolchain, tiers, policy } = parts.running
  const usual = (): IsolationStatus => {
    const { probe } = tiers.state(policy.usual)
    const { summary, findings } = probe ?? { summary: 'being examined', findings: [] }
    return { level: policy.usual, summary, findings: [...findings] }
  }
  const languages = (): Language[] => {
    const { probe } = tiers.state(policy.usual)
    if (probe?.usable !== false)
      return catalogue.list().map((language) => {
        if (!language.available || catalogue.availability(language.id, (root) => tiers.canShow(policy.usual, root)).available)
          return language
        const reason = `the isolation that is usual here, ${policy.usual}, cannot show its toolchain to a program`
        return { ...language, available: false, reason, remedy: 'Choose another isolation as the usual one (ATELIER_ISOLATION).' }
      })
    const broken = probe.findings.find((finding) => !finding.ok)
    const [reason, remedy] = [broken?.detail ?? probe.summary, broken?.remedy ?? null]
    return catalogue.list().map((language) => ({ ...language, available: false, reason, remedy }))
  }
  return {
    read: () => ({
      version: parts.version,
      capabilities: parts.capabilities,
      isolation: usual(),
      isolations: isolationOffers(policy, tiers),
      toolchain: toolchain.state,
      limits: { default: parts.policy.usual, maximum: parts.policy.most },
    }),
    news: () => ({ toolchain: toolchain.state, languages: languages(), isolations: isolationOffers(policy, tiers) }),
    onChange: (listener) => {
      const stops = [catalogue.onChange(listener), tiers.onChange(listener)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
