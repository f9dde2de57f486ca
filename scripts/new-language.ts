/**
 * Begins a new language: `node scripts/new-language.ts fish --name Fish --extension .fish --command /usr/bin/fish --package fish`
 * writes languages/fish with a manifest and the four programs to fill in.
 */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export type NewLanguage = {
  readonly id: string
  readonly name: string
  readonly extension: string
  /** The interpreter in the image. */
  readonly command: string
  /** The Debian packages that bring it. */
  readonly packages: readonly string[]
}

const next = `What comes next:
  1. In language.json, let version.pattern find the version in what the command answers. A language that is compiled gets
     a "compile" part: languages/rust/language.json is an example.
  2. Write the four programs, and in each expected.json what must be observed.
  3. npm run languages -- check ID
     makes an image with the new language and runs the programs in it.`

/** Writes `<folder>/<id>`; returns the files. Throws when the language is there already. */
export async function beginLanguage(folder: string, { id, name, extension, command, packages }: NewLanguage): Promise<string[]> {
  const home = join(folder, id)
  if (await stat(home).catch(() => null)) throw new Error(`There is a language in ${home} already.`)
  const entryPoint = `main${extension}`
  const manifest = {
    ...{ id, name, extensions: [extension], entryPoint, editorLanguage: id },
    version: { arguments: ['--version'], pattern: '(\\d+\\.\\d+(?:\\.\\d+)?)' },
    image: { command, packages },
    run: { warmth: 'exec', argv: [command, '{entry}'] },
  }
  const asked = 'Your name? Your age? Ada will be 37 next year.\n'
  const programs = {
    hello: [`prints "Hello from ${name}!"`, { exitCode: 0, stdout: `Hello from ${name}!\n` }],
    stdin: [
      'asks "Your name? " and "Your age? ", and prints "Ada will be 37 next year."',
      { stdin: 'Ada\n36\n', exitCode: 0, stdout: asked },
    ],
    'compile-error': ['is not valid', { exitCode: 1, stdout: '', stderrContains: [entryPoint] }],
    'runtime-error': ['prints "before" and then fails', { exitCode: 1, stdout: 'before\n', stderrContains: [entryPoint] }],
  } as const
  const files: Record<string, string> = { 'language.json': asJson(manifest) }
  for (const [program, [what, expected]] of Object.entries(programs)) {
    files[`programs/${program}/${entryPoint}`] = `A ${name} program that ${what}.\n`
    files[`programs/${program}/expected.json`] = asJson(expected)
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(home, path, '..'), { recursive: true })
    await writeFile(join(home, path), text)
  }
  return Object.keys(files).map((path) => join(home, path))
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      extension: { type: 'string' },
      command: { type: 'string' },
      package: { type: 'string', multiple: true },
    },
  })
  const [id] = positionals
  if (id === undefined || !/^[a-z][a-z0-9-]{0,31}$/.test(id)) {
    console.error(
      'Usage: node scripts/new-language.ts ID [--name NAME] [--extension .EXT] [--command PATH] [--package DEBIAN-PACKAGE]…',
    )
    process.exit(1)
  }
  const { name = id, extension = `.${id}`, command = `/usr/bin/${id}`, package: packages = [id] } = values
  const files = await beginLanguage(join(import.meta.dirname, '../languages'), { id, name, extension, command, packages })
  console.log(`${files.join('\n')}\n\n${next}`)
}
