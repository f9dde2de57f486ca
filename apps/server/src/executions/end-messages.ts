/** What is said to a person when an execution has ended: what happened, why, what next. */
import type { ExecutionEndReason, ExecutionLimits, Stage } from '@atelier/protocol/executions'
import type { SandboxEnd } from '@atelier/sandbox/sandbox'

export function endMessage(
  reason: ExecutionEndReason,
  end: Pick<SandboxEnd, 'exitCode' | 'signal'>,
  limits: ExecutionLimits,
  stage: Stage,
): string {
  const who = stage === 'compile' ? 'The compiler' : 'The program'
  switch (reason) {
    case 'exited':
      return end.exitCode === 0 ? 'The program ended well.' : `The program ended with exit code ${end.exitCode}.`
    case 'signalled':
      return `${who} was ended by ${end.signal ?? 'a signal'}${signalMeaning(end.signal)}.`
    case 'compile-failed':
      return `The compiler found errors (exit code ${end.exitCode}): see its messages in the output.`
    case 'wall':
      return `Time limit reached: ${inSeconds(limits.wallMs)} on the clock. ${who} may wait for input or loop for ever; a longer limit can be asked for.`
    case 'cpu':
      return `CPU limit reached: ${inSeconds(limits.cpuMs)} of computing. Look for a loop that does not end, or ask for a higher limit.`
    case 'oom':
      return `Memory limit reached: ${inMegabytes(limits.memoryBytes)}, files included. Use less memory, or ask for a higher limit.`
    case 'output':
      return `Output limit reached: ${inMegabytes(limits.outputBytes)}. Print less; the last part is kept.`
    case 'disk':
      return `Disk limit reached: the ${inMegabytes(limits.diskBytes)} of writable space, or the number of files, is used up. Write less.`
    case 'processes':
      return `Process limit reached: ${limits.processes} processes and threads. Start fewer at once.`
    case 'cancelled':
      return 'Stopped.'
    case 'infrastructure':
      return 'The server could not run the program. This is not the fault of your code: try again, and tell the person who hosts if it stays.'
  }
}

function signalMeaning(signal: string | null): string {
  switch (signal) {
    case 'SIGSEGV':
      return ' (it touched memory that is not its own)'
    case 'SIGABRT':
      return ' (it aborted itself)'
    case 'SIGFPE':
      return ' (an impossible calculation, such as a division by zero)'
    case 'SIGILL':
      return ' (an instruction that does not exist)'
    case 'SIGXFSZ':
      return ' (a file became too large)'
    case 'SIGSYS':
      return ' (a system call that is not allowed)'
    default:
      return ''
  }
}

const inSeconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`
const inMegabytes = (bytes: number): string => `${Number((bytes / 1024 / 1024).toFixed(1))} MB`
