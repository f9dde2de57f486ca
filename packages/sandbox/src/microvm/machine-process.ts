/**
 * The process around one machine. A guest that broke out of QEMU would find itself in an empty folder with a read-only /usr, as
 * a user that owns nothing, in namespaces without a network, without the right to gain any (bubblewrap); with few descriptors, no core files,
 * in a control group of its own; and behind QEMU's own system call filter (see qemu.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GroupPlan } from '../cgroups/cgroups.ts'
import { commandPath } from '../driver/commands.ts'

export type Stdio = 'ignore' | 'pipe' | number

export type MachineWalls = {
  /** The user and group it runs as; null: our own. */
  readonly user: number | null
  readonly groups: { readonly name: string; readonly plan: GroupPlan }
  /** The device of KVM where the machine uses it. */
  readonly device: { readonly path: string; readonly group: number | null } | null
}

export type MachineCommand = { readonly argv: readonly string[]; readonly stdio: readonly Stdio[]; readonly writesFiles: boolean }

const OPEN_FILES = 128

/** Joins the groups named before "--" by itself (moving another process waits for a grace period), then becomes the command. */
const joinScript = 'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"'

export function startMachine({ argv: command, stdio, writesFiles }: MachineCommand, walls: MachineWalls): ChildProcess {
  const joins = makeGroups(walls.groups)
  const argv = ['-euc', joinScript, 'sh', ...joins, '--', ...asUser(walls), ...limits(writesFiles), ...bubble(walls), ...command]
  return spawn('/bin/sh', argv, { stdio: [...stdio], env: { PATH: commandPath }, cwd: '/' })
}

/** A template's state is written by a command of QEMU's; a copy writes no file at all. */
const limits = (writesFiles: boolean): string[] => [
  ...['prlimit', '--core=0', `--nofile=${OPEN_FILES}`, '--memlock=65536', ...(writesFiles ? [] : ['--fsize=0']), '--'],
]

function asUser({ user, device }: MachineWalls): string[] {
  if (user === null) return ['setpriv', '--no-new-privs', '--']
  const groups = device?.group == null ? ['--clear-groups'] : ['--groups', String(device.group)]
  return ['setpriv', '--reuid', String(user), '--regid', String(user), ...groups, '--no-new-privs', '--']
}

function bubble({ device }: MachineWalls): string[] {
  return [
    ...['bwrap', '--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...[
      '--ro-bind',
      '/usr',
      '/usr',
      '--symlink',
      'usr/lib',
      '/lib',
      '--symlink',
      'usr/lib64',
      '/lib64',
      '--symlink',
      'usr/bin',
      '/bin',
    ],
    ...['--proc', '/proc', '--dir', '/dev'],
    ...(device === null ? [] : ['--dev-bind', device.path, '/dev/kvm']),
    ...['--remount-ro', '/', '--chdir', '/', '--'],
  ]
}

/** Creates the machine's groups with their limits; answers the files through which one joins them. */
function makeGroups({ name, plan }: MachineWalls['groups']): string[] {
  const source = (folder: string) => plan.binds.find((bind) => bind.folder === folder)?.source ?? ''
  for (const folder of plan.folders) mkdirSync(join(source(folder), name))
  for (const [folder, file, value, needed] of plan.limits) {
    try {
      writeFileSync(join(source(folder), name, file), value)
    } catch (error) {
      if (needed) throw error
    }
  }
  return plan.joins.map(([folder, file]) => join(source(folder), name, file))
}
