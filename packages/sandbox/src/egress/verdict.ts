/**
 * Whether a program may connect to a host, and to which address: resolve, check, pin. The name is looked up once; all its
 * addresses must be public; the connection then goes to a checked address, so a second answer of the resolver (rebinding)
 * has nobody to ask for it.
 */
import { isIP } from 'node:net'
import { covers, hostName } from './hosts.ts'

export type Target = { readonly host: string; readonly port: number }

export type Verdict =
  | { readonly allowed: true; readonly addresses: readonly string[] }
  | { readonly allowed: false; readonly status: 403 | 502; readonly reason: string }

export type VerdictOptions = {
  readonly hosts: readonly string[]
  readonly ports: readonly number[]
  readonly resolve: (host: string) => Promise<readonly string[]>
  readonly isAllowedAddress: (address: string) => boolean
}

/** More addresses of one name are not tried. */
const addressesAtMost = 4

export async function judgeTarget({ host, port }: Target, options: VerdictOptions): Promise<Verdict> {
  const no = (reason: string, status: 403 | 502 = 403): Verdict => ({ allowed: false, status, reason })
  if (!options.ports.includes(port)) return no(`port ${port} is not among ${options.ports.join(', ')}`)
  // Only names stand in lists: an address, in whatever spelling, would pass no list but the one of everything.
  const name = isIP(host.replace(/^\[|\]$/g, '')) === 0 ? hostName(host) : null
  if (name === null) return no('only hosts with a name can be reached')
  if (!covers(options.hosts, name)) return no(`${name} is not among the hosts that this program may reach`)
  let addresses: readonly string[]
  try {
    addresses = await options.resolve(name)
  } catch {
    return no(`${name} has no address`, 502)
  }
  if (addresses.length === 0) return no(`${name} has no address`, 502)
  if (!addresses.every(options.isAllowedAddress)) return no(`${name} has an address that is not on the public internet`)
  return { allowed: true, addresses: addresses.slice(0, addressesAtMost) }
}
