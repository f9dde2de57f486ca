/**
 * What others use to wall a program in, as far as it is installed here: one start for each execution, the same interpreter, all
 * namespaces, no network, a read-only root. None of them has our cgroup limits and our seccomp filter: the comparison favours them.
 */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Command, commandRunner } from './command.ts'
import { type BenchProgram, interpreters, plainEnvironment, type Runner } from './runner.ts'

/** Shown in every one of them, as far as it is there. */
const shown = ['/usr', '/lib', '/lib64', '/bin', '/etc/alternatives', '/etc/ld.so.cache']
const pathFolders = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin']

type Peer = {
  readonly program: string
  readonly needsRoot: boolean
  command(path: string, program: BenchProgram, folder: string): Omit<Command, 'name' | 'folder'>
}

const peers: readonly Peer[] = [
  { program: 'bwrap', needsRoot: false, command: bubblewrap },
  { program: 'crun', needsRoot: true, command: (path, ...rest) => ociRuntime([path, 'run'], ...rest) },
  { program: 'runc', needsRoot: true, command: (path, ...rest) => ociRuntime([path, 'run'], ...rest) },
  {
    program: 'runsc',
    needsRoot: true,
    command: (path, program, folder) =>
      ociRuntime(
        [path, `--root=${join(folder, 'state')}`, '--platform=systrap', '--network=none', '--ignore-cgroups', 'run'],
        program,
        folder,
      ),
  },
  { program: 'podman', needsRoot: true, command: podman },
]

/** The names of all peers, installed or not. */
export const peerNames: readonly string[] = peers.map(({ program }) => program)

/** Those that are installed. */
export function peerRunners(program: BenchProgram): Runner[] {
  return peers.flatMap((peer) => {
    const path = pathFolders.map((folder) => join(folder, peer.program)).find(isExecutable)
    if (path === undefined || (peer.needsRoot && process.geteuid?.() !== 0)) return []
    const folder = mkdtempSync(join(tmpdir(), `atelier-bench-${peer.program}-`))
    mkdirSync(join(folder, 'project'))
    writeFileSync(join(folder, 'project', program.file), program.text)
    const command = peer.command(path, program, folder)
    const close = async () => {
      await command.close()
      rmSync(folder, { recursive: true, force: true })
    }
    return [commandRunner({ ...command, close, name: peer.program, folder })]
  })
}

const close = async (): Promise<void> => {}
const innerArgv = ({ language, file }: BenchProgram): string[] => [interpreters[language], `/project/${file}`]
/** Everything shown, the interpreter's own folder too. */
const shownFor = ({ language }: BenchProgram): string[] =>
  [...shown, dirname(interpreters[language])].filter((path, index, all) => existsSync(path) && all.indexOf(path) === index)

function bubblewrap(path: string, program: BenchProgram, folder: string) {
  const binds = shownFor(program).flatMap((each) => ['--ro-bind', each, each])
  const inner = ['--bind', join(folder, 'project'), '/project', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp']
  const argv = [path, '--unshare-all', '--die-with-parent', ...binds, ...inner, '--chdir', '/project', ...innerArgv(program)]
  return { argv: () => argv, close }
}

function ociRuntime(command: readonly string[], program: BenchProgram, folder: string) {
  mkdirSync(join(folder, 'rootfs'))
  const mount = (source: string, writable: boolean) => ({
    ...{ destination: source.startsWith(folder) ? '/project' : source, source, type: 'bind' },
    options: ['rbind', writable ? 'rw' : 'ro', 'nosuid', 'nodev'],
  })
  const config = {
    ociVersion: '1.0.2',
    process: {
      ...{ terminal: false, user: { uid: 65_534, gid: 65_534 }, args: innerArgv(program), cwd: '/project' },
      env: Object.entries(plainEnvironment).map(([name, value]) => `${name}=${value}`),
      ...{ capabilities: {}, noNewPrivileges: true },
    },
    root: { path: 'rootfs' },
    hostname: 'bench',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'size=64m'] },
      ...shownFor(program).map((path) => mount(path, false)),
      mount(join(folder, 'project'), true),
    ],
    linux: { namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const whole = (id: string): string[] => [...command, '--bundle', folder, id]
  // crun refuses a host whose second, empty hierarchy of control groups lies beside the first.
  const hybrid =
    command[0]?.endsWith('crun') === true && readFileSync('/proc/mounts', 'latin1').includes(' /sys/fs/cgroup/unified ')
  const alone = ['unshare', '--mount', 'sh', '-c', 'umount /sys/fs/cgroup/unified && exec "$@"', 'sh']
  return { argv: (id: string) => (hybrid ? [...alone, ...whole(id)] : whole(id)), close }
}

function podman(path: string, program: BenchProgram, folder: string) {
  mkdirSync(join(folder, 'rootfs'))
  const volumes = shownFor(program).flatMap((each) => ['-v', `${each}:${each}:ro`])
  const walls = [
    '--network=none',
    '--cgroups=disabled',
    '--read-only',
    '--rm',
    '--ulimit',
    'nofile=1024:1024',
    '--ulimit',
    'nproc=512:512',
  ]
  // The runtime that is usual, crun, refuses some hosts.
  const runtime = pathFolders.map((each) => join(each, 'runc')).find(isExecutable)
  const argv = [
    path,
    ...(runtime === undefined ? [] : ['--runtime', runtime]),
    'run',
    ...walls,
    ...volumes,
    '-v',
    `${join(folder, 'project')}:/project`,
    '-w',
    '/project',
  ]
  return { argv: () => [...argv, '--rootfs', join(folder, 'rootfs'), ...innerArgv(program)], close }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
