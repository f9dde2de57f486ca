/** What settings mean together: lists are taken apart, and what contradicts itself is found before anything is started. */
import type { IsolationLevel } from '@atelier/protocol/executions'
import { type EgressPolicy, hostPattern } from '@atelier/sandbox/egress/egress'
import { isolationContradiction } from './executions/isolation-policy.ts'
import { readTiers, TierError } from './quotas/quota-tiers.ts'
import { type Settings, settingTable } from './settings.ts'

const pairs = [
  ['cpuMs', 'cpuMsMax'],
  ['wallMs', 'wallMsMax'],
  ['memoryBytes', 'memoryBytesMax'],
  ['processes', 'processesMax'],
  ['diskBytes', 'diskBytesMax'],
  ['outputBytes', 'outputBytesMax'],
] as const

/**
 * What contradicts itself, as a sentence that names both settings and the cure; null when all is well. `variantIsolation`: the wall that
 * the variant of these settings brings.
 */
export function contradictionIn(settings: Settings, variantIsolation: IsolationLevel): string | null {
  for (const [usual, most] of pairs)
    if (settings[usual] > settings[most])
      return `${settingTable[usual].env} (${settings[usual]}) is larger than ${settingTable[most].env} (${settings[most]}): lower the first or raise the second.`
  if (settings.outputKeptBytes > settings.outputBytesMax)
    return `${settingTable.outputKeptBytes.env} is larger than ${settingTable.outputBytesMax.env}: lower the first or raise the second.`
  return (
    tierContradiction(settings) ??
    egressContradiction(settings, ['egressHosts', 'egressPorts']) ??
    egressContradiction(settings, ['gitHosts', 'gitPorts']) ??
    oidcContradiction(settings) ??
    isolationContradiction(settings, variantIsolation)
  )
}

/** The lists of hosts and ports as their parts; what is wrong in them was refused at the start. */
export function egressPolicyOf({ egressHosts, egressPorts, egressBytes }: Settings): EgressPolicy {
  const hosts = partsOf(egressHosts ?? '').flatMap((text) => hostPattern(text) ?? [])
  return { hosts, ports: partsOf(egressPorts).map(Number), bytes: egressBytes }
}

/** Whom git may talk to; no hosts: nobody. */
export const gitRemotesOf = ({ gitHosts, gitPorts }: Settings): { hosts: string[]; ports: number[] } => ({
  hosts: partsOf(gitHosts ?? '').flatMap((text) => hostPattern(text) ?? []),
  ports: partsOf(gitPorts).map(Number),
})

/** null: nobody vouches for people here. */
export const identityProviderOf = ({ oidcIssuer, oidcClientId, oidcClientSecret }: Settings) =>
  oidcIssuer === undefined || oidcClientId === undefined
    ? null
    : { issuer: oidcIssuer, clientId: oidcClientId, clientSecret: oidcClientSecret ?? null }

function oidcContradiction({ oidcIssuer, oidcClientId, oidcClientSecret }: Settings): string | null {
  const [issuer, clientId] = [settingTable.oidcIssuer.env, settingTable.oidcClientId.env]
  if (oidcIssuer === undefined)
    return oidcClientId === undefined && oidcClientSecret === undefined
      ? null
      : `${clientId} or its secret is set without ${issuer}: set all of them, or none.`
  if (oidcClientId === undefined)
    return `${issuer} is set without ${clientId}: register this server with the provider, and set both.`
  const url = URL.canParse(oidcIssuer) ? new URL(oidcIssuer) : null
  const isHere = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isHere)))
    return `${issuer} must be an address with https, such as https://accounts.example.org (http only on this machine).`
  return null
}

function tierContradiction({ tiers }: Settings): string | null {
  try {
    readTiers(tiers)
    return null
  } catch (error) {
    if (!(error instanceof TierError)) throw error
    return `${settingTable.tiers.env} cannot be used: ${error.message}`
  }
}

function egressContradiction(
  settings: Settings,
  [hosts, ports]: readonly ['egressHosts', 'egressPorts'] | readonly ['gitHosts', 'gitPorts'],
): string | null {
  const host = partsOf(settings[hosts] ?? '').find((text) => hostPattern(text) === null)
  if (host !== undefined)
    return `${settingTable[hosts].env} names ${JSON.stringify(host)}, which is no host: write names such as pypi.org, or *.example.org, without http:// and ports.`
  const numbers = partsOf(settings[ports])
  const port = numbers.find((text) => !/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
  if (port !== undefined || numbers.length === 0)
    return `${settingTable[ports].env} must be port numbers separated by commas, such as 80,443.`
  return null
}

const ofTiers = [
  ['wallMs', 'wallMsMax', 'wall time', (ms: number) => `${ms / 1000} s`],
  ['cpuMs', 'cpuMsMax', 'CPU time', (ms: number) => `${ms / 1000} s`],
  ['memoryBytes', 'memoryBytesMax', 'memory', (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MB`],
] as const

/** What tiers allow and this server does not, as sentences. No contradiction: the server's limit is for every tier, and the smaller one counts. */
export function tiersBeyond(settings: Settings): string[] {
  return [...readTiers(settings.tiers).values()].flatMap((tier) =>
    ofTiers.flatMap(([name, most, what, shown]) =>
      (tier[name] ?? 0) <= settings[most]
        ? []
        : `The tier "${tier.name}" allows an execution ${shown(tier[name] ?? 0)} of ${what}, and this server at most ${shown(settings[most])}, which is what its users get: raise ${settingTable[most].env} to give them more.`,
    ),
  )
}

const partsOf = (list: string): string[] =>
  list
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
