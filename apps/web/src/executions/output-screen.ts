/**
 * What the output panel shows, as lines of styled runs: a small terminal without cells.
 *
 * Bounded twice, by lines and by characters: the oldest lines go first. Lines have numbers that never change (`firstLine` is the
 * oldest that is kept), so that a view can ask what changed since it last looked.
 */
import { AnsiReader, plainStyle, type Style } from './ansi.ts'

export type Origin = 'stdout' | 'stderr' | 'stdin' | 'note'
export type Run = { readonly text: string; readonly style: Style; readonly origin: Origin }
export type Line = {
  readonly runs: readonly Run[]
  readonly length: number /** Continues the line before: it was too long. */
  readonly continues: boolean
}

export type ScreenBounds = { readonly lines: number; readonly characters: number; readonly columns: number }
export const screenBounds: ScreenBounds = { lines: 10_000, characters: 1_000_000, columns: 4_000 }

const emptyLine: Line = { runs: [], length: 0, continues: false }
const tabWidth = 8

export class OutputScreen {
  #lines: Line[] = [emptyLine]
  #firstLine = 0
  #characters = 0
  /** Cursor: number of a line, and a column in it. */
  #row = 0
  #column = 0
  /** The line that "home" means: the first after the last clear. */
  #top = 0
  #changedFrom = 0
  readonly #styles: Record<Origin, Style> = { stdout: plainStyle, stderr: plainStyle, stdin: plainStyle, note: plainStyle }
  readonly #readers: Record<Origin, AnsiReader>
  readonly #bounds: ScreenBounds

  constructor(bounds: ScreenBounds = screenBounds) {
    this.#bounds = bounds
    this.#readers = {
      stdout: this.#reader('stdout'),
      stderr: this.#reader('stderr'),
      stdin: this.#reader('stdin'),
      note: this.#reader('note'),
    }
  }

  /** Number of the oldest line kept: how many were dropped or cleared. */
  get firstLine(): number {
    return this.#firstLine
  }
  /** One more than the number of the newest line. */
  get endLine(): number {
    return this.#firstLine + this.#lines.length
  }
  get isEmpty(): boolean {
    return this.#lines.length === 1 && this.#lines[0]?.length === 0
  }
  /** Whether the last line has text: a program that now stays silent is probably asking something. */
  get endsInsideLine(): boolean {
    return (this.#lines.at(-1)?.length ?? 0) > 0
  }

  line(number: number): Line {
    return this.#lines[number - this.#firstLine] ?? emptyLine
  }

  write(origin: Origin, text: string): void {
    // Of a chunk that alone exceeds what is kept only the end can be seen: skip the rest.
    const keep = this.#bounds.characters * 2
    this.#readers[origin].write(text.length > keep ? text.slice(-keep) : text)
    this.#trim()
  }

  /** Starts a new line unless the cursor is at the start of one. */
  freshLine(): void {
    if (this.#column > 0 || this.line(this.#row).length > 0) this.#newline()
  }

  clear(): void {
    this.#firstLine = this.endLine
    this.#lines = [emptyLine]
    this.#characters = 0
    this.#row = this.#top = this.#changedFrom = this.#firstLine
    this.#column = 0
  }

  /** The number of the first line that may look different since the last call. */
  takeChanges(): number {
    const from = Math.max(this.#changedFrom, this.#firstLine)
    this.#changedFrom = this.endLine
    return from
  }

  text(): string {
    return this.#lines
      .map((line, index) => (line.continues || index === 0 ? '' : '\n') + line.runs.map((run) => run.text).join(''))
      .join('')
  }

  #reader(origin: Origin): AnsiReader {
    return new AnsiReader({
      text: (text) => this.#put(origin, text),
      newline: () => this.#newline(),
      carriageReturn: () => {
        this.#column = 0
      },
      backspace: () => {
        this.#column = Math.max(0, this.#column - 1)
      },
      tab: () => this.#put(origin, ' '.repeat(tabWidth - (this.#column % tabWidth))),
      style: (style) => {
        this.#styles[origin] = style
      },
      control: (final, numbers) => this.#control(final, numbers),
    })
  }

  #newline(): void {
    this.#row += 1
    this.#column = 0
    if (this.#row === this.endLine) this.#lines.push(emptyLine)
    this.#changedFrom = Math.min(this.#changedFrom, this.#row)
  }

  #put(origin: Origin, text: string): void {
    for (let at = 0; at < text.length; ) {
      const room = this.#bounds.columns - this.#column
      if (room <= 0) {
        this.#newline()
        this.#set(this.#row, { ...this.line(this.#row), continues: true })
        continue
      }
      const part = text.slice(at, at + room)
      this.#set(this.#row, written(this.line(this.#row), this.#column, { text: part, style: this.#styles[origin], origin }))
      this.#column += part.length
      at += part.length
    }
  }

  #set(row: number, line: Line): void {
    const index = row - this.#firstLine
    this.#characters += line.length - (this.#lines[index]?.length ?? 0)
    this.#lines[index] = line
    this.#changedFrom = Math.min(this.#changedFrom, row)
  }

  #control(final: string, numbers: readonly number[]): void {
    const n = numbers[0] ?? 0
    const steps = Math.max(1, n)
    const line = this.line(this.#row)
    if (final === 'K') {
      if (n === 0) this.#set(this.#row, cut(line, 0, this.#column))
      else if (n === 1) this.#set(this.#row, written(line, 0, blank(Math.min(this.#column, line.length))))
      else this.#set(this.#row, { ...emptyLine, continues: line.continues })
    } else if (final === 'J') this.#erase(n)
    else if (final === 'C') this.#column = Math.min(this.#bounds.columns - 1, this.#column + steps)
    else if (final === 'D') this.#column = Math.max(0, this.#column - steps)
    else if (final === 'G') this.#column = Math.min(this.#bounds.columns - 1, steps - 1)
    else if (final === 'A' || final === 'F') this.#move(this.#row - steps, final === 'F' ? 0 : this.#column)
    else if (final === 'B' || final === 'E') this.#move(this.#row + steps, final === 'E' ? 0 : this.#column)
    else if (final === 'H' || final === 'f') this.#move(this.#top + Math.max(1, n) - 1, Math.max(1, numbers[1] ?? 1) - 1)
  }

  #erase(n: number): void {
    if (n >= 2) this.clear()
    if (n >= 1) return
    this.#set(this.#row, cut(this.line(this.#row), 0, this.#column))
    for (let row = this.#row + 1; row < this.endLine; row += 1) this.#set(row, emptyLine)
  }

  /** Rows below the last are made, at most a screenful: "go to row 9999" must not cost 9999 lines. */
  #move(row: number, column: number): void {
    const wanted = Math.min(Math.max(row, this.#top, this.#firstLine), this.#top + 200, this.endLine + 200)
    while (this.endLine <= wanted) this.#lines.push(emptyLine)
    this.#row = Math.min(wanted, this.endLine - 1)
    this.#column = Math.min(column, this.#bounds.columns - 1)
    this.#changedFrom = Math.min(this.#changedFrom, this.#row)
  }

  #trim(): void {
    let drop = Math.max(0, this.#lines.length - this.#bounds.lines)
    let characters = this.#characters
    for (let index = 0; index < drop; index += 1) characters -= this.#lines[index]?.length ?? 0
    while (characters > this.#bounds.characters && drop < this.#lines.length - 1) {
      characters -= this.#lines[drop]?.length ?? 0
      drop += 1
    }
    if (drop === 0) return
    this.#lines.splice(0, drop)
    this.#firstLine += drop
    this.#characters = characters
    this.#row = Math.max(this.#row, this.#firstLine)
    this.#top = Math.max(this.#top, this.#firstLine)
  }
}

const blank = (length: number): Run => ({ text: ' '.repeat(length), style: plainStyle, origin: 'stdout' })

const alike = (a: Run, b: Run): boolean => a.style === b.style && a.origin === b.origin

/** The part of a line between two columns. */
function cut(line: Line, from: number, to: number): Line {
  const runs: Run[] = []
  let at = 0
  for (const run of line.runs) {
    const start = Math.max(0, from - at)
    const end = Math.min(run.text.length, to - at)
    if (end > start) runs.push(start === 0 && end === run.text.length ? run : { ...run, text: run.text.slice(start, end) })
    at += run.text.length
  }
  return { runs, length: Math.max(0, Math.min(line.length, to) - Math.min(line.length, from)), continues: line.continues }
}

/** The line with `run` written over it from `column` on. */
function written(line: Line, column: number, run: Run): Line {
  if (run.text === '') return line
  const before = cut(line, 0, column).runs
  const gap = column > line.length ? [blank(column - line.length)] : []
  const after = column + run.text.length < line.length ? cut(line, column + run.text.length, line.length).runs : []
  const runs = [...before, ...gap]
  const last = runs.at(-1)
  if (last !== undefined && alike(last, run)) runs[runs.length - 1] = { ...last, text: last.text + run.text }
  else runs.push(run)
  runs.push(...after)
  return { runs, length: Math.max(line.length, column + run.text.length), continues: line.continues }
}
