/** From the options of `atelier run` to the request. */
import { isUtf8 } from 'node:buffer'
import { executionBounds, isolationLevels, type TerminalSize } from '@atelier/protocol/executions'
import { exitCodes, Failure } from '../failure.ts'
import type { SourceFile, Sources } from './source-files.ts'

export type RunOptions = {
  readonly language?: string
  readonly timeout?: string
  readonly memory?: string
  readonly isolation?: string
  readonly env?: readonly string[]
  readonly with?: readonly string[]
  readonly terminal?: boolean
  readonly artefacts?: string
  readonly verbose?: boolean
}

export type InlineFile = { readonly path: string; readonly content: string; readonly encoding: 'utf8' | 'base64' }

/** Without its own limit a program may compute this long; a longer `--timeout` raises both. */
const usualCpuMs = 10_000

/** `terminal`: the size of ours, when it is lent to the program. */
export function requestOf(sources: Sources, args: readonly string[], options: RunOptions, terminal: TerminalSize | null = null) {
  if (args.length > executionBounds.argumentCount)
    throw usage(`A program takes at most ${executionBounds.argumentCount} arguments; there are ${args.length}.`)
  return {
    files: sources.files.map(inlineFileOf),
    ...(sources.entryPoint === undefined ? {} : { entryPoint: sources.entryPoint }),
    ...(options.language === undefined ? {} : { language: options.language }),
    args,
    environment: environmentOf(options.env ?? []),
    limits: limitsOf(options),
    ...isolationOf(options),
    ...(terminal === null ? {} : { terminal }),
    ...(options.artefacts === undefined ? {} : { artefacts: true }),
    interactive: true,
    waitsForReaders: true,
  }
}

export type RunRequest = ReturnType<typeof requestOf>

/** Text as text where that is shorter; bytes that are no text, and text that JSON would have to escape much, as base64. */
export function inlineFileOf({ path, content }: SourceFile): InlineFile {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8')
    if (Buffer.byteLength(JSON.stringify(text)) <= Math.ceil(bytes.length * 1.33) + 16)
      return { path, content: text, encoding: 'utf8' }
  }
  return { path, content: bytes.toString('base64'), encoding: 'base64' }
}

/** `K=V` sets, `K` alone takes nothing from here: a program never sees this machine's environment by accident. */
function environmentOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]{0,127})=(.*)$/s.exec(pair) ?? []
      if (name === undefined || value === undefined)
        throw usage(`--env takes NAME=VALUE, where the name is letters, digits and _; it is "${pair}".`)
      return [name, value]
    }),
  )
}

/** Which of them the server allows, only the server knows. */
function isolationOf({ isolation }: RunOptions): { isolation?: string } {
  if (isolation === undefined) return {}
  if (!isolationLevels.some((level) => level === isolation))
    throw usage(`--isolation is one of ${isolationLevels.join(', ')}; it is "${isolation}".`)
  return { isolation }
}

function limitsOf({ timeout, memory }: RunOptions): Record<string, number> {
  const wallMs = timeout === undefined ? undefined : Math.ceil(positive(timeout, '--timeout', 'seconds') * 1000)
  const memoryBytes = memory === undefined ? undefined : Math.ceil(positive(memory, '--memory', 'megabytes') * 1024 * 1024)
  return {
    ...(wallMs === undefined ? {} : { wallMs, cpuMs: Math.max(wallMs, usualCpuMs) }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  }
}

function positive(text: string, option: string, unit: string): number {
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : 0
  if (value <= 0) throw usage(`${option} takes a number of ${unit} above 0; it is "${text}".`)
  return value
}

const usage = (sentence: string): Failure => new Failure(sentence, { exitCode: exitCodes.usage })
