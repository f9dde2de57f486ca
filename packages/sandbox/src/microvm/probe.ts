/** What this machine offers to the microvm driver, and how to get what is missing. */
import { existsSync } from 'node:fs'
import type { Cgroups } from '../cgroups/cgroups.ts'
import { causeOf, conclude, found, missing } from '../driver/findings.ts'
import type { Finding, Probe, Sandbox, SandboxLimits, SandboxSpec } from '../sandbox.ts'
import { qemuProgram } from './qemu.ts'
import type { Acceleration } from './templates.ts'

export type ProbeOptions = {
  readonly image: string | null
  readonly limits: SandboxLimits
  readonly isRoot: boolean
  readonly cgroups: () => Cgroups
  readonly open: (spec: SandboxSpec) => Promise<Sandbox>
  readonly accelerator: (folder: string) => Promise<Acceleration>
}

const tools = [
  { file: qemuProgram, package: 'qemu-system-x86' },
  { file: '/usr/share/qemu/qboot.rom', package: 'qemu-system-data' },
  { file: '/usr/bin/mkfs.erofs', package: 'erofs-utils' },
  { file: '/usr/bin/bwrap', package: 'bubblewrap' },
  { file: '/usr/bin/python3', package: 'python3' },
  { file: '/usr/bin/setpriv', package: 'util-linux' },
  { file: '/usr/bin/dpkg-deb', package: 'dpkg' },
] as const

/** What makes machines slower or less watched when it is missing, but not impossible. */
const weaker = ['acceleration', 'users', 'control groups']

export async function probeMicrovm(options: ProbeOptions): Promise<Probe> {
  const findings = [architecture(), programs(), imageThere(options.image)]
  if (options.image !== null && findings.every((finding) => finding.ok)) findings.push(...(await tryOut(options, options.image)))
  const acceleration = findings.find((finding) => finding.name === 'acceleration')?.detail ?? ''
  const wall = 'a machine and a kernel of its own for every program, no network device, read-only disks, cgroup v2 limits inside'
  return conclude(findings, `${wall}; ${acceleration}`, weaker)
}

function architecture(): Finding {
  return process.arch === 'x64'
    ? found('processor', 'x64')
    : missing('processor', `there is no machine for ${process.arch} yet: only for x64`, '')
}

function programs(): Finding {
  const absent = [...new Set(tools.filter(({ file }) => !existsSync(file)).map((tool) => tool.package))]
  if (absent.length === 0) return found('programs', 'QEMU and the tools that make its disks are installed')
  const remedy = `as root: apt-get install -y --no-install-recommends ${absent.join(' ')}`
  return missing('programs', `not installed: ${absent.join(', ')}`, remedy)
}

function imageThere(image: string | null): Finding {
  if (image !== null) return found('toolchain image', 'it becomes the machines’ disk')
  return missing(
    'toolchain image',
    'there is no toolchain image (yet), and machines show no other files: the host’s own are not offered',
    'wait until it is built, or let it be built',
  )
}

async function tryOut({ accelerator, open, limits, isRoot, cgroups }: ProbeOptions, folder: string): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    const { works, detail } = await accelerator(folder)
    const remedy = 'use a machine whose /dev/kvm works for the group kvm'
    findings.push(works ? found('acceleration', detail) : missing('acceleration', detail, remedy))
    findings.push(users(isRoot), groupsInForce(cgroups()))
    const sandbox = await open({ root: { kind: 'image', folder }, warmth: 'exec' })
    try {
      const program = { argv: ['true'], environment: {}, files: [], limits }
      const { reason, exitCode, fault } = await sandbox.start(program, () => {}).ended
      if (exitCode !== 0) throw new Error(`a first program ended with ${reason} ${exitCode} ${fault ?? ''}`.trim())
      findings.push(found('machine', 'a machine was copied from its template, ran a program and was destroyed'))
    } finally {
      await sandbox.destroy()
    }
  } catch (error) {
    findings.push(missing('machine', `no machine could be started: ${causeOf(error)}`, 'see the other findings and the log'))
  }
  return findings
}

function users(isRoot: boolean): Finding {
  if (isRoot) return found('users', 'each machine runs as a user of its own that owns nothing; none is root')
  return missing(
    'users',
    'all machines run as the user of this server',
    'start the server as root: machines then get users that own nothing',
  )
}

function groupsInForce(cgroups: Cgroups): Finding {
  if (cgroups.kind !== 'none') return found('control groups', cgroups.detail.replaceAll('box', 'machine'))
  return missing(
    'control groups',
    `none for whole machines (${cgroups.detail}); within a machine its own kernel’s are in force`,
    '',
  )
}
