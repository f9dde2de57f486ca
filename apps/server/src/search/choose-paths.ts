/**
 * Which files are looked through: globs and .gitignore files. Both become expressions of RE2, so that "**\/**\/**\/…" costs no more than
 * it is long. All rules of a kind are tried at once; of ignore rules the last one that fits decides, as in git.
 */
import { RE2JS, RE2Set } from 're2js'

export type IgnoreFile = { readonly folder: string; readonly text: string }
export type Choice = {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** null: they are not asked for. */
  readonly ignoreFiles: readonly IgnoreFile[] | null
}
export type Chosen = { readonly paths: readonly string[]; readonly ignored: number }

const rulesTogether = 2000
const alternativesDepth = 4

export function choosePaths(paths: readonly string[], { include, exclude, ignoreFiles }: Choice): Chosen {
  const [included, excluded] = [anyOf(include), anyOf(exclude)]
  const ignores = ignoreFiles === null ? () => false : ignoredBy(ignoreFiles)
  const chosen: string[] = []
  let ignored = 0
  for (const path of paths) {
    if ((included !== null && !included(path)) || excluded?.(path) === true) continue
    if (ignores(path)) ignored += 1
    else chosen.push(path)
  }
  return { paths: chosen, ignored }
}

/** null: there is no glob. A glob that names a folder stands for all that is in it. */
function anyOf(globs: readonly string[]): ((path: string) => boolean) | null {
  const written = globs
    .map((glob) =>
      glob
        .trim()
        .replace(/^\.?\/+/, '/')
        .replace(/\/+$/, ''),
    )
    .filter((glob) => glob !== '' && glob !== '/')
  if (written.length === 0) return null
  const set = new RE2Set(RE2Set.ANCHOR_BOTH)
  for (const glob of written) set.add(`${anchored(glob, '', true)}(?:/.*)?`)
  set.compile()
  return (path) => set.match(path).length > 0
}

function ignoredBy(files: readonly IgnoreFile[]): (path: string) => boolean {
  const set = new RE2Set(RE2Set.ANCHOR_BOTH)
  const rules: { readonly isKept: boolean; readonly foldersOnly: boolean }[] = []
  // Those of deeper folders come later, so that they decide.
  for (const { folder, text } of files.toSorted((a, b) => a.folder.length - b.folder.length))
    for (const line of text.split('\n')) {
      const rule = line.replace(/\r$/, '').replace(/(?<!\\) +$/, '')
      if (rule === '' || rule.startsWith('#') || rules.length >= rulesTogether) continue
      const isKept = rule.startsWith('!')
      const pattern = rule.slice(isKept ? 1 : 0).replace(/^\\(?=[#!])/, '')
      const bare = pattern.replace(/\/+$/, '')
      if (bare === '' || bare.length > 1000) continue
      set.add(anchored(bare, folder, false))
      rules.push({ isKept, foldersOnly: pattern.endsWith('/') })
    }
  if (rules.length > 0) set.compile()
  const decide = (path: string, isFolder: boolean): boolean => {
    if (rules.length === 0) return false
    let last = -1
    for (const each of set.match(path)) if (each > last && (isFolder || rules[each]?.foldersOnly === false)) last = each
    return last >= 0 && rules[last]?.isKept === false
  }
  const folders = new Map<string, boolean>()
  const isFolderIgnored = (folder: string): boolean => {
    if (folder === '') return false
    const known = folders.get(folder)
    if (known !== undefined) return known
    const isIgnored = folder === '.git' || folder.endsWith('/.git') || isFolderIgnored(parentOf(folder)) || decide(folder, true)
    folders.set(folder, isIgnored)
    return isIgnored
  }
  return (path) => isFolderIgnored(parentOf(path)) || decide(path, false)
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** With a "/" at its beginning or within, a glob counts from the folder; without, it is a name at any depth below. */
function anchored(glob: string, folder: string, hasAlternatives: boolean): string {
  const top = folder === '' ? '' : `${RE2JS.quote(folder)}/`
  const depth = /\//.test(glob) ? '' : '(?:.*/)?'
  return `${top}${depth}${expressionOf(glob.replace(/^\/+/, ''), hasAlternatives)}`
}

/** `*` and `?` stay within a name, `**` goes through folders, `[…]` is one character, `{a,b}` one or the other. */
function expressionOf(glob: string, hasAlternatives: boolean): string {
  // Any number of folders in a row is any number of folders.
  const plain = glob.replace(/(?:\*\*\/)+/g, '**/').replace(/\*{3,}/g, '**')
  let [result, depth] = ['', 0]
  for (let at = 0; at < plain.length; at++) {
    const character = plain.charAt(at)
    if (plain.startsWith('**/', at) && (at === 0 || plain[at - 1] === '/')) {
      result += '(?:.*/)?'
      at += 2
    } else if (plain.startsWith('**', at)) {
      result += '.*'
      at += 1
    } else if (character === '*') result += '[^/]*'
    else if (character === '?') result += '[^/]'
    else if (character === '[') {
      const end = plain.indexOf(']', at + 2)
      const inside = end < 0 ? '' : plain.slice(at + 1, end)
      if (inside === '' || inside === '!' || inside.includes('/') || !isClass(inside)) result += '\\['
      else {
        result += classOf(inside)
        at = end
      }
    } else if (hasAlternatives && character === '{' && depth < alternativesDepth && plain.includes('}', at)) {
      depth += 1
      result += '(?:'
    } else if (depth > 0 && character === ',') result += '|'
    else if (depth > 0 && character === '}') {
      depth -= 1
      result += ')'
    } else if (character === '\\' && at + 1 < plain.length) result += RE2JS.quote(plain.charAt(++at))
    else result += RE2JS.quote(character)
  }
  return result + ')'.repeat(depth)
}

const classOf = (inside: string): string => {
  const isNot = /^[!^]/.test(inside)
  return `[${isNot ? '^/' : ''}${inside.slice(isNot ? 1 : 0).replace(/[\\[\]^&]/g, '\\$&')}]`
}
const isClass = (inside: string): boolean => {
  try {
    RE2JS.compile(classOf(inside))
    return true
  } catch {
    return false
  }
}
