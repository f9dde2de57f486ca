/** What this machine offers to the container driver, and how to get what is missing. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Cgroups } from '../cgroups/cgroups.ts'
import type { Finding, Probe } from '../sandbox.ts'
import type { UserRange } from './users.ts'

export type ProbeOptions = {
  readonly users: UserRange | null
  readonly cgroups: Cgroups
}

const run = promisify(execFile)

/** What makes boxes weaker when it is missing, but not impossible. */
const weaker = ['users', 'control groups']

/** Whether a box can really be opened, and is as meant, is seen when one is examined (posture/examine.ts). */
export async function probeContainer({ users, cgroups }: ProbeOptions): Promise<Probe> {
  const tools = await Promise.all([findBubblewrap(), findPython(), findStage(users)])
  const findings: Finding[] = [...tools.flat(), ...userNamespaces(), whoBoxesAre(users), limitsInForce(cgroups)]
  const usable = findings.every((finding) => finding.ok || weaker.includes(finding.name))
  const groups = cgroups.kind === 'none' ? 'memory and CPU watched by the box itself' : `cgroup ${cgroups.kind} limits`
  const who = users === null ? 'all boxes share one user' : 'a user of its own per box'
  return {
    usable,
    summary: usable
      ? `all namespaces, seccomp, no network, read-only system, ${groups}, ${who}`
      : `not usable here: ${findings.findLast((finding) => !finding.ok && !weaker.includes(finding.name))?.detail ?? 'unknown'}`,
    findings,
  }
}

async function findBubblewrap(): Promise<Finding[]> {
  const version = await versionOf('bwrap')
  return [
    version === null
      ? missing('bubblewrap', 'bubblewrap is not installed', 'install it: apt-get install bubblewrap')
      : found('bubblewrap', version),
  ]
}

async function findPython(): Promise<Finding[]> {
  const version = await versionOf('/usr/bin/python3')
  return [
    version === null
      ? missing(
          'python',
          '/usr/bin/python3, which also prepares the boxes, is not installed',
          'install it: apt-get install python3',
        )
      : found('python', version),
  ]
}

/** Root starts bubblewrap as another user through these two. */
async function findStage(users: UserRange | null): Promise<Finding[]> {
  if (users === null) return []
  const lacking = (
    await Promise.all(['unshare', 'setpriv'].map(async (name) => ((await versionOf(name)) === null ? [name] : [])))
  ).flat()
  return lacking.length === 0
    ? []
    : [missing('util-linux', `not installed: ${lacking.join(', ')}`, 'install them: apt-get install util-linux')]
}

function userNamespaces(): Finding[] {
  const name = 'user namespaces'
  if (readNumber('/proc/sys/user/max_user_namespaces') === 0) {
    return [missing(name, 'this system allows no user namespaces', 'as root: sysctl user.max_user_namespaces=10000')]
  }
  if (readNumber('/proc/sys/kernel/unprivileged_userns_clone') === 0) {
    return [
      missing(
        name,
        'this system forbids user namespaces to ordinary users',
        'as root: sysctl kernel.unprivileged_userns_clone=1',
      ),
    ]
  }
  const detail =
    readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1
      ? 'allowed, as far as AppArmor lets bubblewrap (if no box opens: install the profile of bubblewrap, or as root sysctl kernel.apparmor_restrict_unprivileged_userns=0)'
      : 'allowed'
  return [found(name, detail)]
}

function whoBoxesAre(users: UserRange | null): Finding {
  if (users !== null) {
    const last = users.first + users.count - 1
    return found('users', `each box has a user id of its own, ${users.first + 1} to ${last}; none is root`)
  }
  return {
    name: 'users',
    ok: false,
    detail:
      'all boxes run as the user of this server: a hole in the kernel’s namespaces would reach its files and its other boxes',
    remedy: 'start the server as root: boxes then get user ids that own nothing',
  }
}

function limitsInForce(cgroups: Cgroups): Finding {
  if (cgroups.kind !== 'none') return found('control groups', cgroups.detail)
  return {
    name: 'control groups',
    ok: false,
    detail: `none: what a box uses of memory and CPU time is added up ten times a second, so it can go over for a moment (${cgroups.detail})`,
    remedy: 'start the server as root, or with delegated groups: systemd-run --user --scope -p Delegate=yes …',
  }
}

async function versionOf(program: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(program, ['--version'], {
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      timeout: 10_000,
    })
    return (stdout || stderr).trim()
  } catch {
    return null
  }
}

function readNumber(path: string): number | null {
  try {
    return Number(readFileSync(path, 'latin1'))
  } catch {
    return null
  }
}

const found = (name: string, detail: string): Finding => ({ name, ok: true, detail, remedy: '' })

const missing = (name: string, detail: string, remedy: string): Finding => ({ name, ok: false, detail, remedy })
