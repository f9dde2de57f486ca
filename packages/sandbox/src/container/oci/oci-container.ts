/**
 * The OCI flavour of the container driver: the same wall as by bubblewrap, namespaces, groups and seccomp, but made by root
 * through crun, where user namespaces are forbidden or bubblewrap is missing. Opening costs more: a pool belongs in front.
 */
import { findCommand, versionOf } from '../../driver/commands.ts'
import { conclude, found, missing } from '../../driver/findings.ts'
import { OciBoxes, type OciDriverOptions } from '../../oci/oci-driver.ts'
import type { Finding, Probe, SandboxDriver } from '../../sandbox.ts'
import { architecture } from '../seccomp/architecture.ts'
import { seccompFilter } from '../seccomp/filter.ts'
import { defaultFirstUser } from '../users.ts'
import { crunRuntime } from './crun.ts'

export type OciContainerOptions = OciDriverOptions & {
  /** An installed crun; by default the one in the system's folders. */
  readonly program?: string
}

export function createOciContainerDriver(options: OciContainerOptions): SandboxDriver {
  const seccomp = Buffer.from(seccompFilter(architecture())).toString('base64')
  const agentUser = options.firstUser ?? defaultFirstUser
  const boxes = new OciBoxes(options, async () => {
    const program = findCommand(options.program ?? 'crun')
    if (program === null) throw new Error('crun is not installed')
    return crunRuntime(program, seccomp, agentUser)
  })
  return {
    isolation: 'container',
    flavour: 'crun',
    async probe(): Promise<Probe> {
      const { cgroups, users } = boxes
      const findings: Finding[] = [
        found('users', `each box has a user id of its own, ${users.first + 1} to ${users.first + users.count - 1}; none is root`),
        cgroups.kind === 'none'
          ? missing('control groups', `none (${cgroups.detail})`, 'start the server where it is given control groups')
          : found('control groups', cgroups.detail),
        await findCrun(options.program ?? 'crun'),
        process.geteuid?.() === 0
          ? found('root', 'boxes are made by root, and run as users who own nothing')
          : missing('root', 'only root can make boxes without user namespaces', 'start the server as root'),
      ]
      const wall = 'namespaces without user namespaces, made by crun as root; seccomp, no network, read-only system'
      return conclude(findings, `${wall}, cgroup ${cgroups.kind} limits, a user of its own per box`)
    },
    open: (spec, signal) => boxes.open(spec, signal),
    close: () => boxes.close(),
  }
}

async function findCrun(name: string): Promise<Finding> {
  const program = findCommand(name)
  const remedy = 'install it: apt-get install crun'
  if (program === null) return missing('crun', 'crun is not installed', remedy)
  try {
    return found('crun', await versionOf(program))
  } catch (error) {
    return missing('crun', `crun does not start (${error instanceof Error ? error.message : String(error)})`, remedy)
  }
}
