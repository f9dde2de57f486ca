/** Lists of hosts: `example.org` is that host, `*.example.org` every name below it, `*` every name. */

const labels = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** A name as it is compared and resolved: lower case, without the root's dot. Null for what is no name of a host. */
export function hostName(text: string): string | null {
  const name = text.toLowerCase().replace(/\.$/, '')
  return labels.test(name) ? name : null
}

/** A pattern in its one form, or null for what is none. */
export function hostPattern(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed === '*') return '*'
  const name = hostName(trimmed.startsWith('*.') ? trimmed.slice(2) : trimmed)
  return name === null ? null : trimmed.startsWith('*.') ? `*.${name}` : name
}

/** Whether a pattern of the list covers `host`, which is a name or itself a pattern (then: all that it covers). */
export function covers(patterns: readonly string[], host: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*' || pattern === host) return true
    return pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host !== pattern.slice(1)
  })
}
