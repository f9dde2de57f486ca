/**
 * The small programs of a language, each a folder `languages/<id>/programs/<name>/`: its files, and beside them
 * `expected.json` with what must be observed when it is run.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { z } from 'zod'
import type { SandboxFile } from '../sandbox.ts'
import { type LanguageDefinition, LanguageManifestError } from './manifest.ts'

const expectedFile = 'expected.json'

const Expected = z.strictObject({
  /** Where it is not the language's usual entry point. */
  entryPoint: z.string().optional(),
  args: z.array(z.string()).default([]),
  /** Everything the program reads; its input is closed after it. */
  stdin: z.string().default(''),
  /** The stage that ends the execution. */
  stage: z.enum(['compile', 'run']).default('run'),
  reason: z.enum(['exited', 'signalled']).default('exited'),
  exitCode: z.int().nullable(),
  /** Exactly, of the stage that ends it. */
  stdout: z.string(),
  /** Each must be found in stderr; none given: stderr must be empty. */
  stderrContains: z.array(z.string().min(1)).default([]),
})

export type LanguageProgram = {
  readonly name: string
  readonly entryPoint: string
  readonly files: readonly SandboxFile[]
  readonly expected: Omit<z.infer<typeof Expected>, 'entryPoint'>
}

/** Programs that every language must bring. */
export const neededPrograms = ['hello', 'stdin', 'compile-error', 'runtime-error'] as const

/** `folder` is the folder of all languages. Throws LanguageManifestError, which names the file and the field. */
export async function loadPrograms(folder: string, language: LanguageDefinition): Promise<LanguageProgram[]> {
  const home = join(folder, language.id, 'programs')
  const names = (await readdir(home, { withFileTypes: true }).catch(() => []))
    .filter((each) => each.isDirectory())
    .map((each) => each.name)
  const missing = neededPrograms.find((name) => !names.includes(name))
  if (missing !== undefined)
    throw new LanguageManifestError(`The language "${language.id}" lacks the program ${join(home, missing)}.`)
  return Promise.all(names.sort().map((name) => loadProgram(home, name, language)))
}

async function loadProgram(home: string, name: string, language: LanguageDefinition): Promise<LanguageProgram> {
  const folder = join(home, name)
  const fail = (what: string): never => {
    throw new LanguageManifestError(`The program ${join(folder, expectedFile)} cannot be used: ${what}.`)
  }
  const json = await readFile(join(folder, expectedFile), 'utf8').catch(() => fail('it cannot be read'))
  const parsed = Expected.safeParse(parseJson(json))
  if (!parsed.success) {
    return fail(
      parsed.error.issues.map((issue) => `field ${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`).join('; '),
    )
  }
  const { entryPoint = language.entryPoint, ...expected } = parsed.data
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((each) => each.isFile()).map((each) => relative(folder, join(each.parentPath, each.name)))
  const files = await Promise.all(
    paths
      .filter((path) => path !== expectedFile)
      .sort()
      .map(async (path) => ({ path, content: await readFile(join(folder, path)) })),
  )
  if (!files.some((file) => file.path === entryPoint)) fail(`field entryPoint: there is no file ${entryPoint}`)
  return { name, entryPoint, files, expected }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
