/** Whom a program may reach: nobody, unless the request asks for it and the server's list allows it. */
import { Refusal } from '@atelier/protocol/errors'
import type { NetworkRequest } from '@atelier/protocol/executions'
import { covers, hostPattern, isolationsWithEgress, type OpenEgress } from '@atelier/sandbox/egress/egress'
import type { Isolation } from '@atelier/sandbox/sandbox'

/** What this folder needs of the way out; null where the server has none. */
export interface EgressSource {
  readonly policy: { readonly hosts: readonly string[] }
  open(execution: string, hosts: readonly string[]): Promise<OpenEgress>
}

/** Opens the way out of one execution, when it starts. */
export type EgressGrant = (execution: string) => Promise<OpenEgress>

const pointer = '/network'

/** Null when none was asked for. Refuses with `network-refused` what the server's list does not cover. */
export function grantNetwork(
  asked: NetworkRequest | undefined,
  level: Isolation,
  egress: EgressSource | null,
): EgressGrant | null {
  if (asked === undefined || asked === false) return null
  if (egress === null || egress.policy.hosts.length === 0)
    throw refusal(
      'Programs have no network on this server. Leave "network" out, or ask the person who hosts to name hosts in ATELIER_EGRESS_HOSTS.',
      'is not offered here',
    )
  if (!isolationsWithEgress.includes(level))
    throw refusal(
      `The isolation "${level}" has no way out that could be watched. Ask for ${isolationsWithEgress.join(' or ')}, or leave "network" out.`,
      `is not possible with ${level}`,
    )
  if (asked === true) return (execution) => egress.open(execution, egress.policy.hosts)
  const hosts = asked.hosts.map((host) => allowed(host, egress.policy.hosts))
  return (execution) => egress.open(execution, hosts)
}

function allowed(host: string, hosts: readonly string[]): string {
  const pattern = hostPattern(host)
  if (pattern === null)
    throw refusal(
      `${JSON.stringify(host)} is no host: write a name such as "pypi.org", or "*.example.org" for all names below it.`,
      'has a host that is no name',
    )
  if (covers(hosts, pattern)) return pattern
  throw refusal(
    `Programs on this server may not reach ${pattern}. They may reach ${hosts.join(', ')}.`,
    `may not have ${pattern}`,
  )
}

const refusal = (sentence: string, detail: string): Refusal =>
  new Refusal('network-refused', sentence, { errors: [{ pointer, detail }] })
