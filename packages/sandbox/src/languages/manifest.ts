/**
 * A language is a folder of data: `languages/<id>/language.json` says how it is found, compiled and run, and
 * `programs/` beside it holds small programs with what must be observed. Adding a language is adding a folder.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Where a compile stage puts its result, and where the run stage finds it. */
export const programPath = '/tmp/program'

/** A command that stands for the project's own Node, which the container driver binds into the box. */
export const ownNode = '{node}'

const text = z.string().min(1)
const argv = z.array(text).min(1)
const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
const pattern = z.string().refine(isRegExp, { message: 'is not a regular expression' })

const CompileLimits = z.strictObject({
  cpuMs: z.int().positive(),
  wallMs: z.int().positive(),
  memoryBytes: z.int().positive(),
  processes: z.int().positive(),
  diskBytes: z.int().positive(),
  diskFiles: z.int().positive(),
  outputBytes: z.int().positive(),
})

/** One way to compile; the first whose conditions all hold is taken. Conditions name what is seen in the project. */
const CompileWay = z.strictObject({
  /** A file name: the nearest folder at or above the entry point's that holds it becomes `{root}`, and paths count from there. */
  beneath: text.optional(),
  /** Matches the entry point's path below `{root}`; named groups become placeholders. */
  entry: pattern.optional(),
  /** Matches the text of the `beneath` file; named groups become placeholders. */
  marker: pattern.optional(),
  /** Matches the entry point's text and that of another file beside it: both want to be the start. Gives `{companions}`. */
  rivals: pattern.optional(),
  /** Matches the text of files that want to be the start: but for the entry point, they are not among `{sources}`. */
  starts: pattern.optional(),
  argv,
  /** Files that the compiler needs, added where the project has none of that name at its top. */
  supply: z.record(text, z.string()).default({}),
})

const Compile = z.strictObject({
  environment: environment.default({}),
  limits: CompileLimits,
  /** The largest program that is taken out of the box. */
  programBytes: z.int().positive(),
  ways: z.array(CompileWay).min(1),
})

const Warm = z.strictObject({
  /** Shown while it happens, "compiling Go's standard library". */
  step: text,
  argv,
  environment: environment.default({}),
  /** Lines it prints, about, for the progress bar. */
  lines: z.int().positive().default(1),
})

const Manifest = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  name: text,
  /** With the dot, most usual first. */
  extensions: z.array(z.string().regex(/^\.[a-z0-9.+-]+$/i)).min(1),
  /** The usual name of the file to start. */
  entryPoint: text,
  /** The id that Monaco knows it by. */
  editorLanguage: text,
  /** How a toolchain is asked for its version; the first group of `pattern` is the version. */
  version: z.strictObject({
    arguments: z.array(text),
    pattern: pattern.refine(hasGroup, { message: 'needs a group (…) around the version' }),
  }),
  /** Where it is on an ordinary host, for languages that work before the image is built. */
  host: z.strictObject({ command: text }).optional(),
  /** Where it is in the image, the Debian packages that bring it, and what to do once so that its first use is quick. */
  image: z.strictObject({
    /** Whether every server's image has it from the start, or only those whose host asked for it. */
    comes: z.enum(['first', 'when asked']).default('when asked'),
    command: text,
    packages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/)),
    warm: z.array(Warm).default([]),
  }),
  compile: Compile.optional(),
  run: z.strictObject({ warmth: z.enum(['python', 'node', 'exec']), argv, environment: environment.default({}) }),
})

export type LanguageDefinition = z.infer<typeof Manifest>
export type CompileWay = z.infer<typeof CompileWay>

/** A manifest that cannot be used. The message names the file and the field, for the person who wrote it. */
export class LanguageManifestError extends Error {}

/** Reads every folder of `folder`, in alphabetical order. Throws LanguageManifestError at the first that cannot be used. */
export async function loadLanguages(folder: string): Promise<LanguageDefinition[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const definitions: LanguageDefinition[] = []
  for (const id of ids.sort()) definitions.push(await loadLanguage(folder, id))
  refuseDoubledExtensions(definitions)
  return definitions
}

async function loadLanguage(folder: string, id: string): Promise<LanguageDefinition> {
  const file = join(folder, id, 'language.json')
  const json = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new LanguageManifestError(`The language "${id}" has no readable manifest: ${file}.`, { cause })
  })
  return parseManifest(file, id, json)
}

/** Checks one manifest's text. `id` is the name of its folder. */
export function parseManifest(file: string, id: string, json: string): LanguageDefinition {
  const fail = (what: string): never => {
    throw new LanguageManifestError(`The language manifest ${file} cannot be used: ${what}.`)
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    fail(`it is not JSON (${error instanceof Error ? error.message : String(error)})`)
  }
  const parsed = Manifest.safeParse(value)
  if (!parsed.success) {
    return fail(parsed.error.issues.map((issue) => `field ${fieldName(issue.path)}: ${issue.message}`).join('; '))
  }
  const manifest = parsed.data
  if (manifest.id !== id) fail(`field id: it says "${manifest.id}", its folder is called "${id}"`)
  for (const [field, item] of placeholderFields(manifest)) {
    for (const name of placeholdersIn(item.text)) {
      if (!item.allowed.includes(name))
        fail(`field ${field}: {${name}} is not one of ${item.allowed.map((each) => `{${each}}`).join(', ')}`)
    }
  }
  return manifest
}

const fieldName = (path: readonly PropertyKey[]): string => (path.length === 0 ? '(top)' : path.map(String).join('.'))

export const placeholdersIn = (item: string): string[] => [...item.matchAll(/\{([a-zA-Z]+)\}/g)].map((match) => match[1] ?? '')

function* placeholderFields(manifest: LanguageDefinition): Generator<[string, { text: string; allowed: string[] }]> {
  const compiled = manifest.compile !== undefined
  for (const [index, item] of manifest.run.argv.entries()) {
    yield [`run.argv.${index}`, { text: item, allowed: ['entry', ...(compiled ? ['program'] : []), 'memoryMb'] }]
  }
  for (const [at, way] of manifest.compile?.ways.entries() ?? []) {
    const captured = [way.entry, way.marker].flatMap((source) =>
      [...(source ?? '').matchAll(/\(\?<([a-zA-Z]+)>/g)].map((match) => match[1] ?? ''),
    )
    const allowed = [
      'entry',
      'folder',
      'root',
      'program',
      'sources',
      ...(way.rivals === undefined ? [] : ['companions']),
      ...captured,
    ]
    for (const [index, item] of way.argv.entries()) yield [`compile.ways.${at}.argv.${index}`, { text: item, allowed }]
    for (const [name, content] of Object.entries(way.supply)) {
      yield [`compile.ways.${at}.supply.${name}`, { text: content, allowed: ['majorMinor'] }]
    }
  }
}

function refuseDoubledExtensions(definitions: readonly LanguageDefinition[]): void {
  const owners = new Map<string, string>()
  for (const { id, extensions } of definitions) {
    for (const extension of extensions) {
      const owner = owners.get(extension)
      if (owner !== undefined) {
        throw new LanguageManifestError(
          `The language manifests of "${owner}" and "${id}" both claim ${extension} in field extensions: one of them must give it up.`,
        )
      }
      owners.set(extension, id)
    }
  }
}

/** Matches the empty string by force, to see how many groups there are. */
function hasGroup(source: string): boolean {
  return isRegExp(source) && (new RegExp(`${source}|`).exec('')?.length ?? 0) > 1
}

function isRegExp(source: string): boolean {
  try {
    new RegExp(source, 'm')
    return true
  } catch {
    return false
  }
}
