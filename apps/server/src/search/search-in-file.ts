/** What is told of the matches in one file, and what the file becomes when they are replaced. */
import { isUtf8 } from 'node:buffer'
import { fileLimits } from '@atelier/protocol/files'
import { type SearchCut, type SearchMatch, searchLimits } from '@atelier/protocol/search'
import type { Finder, Piece, RawMatch } from './find-matches.ts'
import { previewOfReplacement, type WriteReplacement } from './write-replacement.ts'

/** Up to so many characters of the line are shown before the match. */
const shownBefore = 60
const lineFeed = 10

export const isText = (bytes: Buffer): boolean => !bytes.includes(0) && isUtf8(bytes)

export type LookOptions = {
  readonly most: number
  readonly isLate: () => boolean
  readonly write: WriteReplacement | null
}

export function lookThrough(
  bytes: Buffer,
  finder: Finder,
  { most, isLate, write }: LookOptions,
): { matches: SearchMatch[]; cut: SearchCut | null } {
  const matches: SearchMatch[] = []
  const pieces = finder.find(bytes, { most, isLate, wantsGroups: write !== null })
  const counter = { line: 1, at: 0 }
  for (;;) {
    const next = pieces.next()
    if (next.done === true) return { matches, cut: next.value }
    matches.push(...told(bytes, next.value, counter, write))
  }
}

/** `counter`: lines that were counted up to there, for the next piece. */
function* told(
  bytes: Buffer,
  { text, from, matches }: Piece,
  counter: { line: number; at: number },
  write: WriteReplacement | null,
): Generator<SearchMatch> {
  for (let feed = bytes.indexOf(lineFeed, counter.at); feed >= 0 && feed < from; feed = bytes.indexOf(lineFeed, feed + 1))
    counter.line += 1
  counter.at = from
  let [line, lineStart] = [counter.line, 0]
  const goTo = (at: number): void => {
    for (let feed = text.indexOf('\n', lineStart); feed >= 0 && feed < at; feed = text.indexOf('\n', lineStart)) {
      line += 1
      lineStart = feed + 1
    }
  }
  for (const match of matches) {
    goTo(match.start)
    const [startLine, startColumn] = [line, match.start - lineStart + 1]
    const shown = shownLine(text, lineStart, match)
    goTo(match.end)
    const matched = text.slice(match.start, match.end)
    const replacement =
      write === null
        ? {}
        : { replacement: previewOfReplacement(write, match, matched, searchLimits.previewLength).toWellFormed() }
    yield { line: startLine, column: startColumn, endLine: line, endColumn: match.end - lineStart + 1, ...shown, ...replacement }
  }
}

function shownLine(text: string, lineStart: number, { start, end }: RawMatch): Pick<SearchMatch, 'text' | 'from' | 'to'> {
  const first = Math.max(lineStart, start - shownBefore)
  const shown = text.slice(first, first + searchLimits.previewLength)
  const [line = ''] = shown.split(/\r?\n|\r$/, 1)
  const from = Math.min(start - first, line.length)
  return { text: line.toWellFormed(), from, to: Math.max(from, Math.min(end - first, line.length)) }
}

export type Replacing = {
  /** Numbers of matches, from 0; null: all. */
  readonly selected: ReadonlySet<number> | null
  readonly write: WriteReplacement
  readonly isLate: () => boolean
}
export type Rewritten =
  | { readonly kind: 'rewritten'; readonly bytes: Buffer; readonly replacements: number }
  | { readonly kind: 'too-large' | 'too-slow' | 'not-there' }

/** The whole file anew. 'not-there': it has fewer matches than were selected. */
export function rewrite(bytes: Buffer, finder: Finder, { selected, write, isLate }: Replacing): Rewritten {
  const parts: Buffer[] = []
  const endOfLines = endsLinesAsWindows(bytes) ? '\r\n' : '\n'
  let [size, done, count, number] = [0, 0, 0, 0]
  const add = (part: Buffer): boolean => {
    parts.push(part)
    size += part.length
    return size <= fileLimits.fileBytes
  }
  const pieces = finder.find(bytes, { most: Number.MAX_SAFE_INTEGER, isLate, wantsGroups: true })
  for (;;) {
    const next = pieces.next()
    if (next.done === true) {
      if (next.value === 'time') return { kind: 'too-slow' }
      break
    }
    const { text, from, to, matches } = next.value
    let [written, at] = ['', 0]
    for (const match of matches) {
      const isSelected = selected === null || selected.has(number)
      number += 1
      if (!isSelected) continue
      const piece = write(
        match,
        text.slice(match.start, match.end),
        fileLimits.fileBytes - Math.min(size + written.length, fileLimits.fileBytes),
      )
      if (piece === null) return { kind: 'too-large' }
      written += text.slice(at, match.start) + (endOfLines === '\n' ? piece : piece.replace(/\r?\n/g, endOfLines))
      if (size + written.length > fileLimits.fileBytes) return { kind: 'too-large' }
      at = match.end
      count += 1
    }
    if (at === 0 && written === '') continue
    if (!add(bytes.subarray(done, from)) || !add(Buffer.from(written + text.slice(at)))) return { kind: 'too-large' }
    done = to
  }
  if (selected !== null && count < selected.size) return { kind: 'not-there' }
  if (!add(bytes.subarray(done))) return { kind: 'too-large' }
  return { kind: 'rewritten', bytes: Buffer.concat(parts), replacements: count }
}

function endsLinesAsWindows(bytes: Buffer): boolean {
  const feed = bytes.indexOf(lineFeed)
  return feed > 0 && bytes[feed - 1] === 13
}
