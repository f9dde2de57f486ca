/**
 * One box as an OCI runtime reads it (config.json): https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config.md
 * The process is the guest agent; what it may do counts for it alone, programs get none of it.
 */
import { baseEnvironment } from '../container/environment.ts'

export type OciBox = {
  /** The root filesystem, as the runtime sees it. */
  readonly rootFolder: string
  /** The agent's user and group. */
  readonly agentUser: number
  readonly capabilities: readonly string[]
  readonly mounts: readonly OciMount[]
  readonly maskedPaths: readonly string[]
  readonly readonlyPaths: readonly string[]
}

export type OciMount = {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

/** The command of the agent; its stream is its standard input and output. */
export const agentCommand = ['/usr/bin/python3', '/z/agent/agent.py', '0', '1'] as const

export function ociConfig(box: OciBox): object {
  const { capabilities } = box
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: box.agentUser, gid: box.agentUser, umask: 0 },
      args: agentCommand,
      // What the loader has resolved once, no fork need resolve again.
      env: Object.entries({ ...baseEnvironment, LD_BIND_NOW: '1' }).map(([name, value]) => `${name}=${value}`),
      cwd: '/',
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
        inheritable: capabilities,
        ambient: box.agentUser === 0 ? [] : capabilities,
      },
      rlimits: [],
      noNewPrivileges: true,
    },
    root: { path: box.rootFolder, readonly: true },
    hostname: 'atelier',
    mounts: box.mounts,
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
      maskedPaths: box.maskedPaths,
      readonlyPaths: box.readonlyPaths,
      resources: {},
    },
  }
}
