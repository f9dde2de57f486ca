import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path/posix'
import { importsOf } from './imports.ts'
import { emptyNames, mayImport, mayReadVariants, serverLine, serverTops, withoutNode, writesDocumentsFrom } from './rules.ts'

/** A file of the project: its path from the project's folder, and its text. */
export type SourceFile = { readonly path: string; readonly text: string }

/** What the package.json of each workspace declares; `''` is the project's own, for tests and chores. */
export type Declared = Readonly<Record<string, readonly string[]>>

/** One sentence for each rule that a file breaks. */
export function violationsOf(file: SourceFile, declared: Declared): string[] {
  const found = [...nameViolations(file.path)]
  for (const imported of importsOf(file.text)) {
    const sentence = importViolation(file.path, imported, declared)
    if (sentence !== undefined) found.push(`${file.path} imports ${imported}: ${sentence}`)
  }
  return found
}

function nameViolations(path: string): string[] {
  const empty = path.split('/').filter((part) => emptyNames.includes(part.replace(/\.[^/]*$/, '')))
  return empty.map((part) => `${path}: "${part}" says nothing about what is in it; name it for what it does`)
}

function importViolation(path: string, imported: string, declared: Declared): string | undefined {
  const workspace = workspaceOf(path)
  if (imported.startsWith('.')) {
    const target = normalize(join(dirname(path), imported))
    if (writesDocumentsFrom[path] === target) return undefined
    if (workspaceOf(target) !== workspace) return `it lies outside ${workspace || 'its folder'}; use the package's name`
    return path.startsWith('apps/server/src/') ? serverViolation(path, target) : undefined
  }
  if (imported.startsWith('@atelier/')) return ownPackageViolation(workspace, imported)
  if (imported.startsWith('node:') || builtinModules.includes(imported)) {
    if (!imported.startsWith('node:')) return `write node:${imported}`
    return !isTest(path) && withoutNode.some((place) => path.startsWith(`${place}/`)) ? 'this also runs in a browser' : undefined
  }
  return npmViolation(path, workspace, imported, declared)
}

function ownPackageViolation(workspace: string, imported: string): string | undefined {
  const name = imported.split('/')[1] ?? ''
  if (workspace === `packages/${name}`) return 'inside its own package, a file is imported by its path'
  if (mayImport[workspace]?.includes(name)) return undefined
  if (`apps/${name}` in mayImport) return 'an app is imported by nobody'
  return `${workspace} may import ${mayImport[workspace]?.join(', ') || 'nothing of ours'}`
}

function npmViolation(path: string, workspace: string, imported: string, declared: Declared): string | undefined {
  const name = imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/')
  if (declared[workspace]?.includes(name)) return undefined
  const isChore = isTest(path) || !(workspace in declared)
  if (isChore && declared['']?.includes(name)) return undefined
  return isChore ? 'no package.json declares it' : `${workspace}/package.json does not declare it`
}

function serverViolation(path: string, target: string): string | undefined {
  const from = placeInServer(path)
  const to = placeInServer(target)
  if (to === 'variants/' && !mayReadVariants.includes(from) && !isTest(path)) return 'only wiring.ts reads a variant'
  if (from === to || !from.endsWith('/')) return undefined
  if (serverTops.includes(to)) return `${to}.ts knows everything and is imported by no folder`
  if (!to.endsWith('/') || from === 'variants/') return undefined
  const own = serverLine.indexOf(from.slice(0, -1))
  const other = serverLine.indexOf(to.slice(0, -1))
  if (own === -1 || other === -1)
    return `${own === -1 ? from : to} has no place in the server's line (scripts/boundaries/rules.ts)`
  return other < own ? undefined : `${to} stands after ${from} in the server's line (scripts/boundaries/rules.ts)`
}

/** `executions/` for a file in that folder, `wiring` for a file beside the folders. */
function placeInServer(path: string): string {
  const [first = '', ...rest] = path.slice('apps/server/src/'.length).split('/')
  return rest.length > 0 ? `${first}/` : first.replace(/\.ts$/, '')
}

/** `packages/base`, `apps/web`, `journeys`, `scripts`; empty for anything else. */
function workspaceOf(path: string): string {
  const [top = '', name = ''] = path.split('/')
  if (top === 'apps' || top === 'packages') return `${top}/${name}`
  return top in mayImport ? top : ''
}

const isTest = (path: string): boolean => /\.test\.tsx?$|\.contract\.ts$|\/fixtures\/|\/test-[a-z-]+\.ts$/.test(path)
