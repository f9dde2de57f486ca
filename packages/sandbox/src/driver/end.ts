/** Decides why an execution ended, from what the box, the groups and the server's own clock say. */
import { constants } from 'node:os'
import type { GroupUsage } from '../cgroups/cgroups.ts'
import type { EndReason } from '../sandbox.ts'

/** What the box's init reports when the program has exited; absent when the box was killed. */
export type InitReport = {
  /** As of wait(2). */
  readonly status: number
  readonly cpuMs: number
  readonly residentBytes: number
  /** The writable folders had no free bytes or no free files. */
  readonly full: boolean
  /** The limit for which the init itself ended the box: where there are no control groups. */
  readonly stop?: 'cpu' | 'oom'
  readonly fault?: string
}

/** A limit the server itself enforced, or its caller's wish. */
export type Stop = 'wall' | 'cpu' | 'oom' | 'output' | 'killed'

export type EndFacts = {
  readonly stop: Stop | null
  readonly report: InitReport | null
  readonly usage: GroupUsage | null
  readonly fault: string | null
}

export type Verdict = {
  readonly reason: EndReason
  readonly exitCode: number | null
  readonly signal: string | null
  readonly fault?: string
}

export function judge({ stop, report, usage, fault }: EndFacts): Verdict {
  if (report === null) {
    if (stop !== null) return { reason: stop, exitCode: null, signal: 'SIGKILL' }
    return { reason: 'infrastructure', exitCode: null, signal: null, fault: fault ?? 'the box ended without a report' }
  }
  const { exitCode, signal } = decodeStatus(report.status)
  if (report.fault !== undefined) return { reason: 'infrastructure', exitCode: null, signal: null, fault: report.fault }
  // A stop that came while the program was ending by itself changed nothing, except for output that was cut.
  if (stop === 'output') return { reason: stop, exitCode, signal }
  if (report.stop !== undefined) return { reason: report.stop, exitCode, signal }
  if (exitCode === 0) return { reason: 'exited', exitCode, signal }
  if (usage !== null && usage.outOfMemory > 0) return { reason: 'oom', exitCode, signal }
  if (signal === 'SIGXCPU') return { reason: 'cpu', exitCode, signal }
  if (report.full || signal === 'SIGXFSZ') return { reason: 'disk', exitCode, signal }
  if (usage !== null && usage.refusedForks > 0) return { reason: 'processes', exitCode, signal }
  return { reason: signal === null ? 'exited' : 'signalled', exitCode, signal }
}

/** The encoding of wait(2): low seven bits the signal, the next byte the exit code. */
export function decodeStatus(status: number): { exitCode: number | null; signal: string | null } {
  const number = status & 0x7f
  if (number === 0) return { exitCode: (status >> 8) & 0xff, signal: null }
  return { exitCode: null, signal: signalName(number) }
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(
    ([name, value]) => value === number && name !== 'SIGIOT' && name !== 'SIGPOLL',
  )
  return found?.[0] ?? `SIG${number}`
}
