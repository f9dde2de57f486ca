/**
 * The posture of a sandbox: what is in force around a program, read from inside a real running one (inside/look.py) and, as
 * far as the host can see it, from outside; compared with what is written down for its driver (expected/).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Isolation } from '../sandbox.ts'

const Mount = z.object({ at: z.string(), kind: z.string(), flags: z.array(z.string()) })
export type Mount = z.infer<typeof Mount>

/** What look.py prints. The program is ours but runs where user code will: its words are checked like anybody's. */
export const InsideFacts = z.object({
  pid: z.int().positive(),
  user: z.string(),
  group: z.string(),
  groups: z.array(z.string()).nullable(),
  capabilities: z.record(z.string(), z.string().nullable()),
  noNewPrivileges: z.string().nullable(),
  seccomp: z.string().nullable(),
  namespaces: z.record(z.string(), z.string().nullable()).nullable(),
  mounts: z.array(Mount).nullable(),
  writable: z.array(z.string()).nullable(),
  descriptors: z.record(z.string(), z.string()).nullable(),
  environment: z.array(z.string()),
  interfaces: z.array(z.string()).nullable(),
  devices: z.array(z.string()).nullable(),
  processes: z.number().nullable(),
  limits: z.record(z.string(), z.number()).nullable(),
  hostname: z.string().nullable(),
})
export type InsideFacts = z.infer<typeof InsideFacts>

/** With what only the host knows: whose kernel user it is, and which namespaces are not the server's own. */
export type PostureFacts = Omit<InsideFacts, 'namespaces' | 'pid'> & {
  readonly namespaces: Readonly<Record<string, string>> | null
  readonly kernelUser: string
}

/**
 * A fact may be written as its value, as a list of values of which one must be there (`oneOf`), or as not compared, with the
 * reason. A name that ends in `?` may be missing. Mounts are rules: the first that fits a place decides, and each must fit.
 */
const notCompared = z.strictObject({ notCompared: z.string() })
const Value = z.union([z.string(), z.number(), z.strictObject({ oneOf: z.array(z.string()) }), notCompared])
const Names = z.union([z.array(z.string()), notCompared])
const Values = z.union([z.record(z.string(), Value), notCompared])
const MountRule = z.strictObject({
  at: z.string().describe('A place; with /* at its end, all below it; with ? after it, it may be missing'),
  kind: z.string().optional(),
  flags: z.array(z.string()),
})
export const Expectation = z.strictObject({
  kernelUser: Value,
  user: Value,
  group: Value,
  groups: Names,
  capabilities: Values,
  noNewPrivileges: Value,
  seccomp: Value,
  namespaces: Values,
  mounts: z.union([z.array(MountRule), notCompared]),
  writable: Names,
  descriptors: Values,
  environment: Names,
  interfaces: Names,
  devices: Names,
  processes: Value,
  limits: Values,
  hostname: Value,
})
export type Expectation = z.infer<typeof Expectation>

/** `flavour`: of a driver that has several. */
export function expectationOf(isolation: Isolation, flavour?: string): Expectation {
  const name = flavour === undefined ? isolation : `${isolation}-${flavour}`
  return Expectation.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'expected', `${name}.json`), 'utf8')))
}

const words: Readonly<Record<keyof Expectation, string>> = {
  kernelUser: 'the user that the kernel sees',
  user: 'the user',
  group: 'the group',
  groups: 'the further group',
  capabilities: 'the set of capabilities',
  noNewPrivileges: 'no_new_privs',
  seccomp: 'the seccomp mode',
  namespaces: 'the namespace',
  mounts: 'the mount',
  writable: 'the writable place',
  descriptors: 'the open descriptor',
  environment: 'the environment variable',
  interfaces: 'the network interface',
  devices: 'the device',
  processes: 'the number of visible processes',
  limits: 'the limit',
  hostname: 'the host name',
}

/** Clauses about what differs from what is meant, most of them short; empty when all is well. */
export function comparePosture(facts: PostureFacts, expected: Expectation): string[] {
  return [
    ...(['kernelUser', 'user', 'group', 'noNewPrivileges', 'seccomp', 'processes', 'hostname'] as const).flatMap((name) =>
      compareValue(words[name], facts[name], expected[name]),
    ),
    ...(['capabilities', 'namespaces', 'descriptors', 'limits'] as const).flatMap((name) =>
      compareValues(words[name], facts[name], expected[name]),
    ),
    ...(['groups', 'writable', 'environment', 'interfaces', 'devices'] as const).flatMap((name) =>
      compareNames(words[name], facts[name], expected[name]),
    ),
    ...compareMounts(facts.mounts, expected.mounts),
  ]
}

function compareValue(what: string, found: string | number | null | undefined, expected: z.infer<typeof Value>): string[] {
  if (typeof expected === 'object') {
    if ('notCompared' in expected) return []
    return expected.oneOf.includes(String(found)) ? [] : [`${what} is ${shown(found)}, not ${expected.oneOf.join(' or ')}`]
  }
  return found === expected ? [] : [`${what} is ${shown(found)}, not ${shown(expected)}`]
}

function compareValues(
  what: string,
  found: Readonly<Record<string, string | number | null>> | null,
  expected: z.infer<typeof Values>,
): string[] {
  if ('notCompared' in expected && typeof expected.notCompared === 'string') return []
  if (found === null) return [`${what} cannot be read`]
  const rules = Object.entries(expected as Record<string, z.infer<typeof Value>>)
  const named = rules.map(([name]) => plain(name))
  return [
    ...rules.flatMap(([name, value]) =>
      name.endsWith('?') && !Object.hasOwn(found, plain(name))
        ? []
        : compareValue(`${what} ${plain(name)}`, found[plain(name)], value),
    ),
    ...Object.keys(found)
      .filter((name) => !named.includes(name))
      .map((name) => `${what} ${name} (${shown(found[name])}) should not be there`),
  ]
}

function compareNames(what: string, found: readonly string[] | null, expected: z.infer<typeof Names>): string[] {
  if (!Array.isArray(expected)) return []
  if (found === null) return [`${what} cannot be read`]
  const named = expected.map(plain)
  return [
    ...found.filter((name) => !named.includes(name)).map((name) => `${what} ${name} should not be there`),
    ...expected.filter((name) => !name.endsWith('?') && !found.includes(name)).map((name) => `${what} ${name} is missing`),
  ]
}

function compareMounts(found: readonly Mount[] | null, rules: Expectation['mounts']): string[] {
  if (!Array.isArray(rules)) return []
  if (found === null) return ['the mounts cannot be read']
  const used = new Set<z.infer<typeof MountRule>>()
  const wrong = found.flatMap((mount) => {
    const rule = rules.find(({ at }) => covers(plain(at), mount.at))
    if (rule === undefined) return [`${words.mounts} ${mount.at} (${mount.kind}, ${mount.flags.join(' ')}) should not be there`]
    used.add(rule)
    const lacking = rule.flags.filter((flag) => !mount.flags.includes(flag))
    return [
      ...(rule.kind === undefined || rule.kind === mount.kind
        ? []
        : [`${words.mounts} ${mount.at} is ${mount.kind}, not ${rule.kind}`]),
      ...lacking.map((flag) => `${words.mounts} ${mount.at} is not ${flag}`),
    ]
  })
  const missing = rules.filter((rule) => !used.has(rule) && !/\?$|\/\*$/.test(rule.at))
  return [...wrong, ...missing.map(({ at }) => `${words.mounts} ${at} is missing`)]
}

const plain = (name: string): string => name.replace(/\?$/, '')

const covers = (pattern: string, place: string): boolean =>
  pattern.endsWith('/*') ? place.startsWith(pattern.slice(0, -1)) : place === pattern

const shown = (value: unknown): string => (value === null || value === undefined || value === '' ? 'unknown' : String(value))
