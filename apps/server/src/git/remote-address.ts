/**
 * Addresses of other git servers. They are read once, here, by the rules of the web; git gets the text that comes out, which begins with
 * https and the name of a host that the server's list covers. That the name leads to a public address is the proxy's to see
 * (packages/sandbox/src/egress).
 */
import { isIP } from 'node:net'
import { Refusal } from '@atelier/protocol/errors'
import { gitLimits } from '@atelier/protocol/git'
import { covers } from '@atelier/sandbox/egress/egress'

export type RemotePolicy = { readonly hosts: readonly string[]; readonly ports: readonly number[] }
/** `host`: with the port, when it is not the usual one. What a token belongs to. */
export type RemoteAddress = { readonly url: string; readonly host: string; readonly name: string }

/** @throws Refusal invalid-request, network-refused, git-unavailable */
export function parseRemote(text: string, policy: RemotePolicy): RemoteAddress {
  if (policy.hosts.length === 0) throw noHosts()
  const given = text.trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (given.length > gitLimits.urlLength || /[\u0000-\u0020\u007f\\]/.test(given) || !URL.canParse(given)) throw notAnAddress()
  const url = new URL(given)
  if (url.protocol !== 'https:') throw notAnAddress()
  if (url.username !== '' || url.password !== '')
    throw refused('has a name or a token in it', 'Take it out of the address, and store it as the token of that host.')
  if (url.search !== '' || url.hash !== '' || url.pathname === '/')
    throw refused('is not that of a repository', 'It looks like https://host/owner/name.git.')
  // Of an address in whatever spelling (decimal, octal, short) the parser has made its usual form.
  const name = url.hostname.replace(/\.$/, '')
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name.startsWith('['))
    throw notReachable('an address of numbers', policy, 'Only hosts with a name can be reached.')
  if (!covers(policy.hosts, name)) throw notReachable(name, policy)
  const port = Number(url.port || 443)
  if (!policy.ports.includes(port)) throw notReachable(`port ${port}`, policy, `Only port ${policy.ports.join(', ')} can be.`)
  const host = port === 443 ? name : `${name}:${port}`
  return { url: `https://${host}${url.pathname}`, host, name }
}

/** What a token is stored for: a host that may be reached. */
export function parseTokenHost(text: string, policy: RemotePolicy): string {
  return parseRemote(`https://${text}/repository`, policy).host
}

const refused = (why: string, next: string): Refusal =>
  new Refusal('invalid-request', `The address ${why}. ${next}`, { errors: [{ pointer: '/url', detail: why }] })

const notAnAddress = (): Refusal => refused('is not one that git can be given here', 'It looks like https://host/owner/name.git.')

function notReachable(what: string, { hosts }: RemotePolicy, more = ''): Refusal {
  return new Refusal(
    'network-refused',
    `Git on this server may not reach ${what}. ${more === '' ? '' : `${more} `}It may reach ${hosts.join(', ')}.`,
    { errors: [{ pointer: '/url', detail: 'may not be reached' }] },
  )
}

export const noHosts = (): Refusal =>
  new Refusal(
    'network-refused',
    'Git on this server reaches no other server. Upload a bundle instead (git bundle create project.bundle --all), or ask the person who hosts to name hosts in ATELIER_GIT_HOSTS, such as github.com.',
  )
