/** What the command line could not do, said once on stderr: what, why, what next. */

/** Exit codes that are not a program's own. `128 + n` for a signal stands in endings.ts. */
export const exitCodes = {
  usage: 2,
  /** A limit that has no code everybody knows: output, disk, processes. */
  otherLimit: 123,
  /** As timeout(1) has it. */
  timeLimit: 124,
  /** Atelier could not do it: the program is not to blame. */
  fault: 125,
  /** 128 + SIGKILL, as Linux ends what uses too much memory. */
  memoryLimit: 137,
} as const

export class Failure extends Error {
  readonly exitCode: number
  constructor(sentence: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.exitCode = options.exitCode ?? exitCodes.fault
  }
}

/** The server refused: its own sentence, and the code that says which refusal it is. */
export class ServerRefusal extends Failure {
  readonly code: string
  readonly retryAfterSeconds: number | undefined
  constructor(code: string, detail: string, retryAfterSeconds?: number) {
    super(detail)
    this.name = 'ServerRefusal'
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}
