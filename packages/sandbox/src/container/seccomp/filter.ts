/**
 * Generates the classic-BPF seccomp filter of a container from `calls.ts`, without C and without libseccomp.
 *
 * The program is a binary search over call numbers: about ten steps per call at run time, and (what matters more to us) few
 * steps when the kernel precomputes which calls are always allowed, which it does at every installation.
 * Layout of `struct seccomp_data`: nr at 0, arch at 4, args (64 bits each, little endian) from 16.
 * Source: https://docs.kernel.org/userspace-api/seccomp_filter.html
 */
import { allowedCalls, newestKnownCall } from './calls.ts'

export type Architecture = 'x64' | 'arm64'

const LOAD = 0x20
const JUMP = 0x05
const JUMP_EQUAL = 0x15
const JUMP_GREATER_EQUAL = 0x35
const AND = 0x54
const RETURN = 0x06

const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const errno = (number: number) => 0x00050000 | number
const EPERM = errno(1)
const ENOSYS = errno(38)
const EAFNOSUPPORT = errno(97)

const auditArchitecture = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
/** On x86_64 the x32 calls share the architecture and carry this bit. */
const X32_BIT = 0x40000000

/** CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET (NEWTIME cannot be asked of clone). */
const NAMESPACE_FLAGS = 0x7e020000
const TIOCSTI = 0x5412
const TIOCLINUX = 0x541c
/** Other line disciplines are drivers of the kernel that a terminal can load. */
const TIOCSETD = 0x5423

type Instruction = { code: number; k: number; whenTrue?: number; whenFalse?: number }

const load = (offset: number): Instruction => ({ code: LOAD, k: offset })
const give = (verdict: number): Instruction => ({ code: RETURN, k: verdict })
const argument = (index: number) => load(16 + 8 * index)

/** Allow when the low half of an argument is one of `values`. (None of these arguments is wider than an int.) */
function oneOf(index: number, values: readonly number[], otherwise: number): Instruction[] {
  return [
    argument(index),
    ...values.flatMap((k) => [{ code: JUMP_EQUAL, k, whenTrue: 0, whenFalse: 1 }, give(ALLOW)]),
    give(otherwise),
  ]
}

function noneOf(index: number, values: readonly number[], refusal: number): Instruction[] {
  return [
    argument(index),
    ...values.flatMap((k) => [{ code: JUMP_EQUAL, k, whenTrue: 0, whenFalse: 1 }, give(refusal)]),
    give(ALLOW),
  ]
}

/** Signals to process 1, the box's init, are refused: it would only be woken, but outside the box's CPU limit. */
const notInit = noneOf(0, [1], EPERM)

/** The init has the box's user, so the kernel would let a program starve it: by its id, or with all of that user. */
const noPriorityOfInit = (ofUser: number): Instruction[] => [
  argument(0),
  { code: JUMP_EQUAL, k: ofUser, whenTrue: 0, whenFalse: 1 },
  give(EPERM),
  ...noneOf(1, [1], EPERM),
]

/** Writing out the disks of the machine is not a program's business: its own files are memory. */
const saidToBeDone = [give(errno(0))]

const SOL_SOCKET = 1
/** SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF, SO_ATTACH_REUSEPORT_EBPF: their code comes out of one budget of the machine. */
const filterOptions = [26, 50, 51, 52]

const families = oneOf(0, [1, 2, 10], EAFNOSUPPORT) // UNIX, INET, INET6

const conditions: Readonly<Record<string, readonly Instruction[]>> = {
  clone: [
    argument(0),
    { code: AND, k: NAMESPACE_FLAGS },
    { code: JUMP_EQUAL, k: 0, whenTrue: 0, whenFalse: 1 },
    give(ALLOW),
    give(EPERM),
  ],
  // Its flags lie behind a pointer, which a filter cannot read; libc falls back to clone.
  clone3: [give(ENOSYS)],
  socket: families,
  socketpair: families,
  ioctl: noneOf(1, [TIOCSTI, TIOCLINUX, TIOCSETD], EPERM),
  personality: oneOf(0, [0, 0x0008, 0x20000, 0x20008, 0x40000, 0xffffffff], EPERM),
  // Only one's own limits: those of the init would otherwise be in reach.
  prlimit64: oneOf(0, [0], EPERM),
  setpriority: noPriorityOfInit(2),
  ioprio_set: noPriorityOfInit(3),
  sched_setscheduler: notInit,
  sched_setparam: notInit,
  sched_setattr: notInit,
  sched_setaffinity: notInit,
  setsockopt: [
    argument(1),
    { code: JUMP_EQUAL, k: SOL_SOCKET, whenTrue: 1, whenFalse: 0 },
    give(ALLOW),
    ...noneOf(2, filterOptions, EPERM),
  ],
  sync: saidToBeDone,
  syncfs: saidToBeDone,
  kill: notInit,
  tkill: notInit,
  tgkill: notInit,
  rt_sigqueueinfo: notInit,
  rt_tgsigqueueinfo: notInit,
}

/** The filter as an array of `struct sock_filter` (8 bytes each), ready for PR_SET_SECCOMP. */
export function seccompFilter(architecture: Architecture): Uint8Array {
  const instructions: Instruction[] = [
    load(4),
    { code: JUMP_EQUAL, k: auditArchitecture[architecture], whenTrue: 1, whenFalse: 0 },
    give(KILL_PROCESS),
    load(0),
  ]
  if (architecture === 'x64')
    instructions.push({ code: JUMP_GREATER_EQUAL, k: X32_BIT, whenTrue: 0, whenFalse: 1 }, give(KILL_PROCESS))
  instructions.push(...search(steps(architecture)))
  return encode(instructions)
}

/** From call number `from` on, `verdict` holds: until the next step. */
type Step = { from: number; verdict: readonly Instruction[] }

function steps(architecture: Architecture): Step[] {
  const column = architecture === 'x64' ? 0 : 1
  const allow = [give(ALLOW)]
  const refuse = [give(EPERM)]
  const known = new Map<number, readonly Instruction[]>()
  for (const group of Object.values(allowedCalls)) {
    for (const [name, numbers] of Object.entries<readonly [number, number]>(group)) {
      const number = numbers[column]
      if (number >= 0) known.set(number, conditions[name] ?? allow)
    }
  }
  const result: Step[] = []
  const add = (from: number, verdict: readonly Instruction[]) => {
    if (result.at(-1)?.verdict !== verdict) result.push({ from, verdict })
  }
  for (let number = 0; number <= newestKnownCall; number += 1) add(number, known.get(number) ?? refuse)
  add(newestKnownCall + 1, [give(ENOSYS)])
  return result
}

function search(range: readonly Step[]): Instruction[] {
  const middle = range[range.length >> 1]
  if (middle === undefined || range.length === 1) return [...(range[0]?.verdict ?? [give(EPERM)])]
  const left = search(range.slice(0, range.length >> 1))
  const right = search(range.slice(range.length >> 1))
  const test: Instruction = { code: JUMP_GREATER_EQUAL, k: middle.from, whenTrue: left.length, whenFalse: 0 }
  if (left.length <= 255) return [test, ...left, ...right]
  // A conditional jump reaches 255 instructions; an unconditional one any distance.
  return [{ ...test, whenTrue: 0, whenFalse: 1 }, { code: JUMP, k: left.length }, ...left, ...right]
}

function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8)
  const view = new DataView(bytes.buffer)
  instructions.forEach(({ code, k, whenTrue = 0, whenFalse = 0 }, index) => {
    view.setUint16(index * 8, code, true)
    view.setUint8(index * 8 + 2, whenTrue)
    view.setUint8(index * 8 + 3, whenFalse)
    view.setUint32(index * 8 + 4, k >>> 0, true)
  })
  return bytes
}
