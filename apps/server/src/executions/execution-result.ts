/** From how a sandbox ended to the result of the execution: what it is called, and whose doing it was. */
import type { ExecutionEndReason, ExecutionLimits, ExecutionResult, Stage } from '@atelier/protocol/executions'
import type { SandboxEnd } from '@atelier/sandbox/sandbox'
import { endMessage } from './end-messages.ts'

/** Why we stopped it, if we did: the user asked, or the server is going away. */
export type CancelReason = 'cancelled' | 'infrastructure' | null

export type EndOfStage = {
  readonly stage: Stage
  /** Of this stage: a compiler has its own. */
  readonly limits: ExecutionLimits
  readonly cancelReason: CancelReason
  readonly truncated: boolean
}

export function resultOf(end: SandboxEnd, { stage, limits, cancelReason, truncated }: EndOfStage): ExecutionResult {
  const reason = reasonOf(end, stage, cancelReason)
  return {
    ...{ reason, stage, exitCode: end.exitCode, signal: end.signal, message: endMessage(reason, end, limits, stage) },
    cpuMs: Math.round(end.cpuMs * 10) / 10,
    wallMs: Math.round(end.wallMs * 10) / 10,
    peakBytes: Math.round(end.peakBytes),
    outputBytes: end.outputBytes,
    truncated,
  }
}

/** No sandbox could be had, or something of ours broke: never blamed on the program. */
export function faultResult(wallMs: number, { stage, limits, cancelReason, truncated }: EndOfStage): ExecutionResult {
  const reason = cancelReason ?? 'infrastructure'
  const end = { exitCode: null, signal: null }
  const message = endMessage(reason, end, limits, stage)
  return { reason, stage, ...end, message, cpuMs: 0, wallMs, peakBytes: 0, outputBytes: 0, truncated }
}

function reasonOf(end: SandboxEnd, stage: Stage, cancelReason: CancelReason): ExecutionEndReason {
  if (end.reason === 'killed') return cancelReason ?? 'infrastructure'
  if (stage === 'compile' && end.reason === 'exited') return end.exitCode === 0 ? 'infrastructure' : 'compile-failed'
  return end.reason
}
