/**
 * From a language, an entry point and files to what the sandboxes have to do:
 *
 *   compile (compiled languages) ── binary ──► run
 *
 * Both stages get a fresh box. Pure: the same input gives the same plan, and `cacheKey` names the binary it makes.
 */
import { createHash, type Hash } from 'node:crypto'
import type { Program, Root, SandboxFile, SandboxLimits, SandboxSpec } from '../sandbox.ts'
import { asArgument, chooseWay, type Placeholders } from './compile-way.ts'
import { type LanguageDefinition, programPath } from './manifest.ts'

/** A toolchain that can be used now. */
export type Available = {
  readonly available: true
  readonly root: Root
  readonly version: string
  /** Changes whenever the toolchain could make something else of the same files: the host's version, or the image's digest. */
  readonly fingerprint: string
}

export type Availability =
  | Available
  | {
      readonly available: false
      /** A clause for people, without a full stop: "the toolchain image is being built: unpacking packages, 43 %". */
      readonly reason: string
      /** What the person who hosts can do; a sentence. */
      readonly remedy: string
    }

export type StagePlan = { readonly spec: SandboxSpec; readonly program: Program }

export type ExecutionPlan = {
  readonly compile: (StagePlan & { readonly cacheKey: string }) | null
  /** `binary` is what `compile` collected; null for languages that do not compile. */
  run(binary: Uint8Array | null): StagePlan
}

export type Work = {
  readonly language: LanguageDefinition
  /** One of the files; the caller has checked that. */
  readonly entryPoint: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly files: readonly SandboxFile[]
  /** For the run stage; the compile stage has its language's own. */
  readonly limits: SandboxLimits
  readonly availability: Available
}

/** Throws when the entry point is not among the files: that is for the caller to refuse, with better words. */
export function planExecution(work: Work): ExecutionPlan {
  const { language, entryPoint, files } = work
  if (!files.some((file) => file.path === entryPoint)) throw new Error(`the entry point ${entryPoint} is not among the files`)
  return { compile: planCompile(work), run: (binary) => planRun(work, binary, language.compile !== undefined) }
}

function planCompile({ language, entryPoint, files, availability }: Work): ExecutionPlan['compile'] {
  if (language.compile === undefined) return null
  const { environment, limits, programBytes, ways } = language.compile
  const chosen = chooseWay(ways, entryPoint, files)
  if (chosen === null) throw new Error(`the language ${language.id} has no way to compile ${entryPoint}`)
  const supplied = supply(chosen.way.supply, files, { majorMinor: majorMinorOf(availability.version) })
  const argv = fill(chosen.way.argv, { ...chosen.placeholders, program: programPath })
  const program: Program = {
    argv,
    environment,
    files: [...files, ...supplied],
    limits,
    collect: [programPath],
    collectBytes: programBytes,
  }
  const key = createHash('sha256')
  for (const part of [
    'binary 1',
    language.id,
    availability.version,
    availability.fingerprint,
    JSON.stringify([argv, environment]),
  ])
    addPart(key, part)
  for (const file of program.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    addPart(key, file.path)
    addPart(key, file.executable === true ? 'x' : '-')
    addPart(key, file.content)
  }
  return { spec: { root: availability.root, warmth: 'exec' }, program, cacheKey: key.digest('hex') }
}

function planRun(
  { language, entryPoint, args, environment, files, limits, availability }: Work,
  binary: Uint8Array | null,
  compiled: boolean,
): StagePlan {
  const { run } = language
  if (compiled && binary === null) throw new Error(`the language ${language.id} is compiled: its run stage needs the binary`)
  // An interpreter that stands ready gets the script by its own name; a command line must not take it for an option.
  const entry = run.warmth === 'exec' ? asArgument(entryPoint) : entryPoint
  const memoryMb = String(Math.floor(limits.memoryBytes / 2 ** 20))
  const program: Program = {
    argv: [...fill(run.argv, { entry, program: programPath, memoryMb }), ...args],
    environment: { ...run.environment, ...environment },
    files: binary === null ? files : [...files, { path: programPath, content: binary, executable: true }],
    limits,
  }
  return { spec: { root: availability.root, warmth: run.warmth }, program }
}

function supply(
  wanted: Readonly<Record<string, string>>,
  files: readonly SandboxFile[],
  placeholders: Placeholders,
): SandboxFile[] {
  const missing = Object.entries(wanted).filter(([path]) => !files.some((file) => file.path === path))
  return missing.map(([path, content]) => ({ path, content: Buffer.from(fill([content], placeholders).join('')) }))
}

/** Replaces `{name}`; an argument that is nothing but a list's placeholder becomes the whole list. */
function fill(argv: readonly string[], placeholders: Placeholders): string[] {
  return argv.flatMap((item) => {
    const whole = placeholders[/^\{([a-zA-Z]+)\}$/.exec(item)?.[1] ?? '']
    if (whole !== undefined && typeof whole !== 'string') return whole
    return item.replace(/\{([a-zA-Z]+)\}/g, (unknown, name: string) => {
      const value = placeholders[name]
      return value === undefined ? unknown : String(value)
    })
  })
}

const majorMinorOf = (version: string): string => version.split('.').slice(0, 2).join('.')

/** Length first, so that no two lists of parts look the same to the hash. */
function addPart(hash: Hash, part: string | Uint8Array): void {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part
  hash.update(`${bytes.length}:`).update(bytes)
}
