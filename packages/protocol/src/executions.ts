/**
 * Executions: one run of a program, from the request to its kept output.
 *
 * The output is a sequence of numbered events. Whoever follows it (poll, server-sent events, WebSocket) says the last
 * number seen and gets what came after; numbers start at 1 and have no holes, except where a `truncated` event says so.
 */
import { z } from 'zod'
import { checkPath, fileLimits } from './files.ts'

export const executionBounds = {
  files: 500,
  argumentCount: 100,
  argumentBytes: 4096,
  environmentCount: 100,
  environmentBytes: 8192,
  networkHosts: 50,
  stdinBytes: 8 * 1024 * 1024,
  inlineBytes: 16 * 1024 * 1024,
  artefactFiles: 32,
  artefactBytes: 4 * 1024 * 1024,
  terminalColumns: 1000,
  terminalRows: 1000,
} as const

/** Requested limits; each is clamped to what the server allows, nonsense is refused. */
export const ExecutionLimits = z
  .object({
    cpuMs: z.int().positive().describe('CPU time of all its processes, milliseconds'),
    wallMs: z.int().positive().describe('Time on the wall, milliseconds'),
    memoryBytes: z.int().positive().describe('Memory, and the files it writes, bytes'),
    processes: z.int().positive().describe('Processes and threads at once'),
    diskBytes: z.int().positive().describe('Writable folders, bytes'),
    outputBytes: z.int().positive().describe('stdout and stderr together, bytes'),
  })
  .meta({ id: 'ExecutionLimits' })
export type ExecutionLimits = z.infer<typeof ExecutionLimits>

export const ExecutionFile = z
  .strictObject({
    path: z.string().describe('Relative path, as in a project'),
    content: z.string(),
    encoding: z.enum(['utf8', 'base64']).default('utf8'),
  })
  .meta({ id: 'ExecutionFile' })
export type ExecutionFile = z.infer<typeof ExecutionFile>

/** How strong the wall around a program is, weakest first. */
export const isolationLevels = ['process', 'container', 'gvisor', 'microvm'] as const
export const IsolationLevel = z.enum(isolationLevels)
export type IsolationLevel = z.infer<typeof IsolationLevel>

const noNul = (text: string): boolean => !text.includes('\u0000')

export const TerminalSize = z
  .strictObject({
    columns: z.int().min(1).max(executionBounds.terminalColumns),
    rows: z.int().min(1).max(executionBounds.terminalRows),
  })
  .meta({ id: 'TerminalSize' })
export type TerminalSize = z.infer<typeof TerminalSize>

/** `true`: all hosts that the server allows. Hosts are names; `*.example.org` is every name below. */
export const NetworkRequest = z.union([
  z.boolean(),
  z.strictObject({ hosts: z.array(z.string().max(255)).min(1).max(executionBounds.networkHosts) }),
])
export type NetworkRequest = z.infer<typeof NetworkRequest>

export const ExecutionRequest = z
  .strictObject({
    projectId: z.uuid().optional().describe('Run the files of this project …'),
    files: z
      .array(ExecutionFile)
      .min(1)
      .max(executionBounds.files)
      .optional()
      .describe('… or these files; one of the two, not both'),
    language: z
      .string()
      .max(40)
      .optional()
      .describe('Id from GET /api/v1/languages; without it, told from the name of the entry point'),
    entryPoint: z.string().optional().describe('The file to start; without it the language’s usual name, or the only file'),
    args: z
      .array(z.string().max(executionBounds.argumentBytes).refine(noNul, 'no NUL characters'))
      .max(executionBounds.argumentCount)
      .default([]),
    stdin: z.string().max(executionBounds.stdinBytes).optional().describe('Written to the program’s input at once'),
    interactive: z
      .boolean()
      .optional()
      .describe(
        'Whether the input stays open for more. By default it stays open when `stdin` is not given, and is closed after `stdin` when it is',
      ),
    waitsForReaders: z
      .boolean()
      .optional()
      .describe(
        'Whether the program waits for those who follow its output, as at a pipe, so that they miss nothing. Without it the program runs ahead, and a slow follower loses the oldest output',
      ),
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'names are letters, digits and _'),
        z.string().max(executionBounds.environmentBytes).refine(noNul, 'no NUL characters'),
      )
      .refine(
        (map) => Object.keys(map).length <= executionBounds.environmentCount,
        `at most ${executionBounds.environmentCount} variables`,
      )
      .default({}),
    terminal: TerminalSize.optional().describe(
      'A terminal of that size instead of pipes: the program edits lines, sees keys as signals, and writes one stream, `stdout`',
    ),
    artefacts: z
      .boolean()
      .default(false)
      .describe(
        `Whether the files that the program made or changed are kept with the result: the first ${executionBounds.artefactFiles}, ${executionBounds.artefactBytes / 1024 / 1024} MB together. A program that a limit ended leaves none`,
      ),
    limits: ExecutionLimits.partial().strict().optional(),
    network: NetworkRequest.optional().describe(
      'Whether the program may reach hosts over HTTP and HTTPS, through a proxy that it finds in its environment; only hosts that the server allows. Without it there is no network',
    ),
    isolation: IsolationLevel.optional().describe(
      'The wall to run behind, among those of GET /api/v1/server; without it the server’s usual one',
    ),
  })
  .meta({ id: 'ExecutionRequest' })
export type ExecutionRequest = z.infer<typeof ExecutionRequest>

export const stages = ['compile', 'run'] as const
export const Stage = z.enum(stages)
export type Stage = z.infer<typeof Stage>

export const executionStates = ['running', 'ended'] as const

/**
 * Why it ended. `exited`, `signalled`: the program's own doing. `compile-failed`: the compiler refused it. `wall`, `cpu`, `oom`, `output`,
 * `disk`, `processes`: that limit was reached. `cancelled`: the user stopped it. `infrastructure`: our fault.
 */
export const endReasons = [
  'exited',
  'signalled',
  'compile-failed',
  'wall',
  'cpu',
  'oom',
  'output',
  'disk',
  'processes',
  'cancelled',
  'infrastructure',
] as const
export const ExecutionEndReason = z.enum(endReasons)
export type ExecutionEndReason = z.infer<typeof ExecutionEndReason>

export const Artefact = z.object({ path: z.string(), sizeBytes: z.int() }).meta({ id: 'Artefact' })
export type Artefact = z.infer<typeof Artefact>

export const ExecutionResult = z
  .object({
    reason: ExecutionEndReason,
    stage: Stage.describe('The stage that ended it'),
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    message: z.string().describe('One sentence for a person: what happened and what to do'),
    cpuMs: z.number(),
    wallMs: z.number(),
    peakBytes: z.int(),
    outputBytes: z.int().describe('All that the program wrote, kept or not'),
    truncated: z.boolean().describe('Whether the kept output lacks its beginning'),
    artefacts: z
      .object({ files: z.array(Artefact), areAll: z.boolean().describe('false: there was more than is kept') })
      .optional()
      .describe('When asked for: what the program made or changed; read it at /artefacts/{path}'),
  })
  .meta({ id: 'ExecutionResult' })
export type ExecutionResult = z.infer<typeof ExecutionResult>

export const Execution = z
  .object({
    id: z.uuid(),
    state: z.enum(executionStates),
    projectId: z.uuid().nullable(),
    language: z.string(),
    entryPoint: z.string(),
    isolation: z.string().describe('Which wall it ran behind: process, container, gvisor or microvm'),
    limits: ExecutionLimits,
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    result: ExecutionResult.nullable().describe('null until it has ended'),
  })
  .meta({ id: 'Execution' })
export type Execution = z.infer<typeof Execution>

/** What the program wrote. `data` is text, or base64 where the bytes are not valid UTF-8. */
export const OutputEvent = z.object({
  type: z.literal('output'),
  seq: z.int(),
  stage: Stage,
  stream: z.enum(['stdout', 'stderr']),
  data: z.string(),
  encoding: z.enum(['utf8', 'base64']),
})
export const StageEvent = z.object({ type: z.literal('stage'), seq: z.int(), stage: Stage })
export const TruncatedEvent = z.object({
  type: z.literal('truncated'),
  seq: z.int().describe('The last number that is gone'),
  droppedBytes: z.int(),
})
export const EndEvent = z.object({ type: z.literal('end'), seq: z.int(), result: ExecutionResult })
export const ExecutionEvent = z
  .discriminatedUnion('type', [OutputEvent, StageEvent, TruncatedEvent, EndEvent])
  .meta({ id: 'ExecutionEvent' })
export type ExecutionEvent = z.infer<typeof ExecutionEvent>
export type OutputEvent = z.infer<typeof OutputEvent>

/** Answer of `GET …/output?since=`. Ask again with `since` = `nextSince`. */
export const ExecutionOutput = z
  .object({
    state: z.enum(executionStates),
    events: z.array(ExecutionEvent),
    nextSince: z.int(),
    result: ExecutionResult.nullable(),
  })
  .meta({ id: 'ExecutionOutput' })
export type ExecutionOutput = z.infer<typeof ExecutionOutput>

export const executionSignals = [
  'SIGINT',
  'SIGTERM',
  'SIGKILL',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGSTOP',
  'SIGCONT',
] as const
export const SignalRequest = z.strictObject({ signal: z.enum(executionSignals) }).meta({ id: 'SignalRequest' })
export type SignalRequest = z.infer<typeof SignalRequest>

/** What a follower may send over the execution's WebSocket (and, with a `channel`, over the tab's socket). */
export const ExecutionCommand = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('stdin'),
    data: z.string().max(1024 * 1024),
    encoding: z.enum(['utf8', 'base64']).default('utf8'),
  }),
  z.strictObject({ type: z.literal('end-of-input') }),
  z.strictObject({ type: z.literal('signal'), signal: z.enum(executionSignals) }),
  z.strictObject({ type: z.literal('resize'), ...TerminalSize.shape }),
  z.strictObject({ type: z.literal('cancel') }),
])
export type ExecutionCommand = z.infer<typeof ExecutionCommand>

/** Checks every path of inline files, and that none stands twice or is both a file and a folder. Throws a Refusal. */
export function checkInlinePaths(paths: readonly string[]): string | null {
  const seen = new Set<string>()
  for (const path of paths) {
    checkPath(path)
    if (seen.has(path)) return `the file "${path}" is given twice`
    seen.add(path)
  }
  for (const path of paths) {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1))
      if (seen.has(path.slice(0, cut))) return `"${path.slice(0, cut)}" is a file and a folder at once`
  }
  return null
}

export const inlineFileLimit = fileLimits.fileBytes
