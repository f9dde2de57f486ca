/** Which of a language's ways to compile fits a project, and what its placeholders then mean. Pure. */
import { posix } from 'node:path'
import type { SandboxFile } from '../sandbox.ts'
import type { CompileWay } from './manifest.ts'

/** A value, or several for an argument that stands for a list. */
export type Placeholders = Readonly<Record<string, string | readonly string[]>>

export type ChosenWay = { readonly way: CompileWay; readonly placeholders: Placeholders }

/** How much of a file is looked at for a pattern: they are to be found near the top, and nobody's file may hold us up. */
const seenBytes = 256 * 1024

/** The first way whose conditions hold. Null when none does. */
export function chooseWay(ways: readonly CompileWay[], entryPoint: string, files: readonly SandboxFile[]): ChosenWay | null {
  const byPath = new Map(files.map((file) => [file.path, file]))
  for (const way of ways) {
    const placeholders = match(way, entryPoint, byPath)
    if (placeholders !== null) return { way, placeholders }
  }
  return null
}

function match(way: CompileWay, entryPoint: string, files: ReadonlyMap<string, SandboxFile>): Placeholders | null {
  const root = way.beneath === undefined ? '.' : nearestFolder(way.beneath, entryPoint, files)
  if (root === null) return null
  const entry = posix.relative(root, entryPoint)
  const placeholders: Record<string, string | readonly string[]> = {
    root: asFolder(root),
    entry: asArgument(entry),
    folder: asFolder(posix.dirname(entry)),
  }
  if (way.entry !== undefined && !capture(way.entry, entry, placeholders)) return null
  if (way.marker !== undefined) {
    const marker = files.get(posix.join(root, way.beneath ?? ''))
    if (marker === undefined || !capture(way.marker, textOf(marker), placeholders)) return null
  }
  if (way.rivals !== undefined) {
    const companions = companionsOf(new RegExp(way.rivals, 'm'), entryPoint, files)
    if (companions === null) return null
    placeholders.companions = companions.map((path) => asArgument(posix.relative(root, path)))
  }
  placeholders.sources = sourcesOf(way.starts === undefined ? null : new RegExp(way.starts, 'm'), entryPoint, files).map((path) =>
    asArgument(posix.relative(root, path)),
  )
  return placeholders
}

function nearestFolder(name: string, entryPoint: string, files: ReadonlyMap<string, SandboxFile>): string | null {
  for (let folder = posix.dirname(entryPoint); ; folder = posix.dirname(folder)) {
    if (files.has(posix.join(folder, name))) return folder
    if (folder === '.' || folder === '/') return null
  }
}

function capture(pattern: string, text: string, into: Record<string, string | readonly string[]>): boolean {
  const found = new RegExp(pattern, 'm').exec(text)
  if (found === null) return false
  for (const [name, value] of Object.entries(found.groups ?? {})) into[name] = value ?? ''
  return true
}

/** The files beside the entry point that belong to it when another one there claims to be the start too; null without a rival. */
function companionsOf(start: RegExp, entryPoint: string, files: ReadonlyMap<string, SandboxFile>): string[] | null {
  const entry = files.get(entryPoint)
  if (entry === undefined || !start.test(textOf(entry))) return null
  const beside = [...files.values()].filter(
    ({ path }) =>
      path !== entryPoint &&
      posix.dirname(path) === posix.dirname(entryPoint) &&
      posix.extname(path) === posix.extname(entryPoint),
  )
  const rest = beside.filter((file) => !start.test(textOf(file)))
  if (rest.length === beside.length) return null
  return [entryPoint, ...rest.map((file) => file.path).sort()]
}

/** Files of the entry point's kind beside and below it, but for those that want to be the start themselves; the entry point comes last. */
function sourcesOf(start: RegExp | null, entryPoint: string, files: ReadonlyMap<string, SandboxFile>): string[] {
  const folder = posix.dirname(entryPoint)
  const others = [...files.values()].filter(
    (file) =>
      file.path !== entryPoint &&
      posix.extname(file.path) === posix.extname(entryPoint) &&
      (folder === '.' || file.path.startsWith(`${folder}/`)) &&
      !(start?.test(textOf(file)) ?? false),
  )
  return [...others.map((file) => file.path).sort(), entryPoint]
}

const textOf = (file: SandboxFile): string => Buffer.from(file.content.subarray(0, seenBytes)).toString('utf8')

/** "." or "./name": never to be mistaken for an option or, by Go, for a package of the standard library. */
const asFolder = (path: string): string => (path === '.' || path === '' ? '.' : `./${path}`)

/** A path as an argument: one that starts with "-" or "@" would be read as something else. */
export const asArgument = (path: string): string => (/^[\w.]/.test(path) ? path : `./${path}`)
