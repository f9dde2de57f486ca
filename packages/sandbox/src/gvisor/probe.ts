/** What this machine offers to the gVisor driver: found out by starting a real one. */
import type { Cgroups } from '../cgroups/cgroups.ts'
import { versionOf } from '../driver/commands.ts'
import { causeOf, conclude, found, kernelSetting, lackingOf, missing } from '../driver/findings.ts'
import type { Runtime } from '../oci/oci-driver.ts'
import type { Finding, Probe, Sandbox, SandboxLimits, SandboxSpec } from '../sandbox.ts'
import { NoRunsc } from './fetch-runsc.ts'

export type GvisorProbe = {
  readonly bring: () => Promise<Runtime>
  readonly open: (spec: SandboxSpec) => Promise<Sandbox>
  readonly cgroups: Cgroups
  readonly users: { readonly first: number; readonly count: number }
  readonly limits: SandboxLimits
}

/** Without it, boxes are weaker but possible. */
const weaker = ['control groups', 'files']

export async function probeGvisor(probe: GvisorProbe): Promise<Probe> {
  const findings: Finding[] = [whoWeAre(), userNamespaces(), limitsInForce(probe.cgroups), uncounted]
  const isMissing = () => lackingOf(findings, weaker) !== undefined
  if (!isMissing()) findings.push(await findRuntime(probe.bring))
  if (!isMissing()) findings.push(await tryOut(probe))
  const groups = probe.cgroups.kind === 'none' ? 'limits watched by the box itself' : `cgroup ${probe.cgroups.kind} limits`
  const wall = 'a kernel of its own in every box (gVisor, systrap), no network, read-only system'
  return conclude(findings, `${wall}, ${groups}, a user of its own per box`, weaker)
}

const uncounted = missing(
  'files',
  'gVisor counts neither files nor refused forks: a program may make as many files as fit into its memory',
  'nothing needs to be done; the container and the microVM count them',
)

function whoWeAre(): Finding {
  return process.geteuid?.() === 0
    ? found('root', 'the server can give every box a user id of its own')
    : missing('root', 'only root can lay out a gVisor box and give it a user of its own', 'start the server as root')
}

function userNamespaces(): Finding {
  const name = 'user namespaces'
  const most = kernelSetting('/proc/sys/user/max_user_namespaces')
  return most === 0
    ? missing(name, 'this system allows no user namespaces', 'as root: sysctl user.max_user_namespaces=10000')
    : found(name, 'allowed')
}

function limitsInForce({ kind, detail }: Cgroups): Finding {
  if (kind !== 'none') return found('control groups', detail)
  const said = `none: memory and CPU time are added up ten times a second inside the box (${detail})`
  return missing('control groups', said, 'start the server where it is given control groups')
}

async function findRuntime(bring: GvisorProbe['bring']): Promise<Finding> {
  try {
    const { program } = await bring()
    return found('runsc', `${await versionOf(program)} at ${program}`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return missing('runsc', reason, error instanceof NoRunsc ? error.remedy : 'name another runsc in the settings')
  }
}

/** What gVisor's kernel calls itself, in every release. */
const gvisorVersion = /^Linux version 4\.4\.0 #1 SMP Sun Jan 10 15:06:54 PST 2016/

/** gVisor's kernel says what it is; the host's would say something else. */
async function tryOut({ open, limits }: GvisorProbe): Promise<Finding> {
  const name = 'box'
  const startedAt = performance.now()
  let sandbox: Sandbox | null = null
  try {
    sandbox = await open({ root: { kind: 'host' }, warmth: 'exec' })
    const openMs = Math.round(performance.now() - startedAt)
    let text = ''
    const program = { argv: ['cat', '/proc/version'], environment: {}, files: [], limits }
    const running = sandbox.start(program, (_, bytes) => {
      text = (text + Buffer.from(bytes).toString()).slice(0, 4000)
    })
    running.endInput()
    const end = await running.ended
    if (gvisorVersion.test(text)) return found(name, `one was started in ${openMs} ms and answered as gVisor`)
    const said = end.fault ?? (text.trim().slice(0, 200) || end.reason)
    return missing(name, `a box was started, but it is not gVisor's kernel that answers (${said})`, 'report this')
  } catch (error) {
    const remedy = 'see the other findings; in a container, allow user namespaces, mounts and ptrace'
    return missing(name, `no gVisor box could be started: ${causeOf(error)}`, remedy)
  } finally {
    await sandbox?.destroy()
  }
}
