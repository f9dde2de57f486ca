/**
 * The machine, as arguments of QEMU: one processor, memory in a file, two read-only disks, one serial port to us. No network
 * device, no display, no USB, no device that it does not need. A copy must be the same machine as its template, argument for argument, but
 * for how the memory is mapped and where its state comes from.
 */
import type { Stdio } from './machine-process.ts'

export type Accelerator = 'kvm' | 'tcg'

export type MachineFiles = {
  /** Open descriptors of ours that the machine gets; QEMU never opens a path of the host's. */
  readonly kernel: number
  readonly initrd: number
  readonly system: number
  readonly ours: number
  readonly memory: number
}

export type MachineShape = { readonly accelerator: Accelerator; readonly memoryBytes: number; readonly files: MachineFiles }

/**
 * `template`: from the beginning; memory is written to the file itself, and later the state to `state`.
 * `copy`: from a template's state, with memory that is copied as it is written.
 */
export type Start = { readonly kind: 'template' | 'copy'; readonly state: number }

export const qemuProgram = '/usr/bin/qemu-system-x86_64'

/** Translated code is kept up to so many MB; without a bound, a guest could have QEMU keep a gigabyte. */
const accelerators: Readonly<Record<Accelerator, string>> = { kvm: 'kvm', tcg: 'tcg,tb-size=128' }

/** Descriptors of the started process. */
export const descriptors = { port: 3, orders: 4, state: 5, kernel: 6, initrd: 7, system: 8, ours: 9, memory: 10 } as const

/** The port and the orders are sockets that we keep the other ends of. */
export function stdioOf({ files }: MachineShape, start: Start): Stdio[] {
  return [
    ...(['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const),
    start.state,
    ...[files.kernel, files.initrd, files.system, files.ours, files.memory],
  ]
}

const kernelArguments = [
  ...['quiet', 'panic=-1', 'reboot=t', 'random.trust_cpu=on', 'audit=0', 'cryptomgr.notests', 'nokaslr'],
  // One user's program at a time, and the wall around it is the machine's; within, nothing is worth these costs.
  'mitigations=off',
]

/** QEMU of Debian 12 gives its state to a command, and closes all its descriptors for it: the command takes ours from its parent. */
export const stateOrder = { uri: `exec:cat >/proc/$PPID/fd/${descriptors.state}` }

export function qemuArguments({ accelerator, memoryBytes }: MachineShape, start: Start): string[] {
  const path = (name: keyof typeof descriptors) => `/proc/self/fd/${descriptors[name]}`
  const memory = [
    ...['memory-backend-file', 'id=ram', `size=${memoryBytes}`, `mem-path=${path('memory')}`],
    `share=${start.kind === 'template' ? 'on' : 'off'}`,
  ]
  const disk = (name: 'system' | 'ours', set: number) => [
    ...['-add-fd', `fd=${descriptors[name]},set=${set}`],
    '-drive',
    `if=none,id=${name},file=/dev/fdset/${set},format=raw,readonly=on,file.locking=off,cache=writeback`,
    ...['-device', `virtio-blk-pci,drive=${name}`],
  ]
  const guestKernel = [...kernelArguments, ...(accelerator === 'tcg' ? ['tsc=reliable'] : [])]
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'none', '-parallel', 'none'],
    ...[
      '-sandbox',
      `on,obsolete=deny,elevateprivileges=deny,spawn=${start.kind === 'template' ? 'allow' : 'deny'},resourcecontrol=deny`,
    ],
    ...['-object', memory.join(',')],
    ...['-machine', 'pc,memory-backend=ram,usb=off,vmport=off,dump-guest-core=off', '-accel', accelerators[accelerator]],
    ...['-cpu', accelerator === 'kvm' ? 'host,-arch-capabilities' : 'max', '-smp', '1', '-m', `${memoryBytes / (1024 * 1024)}M`],
    // A clock in the past: when a copy is given the present, everything that renews its random state by the hour does.
    ...['-rtc', 'base=2020-01-01T00:00:00,clock=vm'],
    ...['-bios', '/usr/share/qemu/qboot.rom', '-kernel', path('kernel'), '-initrd', path('initrd')],
    ...['-append', guestKernel.join(' ')],
    ...disk('system', 1),
    ...disk('ours', 2),
    ...['-chardev', `socket,id=port,fd=${descriptors.port}`, '-device', 'virtio-serial-pci,max_ports=2'],
    ...['-device', 'virtserialport,chardev=port,name=agent'],
    ...['-chardev', `socket,id=orders,fd=${descriptors.orders}`, '-mon', 'chardev=orders,mode=control'],
    ...(start.kind === 'copy' ? ['-incoming', 'defer'] : []),
  ]
}
