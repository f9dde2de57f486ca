/** gVisor's runtime as one kind of OCI runtime: how it is called, and what it leaves to its own kernel. */

import { defaultPreload } from '../container/preload.ts'
import { architecture } from '../container/seccomp/architecture.ts'
import { seccompFilter } from '../container/seccomp/filter.ts'
import type { Runtime } from '../oci/oci-driver.ts'
import { ociConfig } from '../oci/spec.ts'

/** The program's user, inside: gVisor's kernel knows as many as it likes, on one user of the host. */
const INSIDE_USER = 1000

/** For the agent, and only in gVisor's kernel; the host's sees a user without any. */
const capabilities = ['SYS_ADMIN', 'SETUID', 'SETGID', 'SETPCAP', 'KILL', 'CHOWN', 'NET_ADMIN', 'SYS_RESOURCE', 'DAC_OVERRIDE']

export function gvisorRuntime(program: string): Runtime {
  // Held by gVisor's kernel itself: what a program cannot ask for there is no way into it either.
  const seccomp = Buffer.from(seccompFilter(architecture())).toString('base64')
  return {
    isolation: 'gvisor',
    program,
    agentUser: null,
    setup: () => ({
      ...{ user: INSIDE_USER, seccomp, mountsDisk: true, hides: true, groups: 'pids' },
      preload: defaultPreload,
    }),
    config: ({ stageFolder }) =>
      ociConfig({
        rootFolder: `${stageFolder}/root`,
        agentUser: 0,
        capabilities: capabilities.map((name) => `CAP_${name}`),
        mounts: [{ destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec'] }],
        maskedPaths: [],
        readonlyPaths: [],
      }),
    // Everything of it, its supervisor too, is the slot's user on the host: rootless, in a user namespace without others.
    command: ({ program: path, bundle, id, user }) => [
      ...['setpriv', '--reuid', String(user), '--regid', String(user), '--clear-groups', '--'],
      ...[path, '--rootless', `--root=${bundle}/state`, '--platform=systrap', '--network=none', '--ignore-cgroups'],
      ...['--overlay2=none', '--host-uds=none', '--oci-seccomp=false', 'run', `--bundle=${bundle}`, id],
    ],
    before: () => '',
    overhead: gvisorOverhead,
  }
}

const MB = 1024 * 1024

/** Measured: 60 MB stand there when a box is ready. Each thread of a program is one or two of the host. */
const gvisorOverhead = { memoryBytes: 128 * MB, growthBytes: 24 * MB, processes: 512 }
