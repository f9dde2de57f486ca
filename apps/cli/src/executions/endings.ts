/** What an execution's end means here: the exit code of the command, and the line that says why. */
import { constants } from 'node:os'
import type { ExecutionResult } from '@atelier/protocol/executions'
import { exitCodes } from '../failure.ts'

/** `stoppedBy`: the signal by which this command was asked to stop the program, if it was. */
export function exitCodeOf(result: ExecutionResult, stoppedBy: NodeJS.Signals | null = null): number {
  switch (result.reason) {
    case 'exited':
      return result.exitCode ?? exitCodes.fault
    case 'compile-failed':
      return result.exitCode === null || result.exitCode === 0 ? 1 : result.exitCode
    case 'signalled':
      return codeOfSignal(result.signal ?? 'SIGKILL')
    case 'wall':
    case 'cpu':
      return exitCodes.timeLimit
    case 'oom':
      return exitCodes.memoryLimit
    case 'output':
    case 'disk':
    case 'processes':
      return exitCodes.otherLimit
    case 'cancelled':
      return codeOfSignal(stoppedBy ?? 'SIGINT')
    case 'infrastructure':
      return exitCodes.fault
  }
}

export const codeOfSignal = (name: string): number =>
  128 + (Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? constants.signals.SIGKILL)

export const endedWell = (result: ExecutionResult): boolean => result.reason === 'exited' && result.exitCode === 0

export function endLine(result: ExecutionResult): string {
  const figures = [
    `${seconds(result.wallMs)} on the clock`,
    `${seconds(result.cpuMs)} computing`,
    `${Number((result.peakBytes / 1024 / 1024).toFixed(1))} MB of memory`,
  ]
  return `${result.message} (${figures.join(', ')})`
}

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(ms < 1000 ? 3 : 1))} s`
