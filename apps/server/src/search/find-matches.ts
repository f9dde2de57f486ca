/**
 * Finds what is looked for in the bytes of one file. Texts are found by the means of the machine, regular expressions by RE2, whose time
 * grows with the text and with nothing else: no pattern can make it run away.
 *
 * A file is looked through in pieces that end with a line, so that one of 32 MB costs the memory of a piece. A match stays within its line,
 * as in other editors, unless the pattern itself names a line end; then the whole file is one piece.
 */
import { isAscii } from 'node:buffer'
import type { SearchPattern } from '@atelier/protocol/search'
import { RE2JS } from 're2js'

export type RawMatch = {
  /** Within the text of the piece. */
  readonly start: number
  readonly end: number
  /** By number; null where a group took no part. Of a text: the match alone. */
  readonly groups: readonly (string | null)[]
}

export type Piece = { readonly text: string; readonly from: number; readonly to: number; readonly matches: readonly RawMatch[] }

export type FindOptions = {
  /** Ends after so many matches. */
  readonly most: number
  /** Ends when this says so; asked between matches. */
  readonly isLate: () => boolean
  readonly wantsGroups: boolean
}

export type Finder = {
  /** Names of groups and their numbers. */
  readonly names: Readonly<Record<string, number>>
  /** The pieces that have matches, in order, and at last why it ended early. */
  find(bytes: Buffer, options: FindOptions): Generator<Piece, 'matches' | 'time' | null>
}

/** Pieces have about this size: small enough to be forgotten quickly, large enough that most are passed over with one look. */
const pieceBytes = 64 * 1024
const lineFeed = 10
const wordCharacter = /[\p{L}\p{N}\p{M}_]/u

/** What is wrong with the pattern, in a sentence. */
export class BadPattern extends Error {
  override readonly name = 'BadPattern'
}

type Engine = {
  readonly isMultiline: boolean
  readonly names: Readonly<Record<string, number>>
  /** Surely nothing in here. Cheap. */
  hasNone(text: string): boolean
  hasNoneIn(bytes: Buffer): boolean
  /** Matches within a text, which is a line unless `isMultiline`; a text engine is given whole pieces. */
  matchesIn(text: string, wantsGroups: boolean): Generator<RawMatch>
  readonly worksByLine: boolean
}

export function createFinder(query: SearchPattern): Finder {
  const engine = query.regex ? regexEngine(query) : textEngine(query)
  return {
    names: engine.names,
    *find(bytes, options) {
      if (engine.hasNoneIn(bytes)) return null
      const budget = { left: options.most, isLate: false }
      for (const [from, to] of engine.isMultiline ? [[0, bytes.length] as const] : piecesOf(bytes)) {
        if (options.isLate()) return 'time'
        const text = textOf(bytes, from, to)
        // A line ends before its "\r\n", for "$" as for people.
        if (engine.hasNone(text.includes('\r') ? text.replaceAll('\r\n', '\n') : text)) continue
        const matches = engine.worksByLine
          ? matchesByLine(engine, text, options, budget)
          : matchesOf(engine, text, 0, options, budget)
        if (matches.length > 0) yield { text, from, to, matches }
        if (budget.isLate) return 'time'
        if (budget.left < 0) return 'matches'
      }
      return null
    },
  }
}

type Budget = { left: number; isLate: boolean }
/** The clock is read once in so many matches. */
const matchesPerLook = 16

function matchesOf(engine: Engine, text: string, offset: number, options: FindOptions, budget: Budget): RawMatch[] {
  const found: RawMatch[] = []
  for (const match of engine.matchesIn(text, options.wantsGroups)) {
    budget.left -= 1
    // One more than is told has been found: that is how it is known that there are more.
    if (budget.left < 0) break
    found.push(offset === 0 ? match : { ...match, start: match.start + offset, end: match.end + offset })
    if (found.length % matchesPerLook === 0 && options.isLate()) {
      budget.isLate = true
      break
    }
  }
  return found
}

function matchesByLine(engine: Engine, text: string, options: FindOptions, budget: Budget): RawMatch[] {
  const found: RawMatch[] = []
  for (let start = 0; start <= text.length && budget.left >= 0 && !budget.isLate; ) {
    const feed = text.indexOf('\n', start)
    const end = feed < 0 ? text.length : feed
    // What ends with a line feed has no line after it; an empty file has none at all.
    if (feed < 0 && start === end) break
    const line = text.slice(start, text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end)
    // One line alone was looked at already.
    if ((start === 0 && feed < 0) || !engine.hasNone(line)) {
      found.push(...matchesOf(engine, line, start, options, budget))
      if (options.isLate()) budget.isLate = true
    }
    start = end + 1
  }
  return found
}

function* piecesOf(bytes: Buffer): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < bytes.length; ) {
    const feed = from + pieceBytes >= bytes.length ? -1 : bytes.indexOf(lineFeed, from + pieceBytes - 1)
    const to = feed < 0 ? bytes.length : feed + 1
    yield [from, to]
    from = to
  }
}

function textOf(bytes: Buffer, from: number, to: number): string {
  const piece = bytes.subarray(from, to)
  return piece.toString(isAscii(piece) ? 'latin1' : 'utf8')
}

function textEngine({ pattern, matchCase, wholeWord }: SearchPattern): Engine {
  const wanted = Buffer.from(pattern)
  // A plain text as an expression: nothing in it can be tried in two ways.
  const folded = matchCase ? null : new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'giu')
  const next = (text: string, from: number): { start: number; end: number } | null => {
    if (folded === null) {
      const start = text.indexOf(pattern, from)
      return start < 0 ? null : { start, end: start + pattern.length }
    }
    folded.lastIndex = from
    const match = folded.exec(text)
    return match === null ? null : { start: match.index, end: match.index + match[0].length }
  }
  return {
    isMultiline: pattern.includes('\n'),
    worksByLine: false,
    names: {},
    hasNone: () => false,
    hasNoneIn: (bytes) => matchCase && !bytes.includes(wanted),
    *matchesIn(text) {
      for (let from = 0; ; ) {
        const found = next(text, from)
        if (found === null) return
        const { start, end } = found
        if (wholeWord && !standsAlone(text, start, end)) {
          from = start + 1
          continue
        }
        yield { start, end, groups: [text.slice(start, end)] }
        from = end
      }
    },
  }
}

function regexEngine({ pattern, matchCase, wholeWord }: SearchPattern): Engine {
  const isMultiline = namesLineEnd(pattern)
  const flags = RE2JS.MULTILINE | RE2JS.LOOKBEHINDS | (matchCase ? 0 : RE2JS.CASE_INSENSITIVE)
  let expression: RE2JS
  try {
    expression = RE2JS.compile(RE2JS.translateRegExp(isMultiline ? withAnyLineEnd(pattern) : pattern), flags)
  } catch (error) {
    throw new BadPattern(whyBad(pattern, error))
  }
  const groupCount = expression.groupCount()
  return {
    isMultiline,
    worksByLine: !isMultiline,
    names: expression.namedGroups() as Record<string, number>,
    hasNone: (text) => !expression.test(text),
    hasNoneIn: () => false,
    *matchesIn(text, wantsGroups) {
      const matcher = expression.matcher(text)
      let lastEnd = -1
      for (let has = matcher.find(); has; ) {
        const [start, end] = [matcher.start(), matcher.end()]
        if (wholeWord && !standsAlone(text, start, end)) {
          has = start < text.length && matcher.find(start + 1)
          continue
        }
        // Nothing, right behind a match, is no match.
        if (end > start || start > lastEnd) {
          const groups = wantsGroups
            ? Array.from({ length: groupCount + 1 }, (_, each) => matcher.group(each) as string | null)
            : []
          yield { start, end, groups }
          lastEnd = end
        }
        has = matcher.find()
      }
    },
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  const [first, last] = [characterAt(text, start), characterBefore(text, end)]
  if (start === end) return false
  return !(isWord(first) && isWord(characterBefore(text, start))) && !(isWord(last) && isWord(characterAt(text, end)))
}
const isWord = (character: string): boolean => wordCharacter.test(character)
const characterAt = (text: string, at: number): string => {
  const code = text.codePointAt(at)
  return code === undefined ? '' : String.fromCodePoint(code)
}
const characterBefore = (text: string, at: number): string => {
  const isPair = /[\udc00-\udfff]/.test(text[at - 1] ?? '') && /[\ud800-\udbff]/.test(text[at - 2] ?? '')
  return text.slice(at - (isPair ? 2 : 1), at)
}

/** "\n" stands in it, escaped or as it is. */
function namesLineEnd(pattern: string): boolean {
  return pattern.includes('\n') || /(?:^|[^\\])(?:\\\\)*\\n/.test(pattern)
}

/** So that a line end is found in files of Windows, too. Within brackets it stays as it is. */
function withAnyLineEnd(pattern: string): string {
  let [result, isInBrackets] = ['', false]
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    const pair = character === '\\' ? pattern.slice(at, at + 2) : character
    if (!isInBrackets && (pair === '\\n' || pair === '\n')) result += '\\r?\\n'
    else result += pair
    if (pair === '[') isInBrackets = true
    if (pair === ']') isInBrackets = false
    at += pair.length - 1
  }
  return result
}

function whyBad(pattern: string, error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  // The flags are ours.
  const reason = message
    .replace(/^error parsing regexp:\s*/i, '')
    .replace(/`(?:\(\?[a-z]+\))+/, '`')
    .slice(0, 200)
  if (/\(\?<?[=!]/.test(pattern))
    return `This regular expression cannot be used${reason === '' ? '' : ` (${reason})`}. Patterns are of RE2, which looks behind with (?<=…) and (?<!…) but never ahead with (?=…) or (?!…).`
  if (/\\[1-9]|\\k</.test(pattern))
    return `This regular expression cannot be used${reason === '' ? '' : ` (${reason})`}. Patterns are of RE2, which has no references back to a group such as \\1.`
  return `This is no regular expression: ${reason === '' ? 'it cannot be read' : reason}.`
}
