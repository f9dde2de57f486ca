/** Holds the project's import rules and names (scripts/boundaries/rules.ts) over every source file. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Declared, violationsOf } from './boundaries/violations.ts'

const projectFolder = resolve(import.meta.dirname, '..')

const files = globSync('{apps,packages,scripts,journeys}/**/*.{ts,tsx,mjs}', {
  cwd: projectFolder,
  exclude: (name) => name === 'node_modules' || name === 'dist',
})

function readDeclared(): Declared {
  const manifests = ['', ...globSync('{apps,packages}/*', { cwd: projectFolder })].filter((folder) =>
    existsSync(join(projectFolder, folder, 'package.json')),
  )
  return Object.fromEntries(
    manifests.map((folder) => {
      const manifest = JSON.parse(readFileSync(join(projectFolder, folder, 'package.json'), 'utf8')) as Record<
        string,
        object | undefined
      >
      return [
        folder,
        ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) => Object.keys(manifest[kind] ?? {})),
      ]
    }),
  )
}

const declared = readDeclared()
const sentences = files.flatMap((path) => violationsOf({ path, text: readFileSync(join(projectFolder, path), 'utf8') }, declared))
for (const sentence of sentences.sort()) console.log(sentence)
console.log(`${files.length} files, ${sentences.length} broken rules`)
process.exitCode = sentences.length === 0 ? 0 : 1
