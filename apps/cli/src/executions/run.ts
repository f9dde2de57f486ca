/** `atelier run`: sends a program, carries its output and input, and ends as it ended. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Execution, type ExecutionEvent, type ExecutionResult, executionBounds } from '@atelier/protocol/executions'
import { LanguageList } from '@atelier/protocol/languages'
import { exitCodes, Failure, ServerRefusal } from '../failure.ts'
import { type Server, Unreachable } from '../server/server.ts'
import { openSession } from '../server/session.ts'
import { type Surroundings, say } from '../surroundings.ts'
import { saveArtefacts } from './artefacts.ts'
import { codeOfSignal, endedWell, endLine, exitCodeOf } from './endings.ts'
import { followExecution } from './follow.ts'
import { feedInput } from './input.ts'
import type { Interrupts } from './interrupts.ts'
import { LocalTerminal } from './local-terminal.ts'
import { Output, ReaderGone } from './output.ts'
import { type RunOptions, type RunRequest, requestOf } from './request.ts'
import { readSources, type Sources, withProgram } from './source-files.ts'

export type Run = {
  readonly server: Server
  readonly surroundings: Surroundings
  readonly interrupts: Interrupts
  /** A file, a folder, or `-` for standard input. */
  readonly program: string
  readonly args: readonly string[]
  readonly options: RunOptions
}

/** How often a request that may or may not have arrived is sent again. Its Idempotency-Key makes that safe. */
const startAttempts = 15

/** Resolves with the exit code. */
export async function runProgram(run: Run): Promise<number> {
  try {
    const terminal = run.options.terminal === true ? new LocalTerminal(run.surroundings) : null
    if (terminal !== null && run.program === '-')
      throw new Failure('With --terminal, standard input is the terminal: the program cannot come through it too.', {
        exitCode: exitCodes.usage,
      })
    const [sources] = await Promise.all([sourcesOf(run), openSession(run.server, run.surroundings)])
    const request = requestOf(sources, run.args, run.options, terminal?.size)
    const execution = await start(run, run.program === '-' ? { ...request, interactive: false } : request)
    return await carry(run, execution, terminal)
  } catch (error) {
    if (run.interrupts.beforeStart.aborted) return codeOfSignal(run.interrupts.stoppedBy ?? 'SIGINT')
    throw error
  }
}

async function sourcesOf({ server, surroundings, program, options }: Run): Promise<Sources> {
  if (program !== '-') return readSources(surroundings.folder, program, options.with ?? [])
  const { language } = options
  if (language === undefined)
    throw new Failure(
      'A program that comes through standard input has no name to tell its language by. Say it with --language.',
      {
        exitCode: exitCodes.usage,
      },
    )
  const { items } = await server.ask(LanguageList, '/api/v1/languages')
  const path = items.find(({ id }) => id === language)?.entryPoint
  if (path === undefined)
    throw new Failure(`There is no language "${language}". This server knows ${items.map(({ id }) => id).join(', ')}.`)
  return withProgram(surroundings.folder, { path, content: await readAll(surroundings.stdin) }, options.with ?? [])
}

async function readAll(stdin: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stdin) {
    parts.push(Buffer.from(part))
    size += part.length
    if (size > executionBounds.inlineBytes) throw new Failure('The program on standard input is too large to be sent.')
  }
  return Buffer.concat(parts)
}

async function start({ server, interrupts }: Run, request: RunRequest): Promise<Execution> {
  const headers = { 'idempotency-key': randomUUID() }
  const signal = interrupts.beforeStart
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.ask(Execution, '/api/v1/executions', { method: 'POST', json: request, headers, signal })
    } catch (error) {
      const mayHaveArrived = error instanceof Unreachable && error.delivered === 'perhaps' && attempt === 1
      const isInFlight = error instanceof ServerRefusal && error.code === 'request-in-flight'
      if (!(mayHaveArrived || isInFlight) || attempt === startAttempts) throw error
      await wait(1000 * ((isInFlight ? error.retryAfterSeconds : undefined) ?? 1), undefined, { signal })
    }
  }
}

async function carry(run: Run, execution: Execution, terminal: LocalTerminal | null): Promise<number> {
  const { server, surroundings, interrupts, options } = run
  const executionId = execution.id
  const command = async (path: string, json?: unknown): Promise<void> => {
    await server.send(`/api/v1/executions/${executionId}/${path}`, { method: 'POST', ...(json === undefined ? {} : { json }) })
  }
  const cancel = () => unlessEnded(command('cancel'))
  interrupts.aim({ interrupt: () => unlessEnded(command('signal', { signal: 'SIGINT' })), cancel })
  if (options.verbose) say(surroundings, `execution ${executionId} on ${server.url.origin}, ${execution.isolation} isolation`)

  const takeBack = terminal?.lend((size) => void unlessEnded(command('resize', size)).catch(() => {}))
  const over = new AbortController()
  const output = new Output(surroundings.stdout, surroundings.stderr)
  try {
    const following = followExecution({
      server,
      executionId,
      signal: over.signal,
      onEvent: (event) => show(event, output, surroundings),
    })
    const result = await (run.program === '-' ? following : whileFeeding(run, executionId, following, over, terminal))
    takeBack?.()
    await output.finish()
    if (options.artefacts !== undefined)
      await saveArtefacts(server, surroundings, { executionId, folder: options.artefacts, made: result.artefacts })
    if (options.verbose || !endedWell(result)) say(surroundings, endLine(result))
    return exitCodeOf(result, interrupts.stoppedBy)
  } catch (error) {
    await cancel().catch(() => {})
    if (error instanceof ReaderGone) return codeOfSignal('SIGPIPE')
    throw error
  } finally {
    takeBack?.()
    over.abort()
  }
}

/** The end of the program ends the feeding; a fault of the feeding ends everything. */
async function whileFeeding(
  { server, surroundings, interrupts }: Run,
  executionId: string,
  following: Promise<ExecutionResult>,
  over: AbortController,
  terminal: LocalTerminal | null,
): Promise<ExecutionResult> {
  const { stdin } = surroundings
  const input = terminal === null ? stdin : terminal.keys(() => interrupts.take('SIGTERM'))
  const feeding = feedInput({ server, executionId, stdin: input, signal: over.signal })
  const fault = new Promise<never>((_, reject) => feeding.catch(reject))
  try {
    return await Promise.race([following, fault])
  } finally {
    over.abort()
    stdin.destroy()
    await Promise.allSettled([feeding, following])
  }
}

async function show(event: ExecutionEvent, output: Output, surroundings: Surroundings): Promise<void> {
  if (event.type === 'output') return output.write(event)
  if (event.type !== 'truncated') return
  const missing = output.skip(event.droppedBytes)
  if (missing > 0)
    say(
      surroundings,
      `${missing} bytes of output are missing here: it came faster than it was read, and the server keeps only the last part.`,
    )
}

async function unlessEnded(asked: Promise<void>): Promise<void> {
  try {
    await asked
  } catch (error) {
    if (!(error instanceof ServerRefusal && error.code === 'execution-ended')) throw error
  }
}
