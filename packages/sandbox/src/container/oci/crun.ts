/**
 * crun as one kind of OCI runtime, for hosts that allow no user namespaces: boxes are made by root, and hold no process of root.
 * The agent is an ordinary user with the few capabilities it needs to become another one, the slot's; that one has none.
 */

import { commandPath } from '../../driver/commands.ts'
import { runTool } from '../../microvm/tool.ts'
import type { Runtime } from '../../oci/oci-driver.ts'
import { type OciMount, ociConfig } from '../../oci/spec.ts'
import { defaultPreload } from '../preload.ts'

const capabilities = ['SETUID', 'SETGID', 'SETPCAP', 'KILL', 'CHOWN']

const MB = 1024 * 1024
const RESIZE_MS = 10_000

/** As engines mask them: what a kernel tells there is about the machine, not about the box. */
const maskedPaths = ['acpi', 'asound', 'kcore', 'keys', 'latency_stats', 'sched_debug', 'scsi', 'timer_list', 'timer_stats']
const readonlyPaths = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger']

const tree: readonly OciMount[] = [
  mount('/proc', 'proc', 'proc', ['nosuid', 'nodev', 'noexec']),
  mount('/dev', 'tmpfs', 'dev', ['nosuid', 'noexec', 'mode=755', 'size=64k', 'ro']),
  // The kernel counts terminals for the whole machine; without a bound, a few boxes have them all.
  mount('/dev/pts', 'devpts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'max=64']),
]

function mount(destination: string, type: string, source: string, options: readonly string[]): OciMount {
  return { destination, type, source, options }
}

/** `seccomp`: the filter of every program, base64. `agentUser`: an id that nobody else on this machine has. */
export function crunRuntime(program: string, seccomp: string, agentUser: number): Runtime {
  return {
    isolation: 'container',
    program,
    agentUser,
    setup: (user) => ({
      ...{ user, seccomp, mountsDisk: false, hides: false, groups: 'none' },
      preload: defaultPreload,
    }),
    config: ({ stageFolder, name }) => {
      const bundle = `${stageFolder}/boxes/${name}`
      const bind = (place: string, source: string, ...options: string[]) =>
        mount(place, 'bind', `${bundle}/${source}`, ['bind', 'nosuid', 'nodev', ...options])
      return ociConfig({
        ...{ agentUser, rootFolder: `${stageFolder}/root` },
        capabilities: capabilities.map((each) => `CAP_${each}`),
        mounts: [
          ...tree,
          ...[bind('/project', 'disk/project'), bind('/tmp', 'disk/tmp'), bind('/dev/shm', 'disk/shm')],
          ...[bind('/etc/passwd', 'passwd', 'ro'), bind('/etc/group', 'group', 'ro')],
        ],
        maskedPaths: [...maskedPaths.map((path) => `/proc/${path}`), '/sys/firmware'],
        readonlyPaths: readonlyPaths.map((path) => `/proc/${path}`),
      })
    },
    files: (user) => ({
      passwd: `root:x:0:0:root:/:/usr/sbin/nologin\nuser:x:${user}:${user}:user:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n`,
      group: `root:x:0:\nuser:x:${user}:\nnogroup:x:65534:\n`,
    }),
    // The groups were made and joined before: it shall make none, and need not know what kind they are.
    command: ({ program: path, bundle, id }) => [
      ...[path, `--root=${bundle}/state`, '--cgroup-manager=disabled', 'run', `--bundle=${bundle}`, id],
    ],
    // One file system for all that is writable: its size and its number of files are then limits of the box.
    before: ({ diskBytes, diskFiles }, user) => `
# crun refuses a host with both kinds of groups, even when it shall make none.
umount -l /sys/fs/cgroup/unified 2>/dev/null || :
mkdir "$bundle/disk"
mount -t tmpfs -o nosuid,nodev,mode=755,size=${diskBytes},nr_inodes=${diskFiles} disk "$bundle/disk"
mkdir "$bundle/disk/project" "$bundle/disk/tmp" "$bundle/disk/shm"
chown ${user}:${user} "$bundle/disk/project"
chmod 1777 "$bundle/disk/tmp" "$bundle/disk/shm"`,
    resizeDisk: async (pid, bundle, bytes, files) => {
      const size = `remount,size=${bytes},nr_inodes=${files}`
      const argv = [
        'env',
        `PATH=${commandPath}`,
        'nsenter',
        `--target=${pid}`,
        '--mount',
        '--',
        'mount',
        '-o',
        size,
        `${bundle}/disk`,
      ]
      await runTool(argv, AbortSignal.timeout(RESIZE_MS))
    },
    overhead: { memoryBytes: 48 * MB, growthBytes: 4 * MB, processes: 8 },
  }
}
