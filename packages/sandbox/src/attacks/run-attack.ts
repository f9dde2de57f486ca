/**
 * Runs one attack: beside it a neighbour that must finish, after it a control program that must print exactly its line,
 * and then a look at everything that must not have changed.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type {
  EndReason,
  Isolation,
  OutputStream,
  Program,
  SandboxDriver,
  SandboxEnd,
  SandboxLimits,
  SandboxSpec,
} from '../sandbox.ts'
import type { Canaries } from './canaries.ts'
import type { Attack } from './corpus.ts'
import type { Watch } from './watch.ts'

export type Field = {
  readonly driver: SandboxDriver
  readonly root: SandboxSpec['root']
  readonly canaries: Canaries
  readonly watch: Watch
  /** How long the neighbour takes alone, milliseconds. */
  readonly neighbourAloneMs: number
}

export type AttackResult = {
  readonly name: string
  /** How its (last) program ended. */
  readonly ended: string
  readonly ms: number
  /** The neighbour's time beside it over its time alone, worst of several. */
  readonly neighbourRatio: number
  /** How long after its wall limit it ended, milliseconds; 0 when it ended before. Depends on how busy the machine is. */
  readonly lateMs: number
  /** Sentences; empty when it was contained. */
  readonly holes: readonly string[]
}

export const attackLimits: SandboxLimits = {
  ...{ cpuMs: 1500, wallMs: 4000, memoryBytes: 192 * 1024 * 1024, processes: 48, diskBytes: 32 * 1024 * 1024, diskFiles: 4000 },
  outputBytes: 1024 * 1024,
}

/** What a program does to the kernel there, it does to that of its box. Files, network and processes of the host count all the same. */
const isolationsWithOwnKernel: readonly Isolation[] = ['gvisor', 'microvm']
const limitsReached: readonly EndReason[] = ['cpu', 'wall', 'oom']

/** Kept of an attack's output for looking at; the rest is counted by the driver. */
const keptBytes = 4 * 1024 * 1024
const neighboursAtMost = 20

export async function runAttack(field: Field, attack: Attack): Promise<AttackResult> {
  const startedAt = performance.now()
  const holes: string[] = []
  let isOver = false
  const neighbour = runNeighbours(field, () => isOver, holes)
  let ended = ''
  let lateMs = 0
  for (let round = 0; round < attack.repeat && holes.length === 0; round += 1) {
    for (const argv of [attack.argv, ...(attack.next === undefined ? [] : [attack.next])]) {
      const one = await attackOnce(field, attack, argv, holes)
      ended = one.ended
      lateMs = Math.max(lateMs, one.lateMs)
    }
  }
  isOver = true
  const worstMs = await neighbour
  const next = await attempt(field, control)
  if (next instanceof Error) holes.push(`the next program could not be started: ${next.message}`)
  else if (next.stdout !== 'in order\n' || next.end.reason !== 'exited')
    holes.push(
      `the next program was not in order: ${next.end.reason} ${JSON.stringify(next.stdout.slice(0, 200))} ${next.end.fault ?? ''}`,
    )
  holes.push(...field.canaries.touched(), ...(await field.watch.leftovers()))
  const neighbourRatio = worstMs / field.neighbourAloneMs
  return { name: attack.name, ended, ms: performance.now() - startedAt, neighbourRatio, lateMs, holes }
}

async function attackOnce(
  field: Field,
  attack: Attack,
  argv: readonly string[],
  holes: string[],
): Promise<{ ended: string; lateMs: number }> {
  const limits = { ...attackLimits, ...attack.limits }
  const { environment, files, collect } = attack
  const program: Program = {
    ...{ argv, environment, files, limits, collect, collectBytes: 1024 * 1024 },
    ...(attack.artefacts === undefined ? {} : { artefacts: attack.artefacts }),
    ...(attack.terminal === undefined ? {} : { terminal: attack.terminal }),
  }
  const input = Buffer.alloc(attack.stdinBytes, 'x')
  const ran = await attempt(field, { warmth: attack.warmth, program, input })
  if (ran instanceof Error) {
    if (!(ran instanceof RangeError && attack.refused)) holes.push(`it was not even started: ${ran.message}`)
    return { ended: 'refused', lateMs: 0 }
  }
  if (attack.refused) holes.push('it was started')
  const { end, stdout, stderr, wallMs } = ran
  const ownKernel = isolationsWithOwnKernel.includes(field.driver.isolation)
  // Slower walls reach another limit first.
  const ends = ownKernel && !attack.refused ? [...attack.ends, ...limitsReached] : attack.ends
  if (!ends.includes(end.reason))
    holes.push(`it ended with ${end.reason} (${end.exitCode ?? end.signal}) ${end.fault ?? ''} ${stderr.slice(-300)}`)
  if (attack.exitCode !== undefined && end.exitCode !== null && end.exitCode !== attack.exitCode)
    holes.push(`its exit code was ${end.exitCode}`)
  if (attack.prints !== undefined && !stdout.includes(attack.prints))
    holes.push(`it did not print ${JSON.stringify(attack.prints)} but ${JSON.stringify((stdout + stderr).slice(-300))}`)
  const made = end.artefacts?.files ?? []
  const madeBytes = made.reduce((sum, { content }) => sum + content.byteLength, 0)
  if (made.length > (attack.artefacts?.files ?? 0) || madeBytes > (attack.artefacts?.bytes ?? 0))
    holes.push(`${made.length} files of ${madeBytes} bytes came out`)
  const outputs = [stdout, stderr, ...[...end.collected, ...made].map(({ content }) => Buffer.from(content).toString('latin1'))]
  for (const output of outputs) {
    const marks = ownKernel && attack.ownKernel ? [] : (output.match(/^ESCAPED.*$/gm) ?? [])
    for (const line of marks) holes.push(line.slice(0, 300))
    if (output.includes(field.canaries.secret)) holes.push('it has read a secret of the host')
  }
  const code = end.exitCode === null || end.exitCode === 0 ? '' : ` ${end.exitCode}`
  return { ended: end.reason + code, lateMs: Math.max(0, wallMs - limits.wallMs) }
}

const work = 'x = 0\nfor i in range(1000000): x = (x * 31 + i) % 1000003\nprint(x)\n'
const neighbourText = { warmth: 'python', program: programOf('main.py', work), input: null } as const
const control = { warmth: 'python', program: programOf('main.py', 'print("in order")\n'), input: null } as const

/** One neighbour after the other until the attack is over: milliseconds of the slowest, from its box's opening on. */
async function runNeighbours(field: Field, isOver: () => boolean, holes: string[]): Promise<number> {
  let worstMs = 0
  for (let count = 0; count === 0 || (!isOver() && count < neighboursAtMost); count += 1) {
    const startedAt = performance.now()
    const ran = await attempt(field, neighbourText)
    worstMs = Math.max(worstMs, performance.now() - startedAt)
    if (ran instanceof Error) {
      holes.push(`a neighbour could not be started: ${ran.message}`)
      break
    }
    const { end, stdout } = ran
    if (end.reason !== 'exited' || !/^\d+\n$/.test(stdout)) {
      holes.push(`a neighbour did not finish: ${end.reason} ${end.fault ?? ''}`)
      break
    }
  }
  return worstMs
}

/** Why this attack has nothing to attack here, or null. */
export function canRun(
  { needs, architecture }: Pick<Attack, 'needs' | 'architecture'>,
  root: SandboxSpec['root'],
): string | null {
  if (architecture !== undefined && architecture !== process.arch) return `only on ${architecture}`
  const missing = needs.find((path) => !existsSync(root.kind === 'image' ? join(root.folder, path) : path))
  return missing === undefined ? null : `${missing} is not in this root`
}

/** The neighbour's time when nobody else is there: the middle of five. */
export async function measureNeighbour(field: Omit<Field, 'neighbourAloneMs' | 'watch'>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 6; round += 1) {
    const startedAt = performance.now()
    await runIn(field, neighbourText)
    if (round > 0) times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)[2] ?? 1
}

type Work = { readonly warmth: SandboxSpec['warmth']; readonly program: Program; readonly input: Uint8Array | null }
type Ran = { readonly end: SandboxEnd; readonly stdout: string; readonly stderr: string; readonly wallMs: number }

/** What an attack has broken may make the driver throw: that is a finding, and not our end. */
async function attempt(field: Field, work: Work): Promise<Ran | Error> {
  try {
    return await runIn(field, work)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function runIn({ driver, root }: Pick<Field, 'driver' | 'root'>, { warmth, program, input }: Work): Promise<Ran> {
  const sandbox = await driver.open({ root, warmth })
  const kept: Record<OutputStream, Buffer[]> = { stdout: [], stderr: [] }
  let room = keptBytes
  try {
    const startedAt = performance.now()
    const running = sandbox.start(program, (stream, bytes) => {
      if (room > 0) kept[stream].push(Buffer.from(bytes.subarray(0, room)))
      room -= bytes.byteLength
    })
    if (input !== null && input.byteLength > 0) void running.write(input)
    running.endInput()
    const end = await running.ended
    const wallMs = performance.now() - startedAt
    return {
      end,
      wallMs,
      stdout: Buffer.concat(kept.stdout).toString('utf8'),
      stderr: Buffer.concat(kept.stderr).toString('utf8'),
    }
  } finally {
    await sandbox.destroy()
  }
}

function programOf(path: string, text: string): Program {
  const limits = { ...attackLimits, cpuMs: 20_000, wallMs: 60_000 }
  return { argv: [path], environment: {}, files: [{ path, content: Buffer.from(text) }], limits }
}
