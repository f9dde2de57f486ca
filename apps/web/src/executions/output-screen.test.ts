import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OutputDecoder } from './output-decoder.ts'
import { OutputScreen } from './output-screen.ts'

const shown = (...chunks: string[]): string => {
  const screen = new OutputScreen()
  for (const chunk of chunks) screen.write('stdout', chunk)
  return screen.text()
}
const runsOf = (text: string) => {
  const screen = new OutputScreen()
  screen.write('stdout', text)
  return screen.line(0).runs
}

test('plain lines are shown as they were written', () => {
  assert.equal(shown('a\nb', 'c\n'), 'a\nbc\n')
})

test('a carriage return lets a progress bar overwrite itself', () => {
  assert.equal(shown('10 %\r', '100 %\rdone!\n'), 'done!\n')
  assert.equal(shown('abcdef\rxy\n'), 'xycdef\n')
  assert.equal(shown('abcdef\r\u001b[Kxy\n'), 'xy\n')
})

test('a Windows line ending is one line ending', () => {
  assert.equal(shown('a\r\nb\r\n'), 'a\nb\n')
})

test('a sequence that is cut between two chunks is read whole', () => {
  assert.equal(shown('\u001b', '[3', '1mred\u001b[', '0m'), 'red')
})

test('colours of 16, 256 and 24 bits and bold are kept', () => {
  assert.equal(runsOf('\u001b[31mx')[0]?.style.fg, 1)
  assert.equal(runsOf('\u001b[92mx')[0]?.style.fg, 10)
  assert.equal(runsOf('\u001b[38;5;196mx')[0]?.style.fg, '#ff0000')
  assert.equal(runsOf('\u001b[38;2;1;2;300mx')[0]?.style.fg, '#0102ff')
  assert.equal(runsOf('\u001b[1;44mx')[0]?.style.bold, true)
  assert.equal(runsOf('\u001b[1;44mx')[0]?.style.bg, 4)
  assert.equal(runsOf('\u001b[38;2mx')[0]?.text, 'x')
})

test('clearing the screen leaves nothing of what was there', () => {
  assert.equal(shown('old\nold\n\u001b[2J\u001b[Hnew\n'), 'new\n')
  assert.equal(shown('old\u001bcnew'), 'new')
})

test('a program that goes home and draws again replaces its picture', () => {
  assert.equal(shown('\u001b[2J\u001b[Haa\nbb\n\u001b[Hcc\ndd\n'), 'cc\ndd\n')
  assert.equal(shown('aa\nbb\n\u001b[2Acc'), 'cc\nbb\n')
})

test('going to a far row or column costs no memory', () => {
  const screen = new OutputScreen()
  screen.write('stdout', '\u001b[99999;99999Hx')
  assert.ok(screen.endLine <= 500)
  assert.ok(screen.line(screen.endLine - 1).length <= 4_000)
})

test('window titles, links and other sequences are swallowed', () => {
  assert.equal(shown('\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\b\u001b(Bc\u001b[?25ld\u001b[>4;2me'), 'abcde')
})

test('an unfinished sequence is dropped after 4096 characters', () => {
  assert.equal(shown(`\u001b]0;${'x'.repeat(5000)}`, 'after'), 'after')
})

test('only the last lines and characters are kept', () => {
  const screen = new OutputScreen({ lines: 10, characters: 1000, columns: 100 })
  for (let index = 0; index < 1000; index += 1) screen.write('stdout', `${index}\n`)
  assert.equal(screen.endLine - screen.firstLine, 10)
  assert.equal(screen.line(screen.endLine - 2).runs[0]?.text, '999')
  screen.write('stdout', `${'y'.repeat(100)}\n`.repeat(100))
  assert.ok(screen.text().length <= 1100)
})

test('a line without end is broken, and copied as one', () => {
  const screen = new OutputScreen({ lines: 100, characters: 10_000, columns: 10 })
  screen.write('stdout', 'a'.repeat(25))
  assert.equal(screen.endLine, 3)
  assert.equal(screen.text(), 'a'.repeat(25))
})

test('a view is told the first line that changed', () => {
  const screen = new OutputScreen()
  screen.write('stdout', 'a\nb')
  assert.equal(screen.takeChanges(), 0)
  screen.write('stdout', 'c\nd')
  assert.equal(screen.takeChanges(), 1)
  screen.write('stdout', '\u001b[2Jx')
  assert.equal(screen.takeChanges(), screen.firstLine)
})

test('stderr and stdout keep their own colours', () => {
  const screen = new OutputScreen()
  screen.write('stdout', '\u001b[31mred')
  screen.write('stderr', 'plain')
  assert.equal(screen.line(0).runs[1]?.style.fg, null)
  assert.equal(screen.line(0).runs[1]?.origin, 'stderr')
})

test('random bytes never throw and never exceed the bounds', () => {
  const bounds = { lines: 50, characters: 5000, columns: 80 }
  const screen = new OutputScreen(bounds)
  let seed = 42
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % below
  }
  const alphabet = [
    '\u001b[',
    '\u001b',
    ';',
    'H',
    'J',
    'K',
    'A',
    'B',
    '2',
    '99',
    'm',
    '\r',
    '\n',
    '\b',
    '\t',
    'text',
    'é',
    '\u009b',
    '?',
  ]
  for (let round = 0; round < 20_000; round += 1)
    screen.write(round % 3 === 0 ? 'stderr' : 'stdout', alphabet[random(alphabet.length)] ?? '')
  assert.ok(screen.endLine - screen.firstLine <= bounds.lines)
  assert.ok(screen.text().length <= bounds.characters + bounds.lines + bounds.columns)
})

test('bytes that are not UTF-8 become replacement characters, a cut character becomes whole', () => {
  const decoder = new OutputDecoder()
  const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64')
  assert.equal(decoder.decode({ stream: 'stdout', data: base64(0x61, 0xff), encoding: 'base64' }), 'a\ufffd')
  assert.equal(decoder.decode({ stream: 'stdout', data: base64(0xc3), encoding: 'base64' }), '')
  assert.equal(decoder.decode({ stream: 'stdout', data: base64(0xa9), encoding: 'base64' }), 'é')
  assert.equal(decoder.decode({ stream: 'stderr', data: base64(0xc3), encoding: 'base64' }), '')
  assert.equal(decoder.end('stderr'), '\ufffd')
})
