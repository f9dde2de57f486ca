/**
 * Which addresses a program may reach: those of the public internet and no others. What is private, local, shared, reserved
 * or only a wrapping of an IPv4 address (mapped, NAT64, 6to4, Teredo) is refused, and so are addresses under which clouds
 * tell a machine its secrets although they look public.
 */
import ipaddr from 'ipaddr.js'

/** Azure's host (WireServer): https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 */
const neverPublic = new Set(['168.63.129.16'])
/** Global unicast, all of IPv6 that is routed on the internet (RFC 4291, section 2.4). */
const routed: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/** Whether `address`, as a resolver gives it, is one of the public internet. Anything that is no plain address is not. */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address))
    return ipaddr.IPv4.parse(address).range() === 'unicast' && !neverPublic.has(address)
  if (!ipaddr.IPv6.isValid(address) || address.includes('%')) return false
  const parsed = ipaddr.IPv6.parse(address)
  return parsed.range() === 'unicast' && parsed.match(routed)
}
