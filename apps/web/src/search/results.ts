/** What a search has found, as rows; which matches are ticked; and which one comes next. No React, no requests. */
import type { ReplaceFile, SearchCut, SearchMatch } from '@atelier/protocol/search'

export type FoundFile = {
  readonly path: string
  readonly version: number
  readonly matches: readonly SearchMatch[]
  readonly cut: SearchCut | null
}
/** `match` null: the row of the file. */
export type Spot = { readonly path: string; readonly match: number | null }
export type Row = Spot & { readonly file: FoundFile }
/** Matches that are left out of a replacement, by path. */
export type LeftOut = ReadonlyMap<string, ReadonlySet<number>>

export function rowsOf(files: readonly FoundFile[], collapsed: ReadonlySet<string>): readonly Row[] {
  const rows: Row[] = []
  for (const file of files) {
    const { path } = file
    rows.push({ path, match: null, file })
    if (!collapsed.has(path)) for (let match = 0; match < file.matches.length; match++) rows.push({ path, match, file })
  }
  return rows
}

export const isSameSpot = (a: Spot | null, b: Spot | null): boolean => a?.path === b?.path && a?.match === b?.match

/** The match after this spot, or before it; around at the ends. Null: nothing was found. */
export function nextMatch(files: readonly FoundFile[], from: Spot | null, by: 1 | -1): Spot | null {
  const rows = rowsOf(files, new Set())
  const matches = rows.filter(({ match }) => match !== null)
  if (matches.length === 0) return null
  const at = rows.findIndex((row) => isSameSpot(row, from))
  const after = by === 1 ? rows.slice(at + 1).find(isMatch) : rows.slice(0, Math.max(0, at)).findLast(isMatch)
  return after ?? (by === 1 ? matches[0] : matches.at(-1)) ?? null
}
const isMatch = ({ match }: Row): boolean => match !== null

export function tickOf({ path, matches }: FoundFile, leftOut: LeftOut): 'all' | 'some' | 'none' {
  const out = leftOut.get(path)?.size ?? 0
  return out === 0 ? 'all' : out >= matches.length ? 'none' : 'some'
}

export const isTicked = ({ path, match, file }: Row, leftOut: LeftOut): boolean =>
  match === null ? tickOf(file, leftOut) !== 'none' : leftOut.get(path)?.has(match) !== true

/** Of a file: all of its matches, or none of them. */
export function toggleTick(row: Row, leftOut: LeftOut): LeftOut {
  const { path, match, file } = row
  const next = new Map(leftOut)
  const out = new Set(leftOut.get(path))
  if (match === null) {
    const isAll = tickOf(file, leftOut) === 'all'
    out.clear()
    if (isAll) for (let each = 0; each < file.matches.length; each++) out.add(each)
  } else if (!out.delete(match)) out.add(match)
  if (out.size === 0) next.delete(path)
  else next.set(path, out)
  return next
}

/** What a replacement is asked for. */
export function tickedFiles(files: readonly FoundFile[], leftOut: LeftOut): ReplaceFile[] {
  return files.flatMap(({ path, version, matches, cut }): ReplaceFile[] => {
    const out = leftOut.get(path)
    // Of a file with more matches than were told, only those that could be looked at.
    if (out === undefined && cut === null) return [{ path, version, matches: 'all' }]
    const chosen = matches.map((_, match) => match).filter((match) => out?.has(match) !== true)
    return chosen.length === 0 ? [] : [{ path, version, matches: chosen }]
  })
}

export const countTicked = (files: readonly FoundFile[], leftOut: LeftOut): number =>
  files.reduce((sum, { path, matches }) => sum + matches.length - (leftOut.get(path)?.size ?? 0), 0)

/** "a, b" → globs. */
export function globsOf(text: string): string[] {
  const globs: string[] = []
  let [glob, depth] = ['', 0]
  for (const character of text) {
    if (character === '{') depth += 1
    if (character === '}') depth -= 1
    if (character === ',' && depth <= 0) {
      globs.push(glob)
      glob = ''
    } else glob += character
  }
  return [...globs, glob].map((each) => each.trim()).filter((each) => each !== '')
}

const shownBefore = 14

/** A line as it is shown: without its indentation, and with little before the match. */
export function shownParts({ text, from, to }: SearchMatch): {
  readonly before: string
  readonly match: string
  readonly after: string
} {
  const lead = text.slice(0, from).trimStart()
  const before = lead.length > shownBefore ? `…${lead.slice(-shownBefore)}` : lead
  return { before, match: text.slice(from, to), after: text.slice(to) }
}
