import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SearchPattern } from '@atelier/protocol/search'
import { BadPattern, createFinder } from './find-matches.ts'
import { lookThrough, rewrite } from './search-in-file.ts'
import { compileReplacement } from './write-replacement.ts'

const query = (pattern: string, more: Partial<SearchPattern> = {}): SearchPattern => ({
  ...{ pattern, regex: false, matchCase: false, wholeWord: false },
  ...more,
})
const regex = (pattern: string, more: Partial<SearchPattern> = {}) => query(pattern, { regex: true, ...more })
const look = (text: string | Buffer, wanted: SearchPattern, most = 10_000) =>
  lookThrough(Buffer.from(text), createFinder(wanted), { most, isLate: () => false, write: null })
const places = (text: string | Buffer, wanted: SearchPattern) =>
  look(text, wanted).matches.map(({ line, column, endLine, endColumn }) => `${line}:${column}-${endLine}:${endColumn}`)
const replaced = (
  text: string,
  wanted: SearchPattern,
  by: string,
  more: { selected?: number[]; preserveCase?: boolean } = {},
) => {
  const finder = createFinder(wanted)
  const write = compileReplacement({ text: by, preserveCase: more.preserveCase ?? false }, wanted.regex, finder.names)
  const selected = more.selected === undefined ? null : new Set(more.selected)
  const result = rewrite(Buffer.from(text), finder, { selected, write, isLate: () => false })
  return result.kind === 'rewritten' ? result.bytes.toString() : result.kind
}

test('a text is found in every line, with lines and columns as an editor counts them', () => {
  assert.deepEqual(places('one\ntwo one\r\n\n  ONE', query('one')), ['1:1-1:4', '2:5-2:8', '4:3-4:6'])
  assert.deepEqual(places('one ONE', query('ONE', { matchCase: true })), ['1:5-1:8'])
  assert.deepEqual(places('😀 é one', query('one')), ['1:6-1:9'])
  assert.deepEqual(places('a.b axb', query('a.b')), ['1:1-1:4'])
  assert.deepEqual(places('', query('a')), [])
})

test('a whole word has nothing of a word before or after it, in any script', () => {
  assert.deepEqual(places('cat cats bobcat cat_1 cat', query('cat', { wholeWord: true })), ['1:1-1:4', '1:23-1:26'])
  assert.deepEqual(places('über grüber über', query('über', { wholeWord: true })), ['1:1-1:5', '1:13-1:17'])
  assert.deepEqual(places('foobar foo', regex('foo|foobar', { wholeWord: true })), ['1:8-1:11'])
})

test('a regular expression stays within its line, unless it names a line end', () => {
  const text = 'const a = 1\nconst bc = 2\r\nlet d'
  assert.deepEqual(places(text, regex('const (\\w+)')), ['1:1-1:8', '2:1-2:9'])
  assert.deepEqual(places(text, regex('[^x]+')), ['1:1-1:12', '2:1-2:13', '3:1-3:6'])
  assert.deepEqual(places(text, regex('\\d$')), ['1:11-1:12', '2:12-2:13'])
  assert.deepEqual(places(text, regex('1\\nconst')), ['1:11-2:6'])
  assert.deepEqual(places(text, regex('2\\nlet')), ['2:12-3:4'])
  assert.deepEqual(places(text, query('1\nconst')), ['1:11-2:6'])
  assert.deepEqual(places('foobar xbar', regex('(?<=foo)bar')), ['1:4-1:7'])
})

test('what finds nothing at a place is found there once, and never right behind a match', () => {
  assert.deepEqual(places('ab\ncd', regex('^')), ['1:1-1:1', '2:1-2:1'])
  assert.equal(replaced('aab', regex('a*'), 'x'), 'xbx')
  assert.equal(replaced('a\nb\n', regex('^'), '> '), '> a\n> b\n')
})

test('lines are right where a file is looked through in many pieces', () => {
  const lines = Array.from({ length: 20_000 }, (_, line) => (line % 5000 === 4999 ? 'the needle' : `only hay ${line} über alles`))
  for (const wanted of [query('needle'), query('needle', { matchCase: true }), regex('ne+dle')])
    assert.deepEqual(
      look(lines.join('\n'), wanted).matches.map(({ line }) => line),
      [5000, 10_000, 15_000, 20_000],
    )
  const changed = replaced(lines.join('\r\n'), regex('(the) needle'), '$1\\npin')
  assert.equal(changed, lines.join('\r\n').replaceAll('the needle', 'the\r\npin'))
})

test('of a long line only what is around the match is told', () => {
  const [match] = look(`${'x'.repeat(5_000_000)}needle${'y'.repeat(5_000_000)}`, query('needle')).matches
  assert.ok(match)
  assert.equal(match.column, 5_000_001)
  assert.equal(match.text.length, 250)
  assert.equal(match.text.slice(match.from, match.to), 'needle')
})

test('a search ends after the most matches that are asked for, and says that there are more', () => {
  const many = look('a'.repeat(100), query('a'), 7)
  assert.deepEqual([many.matches.length, many.cut], [7, 'matches'])
  const exact = look('a'.repeat(7), query('a'), 7)
  assert.deepEqual([exact.matches.length, exact.cut], [7, null])
})

test('a search ends when its time is over', () => {
  let looks = 0
  const found = lookThrough(Buffer.from('a\n'.repeat(1_000_000)), createFinder(regex('a')), {
    ...{ most: Number.MAX_SAFE_INTEGER, write: null },
    isLate: () => ++looks > 3,
  })
  assert.equal(found.cut, 'time')
})

const catastrophes: readonly (readonly [string, string])[] = [
  ['(a+)+$', 'a'],
  ['([a-zA-Z]+)*$', 'a'],
  ['(a|aa)+$', 'a'],
  ['(a|a?)+$', 'a'],
  ['(.*a){20}$', 'a'],
  ['(x+x+)+y', 'x'],
  ['^(\\w+\\s?)*$', 'a '],
  ['((a*)*)*b', 'a'],
  ['(.*)*=(.*)*=(.*)*;', '='],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'],
  ['(?:(?:a?){30})a{30}$', 'a'],
  ['\\s+$|(\\s*\\s*\\s*\\s*)+x', ' '],
  ['(\\d+)*[^\\d]{3}z', '1'],
]

test('patterns that make other engines run for ever are answered: their time grows with the text alone', () => {
  for (const [pattern, letter] of catastrophes) {
    const text = `${letter.repeat(20_000)}!`
    assert.deepEqual(look(text, regex(pattern, { matchCase: true })).cut, null, pattern)
  }
})

test('patterns that are none are refused with the reason, and so are those that look ahead or back to a group', () => {
  const why = (pattern: string): string => {
    try {
      createFinder(regex(pattern))
    } catch (error) {
      if (error instanceof BadPattern) return error.message
    }
    return ''
  }
  assert.equal(why('(a'), 'This is no regular expression: missing closing ): `(a`.')
  assert.match(why('a**'), /invalid nested repetition|is no regular expression/)
  assert.match(why('[z-a]'), /range/)
  assert.match(why('a(?=b)'), /never ahead/)
  assert.match(why('(a)\\1'), /no references back/)
  assert.match(why('((a{1000}){1000}){1000}'), /repeat|large/)
  assert.match(why('('.repeat(1000)), /is no regular expression|nest/)
})

test('a replacement takes the groups of its match', () => {
  assert.equal(replaced('key: value', regex('(\\w+): (\\w+)'), '$2 = $1'), 'value = key')
  assert.equal(replaced('a-b', regex('(?<l>a)-(?<r>b)'), '$<r>-$<l> $& $$1'), 'b-a a-b $1')
  assert.equal(replaced('ab', regex('(a)|(b)'), '[$1$2]'), '[a][b]')
  assert.equal(replaced('a', regex('a'), '\\t\\\\n\\n|'), '\t\\n\n|')
  assert.equal(replaced('a.b', query('a.b'), '$1 \\n'), '$1 \\n')
})

test('the case of a match can be kept', () => {
  const kept = { preserveCase: true }
  assert.equal(replaced('foo Foo FOO', query('foo'), 'bar', kept), 'bar Bar BAR')
  assert.equal(replaced('éa Éa', query('éa'), 'über', kept), 'über Über')
})

test('only the chosen matches are replaced, and everything else stays byte for byte', () => {
  assert.equal(replaced('\ufeffa 😀 a\r\na', query('a'), 'bb', { selected: [0, 2] }), '\ufeffbb 😀 a\r\nbb')
  assert.equal(replaced('a a', query('a'), 'b', { selected: [0, 5] }), 'not-there')
})

test('a replacement that would make a file too large is given up while it grows', () => {
  const finder = createFinder(regex('(a+)'))
  const write = compileReplacement({ text: '$1'.repeat(5000), preserveCase: false }, true, finder.names)
  const options = { selected: null, write, isLate: () => false }
  assert.equal(rewrite(Buffer.from('a'.repeat(1_000_000)), finder, options).kind, 'too-large')
  assert.equal(
    rewrite(Buffer.from('a\n'.repeat(1_000_000)), createFinder(query('a')), { ...options, write: () => 'x'.repeat(9000) }).kind,
    'too-large',
  )
})
