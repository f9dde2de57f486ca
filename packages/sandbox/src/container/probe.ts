/** What this machine offers to the container driver, and how to get what is missing. */
import type { Cgroups } from '../cgroups/cgroups.ts'
import { versionOf } from '../driver/commands.ts'
import { conclude, found, kernelSetting, missing } from '../driver/findings.ts'
import type { Finding, Probe } from '../sandbox.ts'
import type { UserRange } from './users.ts'

export type ProbeOptions = {
  readonly users: UserRange | null
  readonly cgroups: Cgroups
}

/** What makes boxes weaker when it is missing, but not impossible. */
const weaker = ['users', 'control groups']

/** Whether a box can really be opened, and is as meant, is seen when one is examined (posture/examine.ts). */
export async function probeContainer({ users, cgroups }: ProbeOptions): Promise<Probe> {
  const tools = await Promise.all([findBubblewrap(), findPython(), findStage(users)])
  const findings: Finding[] = [...tools.flat(), ...userNamespaces(), whoBoxesAre(users), limitsInForce(cgroups)]
  const groups = cgroups.kind === 'none' ? 'memory and CPU watched by the box itself' : `cgroup ${cgroups.kind} limits`
  const who = users === null ? 'all boxes share one user' : 'a user of its own per box'
  return conclude(findings, `all namespaces, seccomp, no network, read-only system, ${groups}, ${who}`, weaker)
}

function findBubblewrap(): Promise<Finding> {
  const lacking = missing('bubblewrap', 'bubblewrap is not installed', 'install it: apt-get install bubblewrap')
  return versionOf('bwrap').then(
    (version) => found('bubblewrap', version),
    () => lacking,
  )
}

function findPython(): Promise<Finding> {
  const detail = '/usr/bin/python3, which also prepares the boxes, is not installed'
  const lacking = missing('python', detail, 'install it: apt-get install python3')
  return versionOf('/usr/bin/python3').then(
    (version) => found('python', version),
    () => lacking,
  )
}

/** Root starts bubblewrap as another user through these two. */
async function findStage(users: UserRange | null): Promise<Finding[]> {
  if (users === null) return []
  const answers = ['unshare', 'setpriv'].map((name) =>
    versionOf(name).then(
      () => [],
      () => [name],
    ),
  )
  const lacking = (await Promise.all(answers)).flat()
  return lacking.length === 0
    ? []
    : [missing('util-linux', `not installed: ${lacking.join(', ')}`, 'install them: apt-get install util-linux')]
}

function userNamespaces(): Finding[] {
  const name = 'user namespaces'
  if (kernelSetting('/proc/sys/user/max_user_namespaces') === 0) {
    return [missing(name, 'this system allows no user namespaces', 'as root: sysctl user.max_user_namespaces=10000')]
  }
  if (kernelSetting('/proc/sys/kernel/unprivileged_userns_clone') === 0) {
    const detail = 'this system forbids user namespaces to ordinary users'
    return [missing(name, detail, 'as root: sysctl kernel.unprivileged_userns_clone=1')]
  }
  const detail =
    kernelSetting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1
      ? 'allowed, as far as AppArmor lets bubblewrap (if no box opens: install the profile of bubblewrap, or as root sysctl kernel.apparmor_restrict_unprivileged_userns=0)'
      : 'allowed'
  return [found(name, detail)]
}

function whoBoxesAre(users: UserRange | null): Finding {
  if (users !== null) {
    const last = users.first + users.count - 1
    return found('users', `each box has a user id of its own, ${users.first + 1} to ${last}; none is root`)
  }
  return missing(
    'users',
    'all boxes run as the user of this server: a hole in the kernel’s namespaces would reach its files and its other boxes',
    'start the server as root: boxes then get user ids that own nothing',
  )
}

function limitsInForce(cgroups: Cgroups): Finding {
  if (cgroups.kind !== 'none') return found('control groups', cgroups.detail)
  return missing(
    'control groups',
    `none: what a box uses of memory and CPU time is added up ten times a second, so it can go over for a moment (${cgroups.detail})`,
    'start the server as root, or with delegated groups: systemd-run --user --scope -p Delegate=yes …',
  )
}
