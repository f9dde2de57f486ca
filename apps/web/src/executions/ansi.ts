/**
 * Reads a program's output as a terminal does: text, line controls and CSI sequences (ECMA-48), a sequence may be cut anywhere
 * between two chunks. What is not understood is swallowed, never shown and never executed.
 */

/** A colour: 0 to 15 of the palette of the theme, or any other as "#rrggbb". */
export type Colour = number | string

export type Style = {
  readonly fg: Colour | null
  readonly bg: Colour | null
  readonly bold: boolean
  readonly dim: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly inverse: boolean
  readonly strike: boolean
}

export const plainStyle: Style = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
}

export type AnsiSink = {
  text(text: string): void
  newline(): void
  carriageReturn(): void
  backspace(): void
  tab(): void
  style(style: Style): void
  /** Final letter and numbers of a CSI sequence that moves or erases. */
  control(final: string, numbers: readonly number[]): void
}

/** Longest sequence that is waited for; beyond it the bytes are dropped. */
const longestSequence = 4096
const escapeSign = '\u001b'

export class AnsiReader {
  #rest = ''
  #style = plainStyle
  readonly #sink: AnsiSink

  constructor(sink: AnsiSink) {
    this.#sink = sink
  }

  write(chunk: string): void {
    const text = this.#rest + chunk
    this.#rest = ''
    let from = 0
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code >= 32 && code !== 0x7f && code !== 0x9b) continue
      if (at > from) this.#sink.text(text.slice(from, at))
      if (code === 0x1b || code === 0x9b) {
        const end = sequenceEnd(text, at)
        if (end === -1) {
          if (text.length - at < longestSequence) this.#rest = text.slice(at)
          return
        }
        this.#sequence(text.slice(at, end))
        at = end - 1
      } else this.#control(code)
      from = at + 1
    }
    if (from < text.length) this.#sink.text(text.slice(from))
  }

  #control(code: number): void {
    if (code === 10 || code === 11 || code === 12) this.#sink.newline()
    else if (code === 13) this.#sink.carriageReturn()
    else if (code === 8) this.#sink.backspace()
    else if (code === 9) this.#sink.tab()
  }

  #sequence(sequence: string): void {
    if (sequence === `${escapeSign}c`) {
      this.#sink.control('J', [2])
      return
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    const match = /^(?:\u001b\[|\u009b)([0-9;:]*)([@-~])$/.exec(sequence)
    if (match === null) return
    const numbers = (match[1] ?? '').split(/[;:]/).map((part) => (part === '' ? 0 : Number(part)))
    if (match[2] === 'm') {
      this.#style = restyled(this.#style, numbers)
      this.#sink.style(this.#style)
    } else this.#sink.control(match[2] ?? '', numbers)
  }
}

/** Index after the sequence that starts at `start`; -1 when its end has not come yet. */
function sequenceEnd(text: string, start: number): number {
  let at = start + 1
  if (text[start] === escapeSign) {
    const kind = text[at]
    if (kind === undefined) return -1
    if (kind === ']' || kind === 'P' || kind === '_' || kind === '^') {
      for (at += 1; at < text.length; at += 1) {
        if (text[at] === '\u0007') return at + 1
        if (text[at] === escapeSign) return at + 1 < text.length ? at + 2 : -1
      }
      return -1
    }
    if (kind !== '[') {
      while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x2f) at += 1
      return at < text.length ? at + 1 : -1
    }
    at += 1
  }
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 0x40 && code <= 0x7e) return at + 1
    if (code < 0x20 || code > 0x3f) return at
  }
  return -1
}

function restyled(style: Style, numbers: readonly number[]): Style {
  let next = style
  for (let index = 0; index < numbers.length; index += 1) {
    const n = numbers[index] ?? 0
    if (n === 38 || n === 48) {
      const [colour, used] = extendedColour(numbers, index + 1)
      if (colour !== undefined) next = n === 38 ? { ...next, fg: colour } : { ...next, bg: colour }
      index += used
    } else next = withAttribute(next, n)
  }
  return next
}

function withAttribute(style: Style, n: number): Style {
  if (n === 0) return plainStyle
  if (n >= 30 && n <= 37) return { ...style, fg: n - 30 }
  if (n >= 90 && n <= 97) return { ...style, fg: n - 82 }
  if (n >= 40 && n <= 47) return { ...style, bg: n - 40 }
  if (n >= 100 && n <= 107) return { ...style, bg: n - 92 }
  switch (n) {
    case 1:
      return { ...style, bold: true }
    case 2:
      return { ...style, dim: true }
    case 3:
      return { ...style, italic: true }
    case 4:
      return { ...style, underline: true }
    case 7:
      return { ...style, inverse: true }
    case 9:
      return { ...style, strike: true }
    case 22:
      return { ...style, bold: false, dim: false }
    case 23:
      return { ...style, italic: false }
    case 24:
      return { ...style, underline: false }
    case 27:
      return { ...style, inverse: false }
    case 29:
      return { ...style, strike: false }
    case 39:
      return { ...style, fg: null }
    case 49:
      return { ...style, bg: null }
    default:
      return style
  }
}

/** After 38 or 48: `5;n` or `2;r;g;b`. Returns the colour and how many numbers it took. */
function extendedColour(numbers: readonly number[], at: number): readonly [Colour | undefined, number] {
  if (numbers[at] === 5) {
    const n = numbers[at + 1]
    return [n === undefined || n > 255 ? undefined : paletteColour(n), 2]
  }
  if (numbers[at] === 2) {
    const rgb = [numbers[at + 1] ?? 0, numbers[at + 2] ?? 0, numbers[at + 3] ?? 0]
    return [hex(rgb), 4]
  }
  return [undefined, numbers.length]
}

/** The xterm palette: 16 of the theme, a cube of 6 × 6 × 6, 24 greys. */
function paletteColour(n: number): Colour {
  if (n < 16) return n
  if (n >= 232) return hex([n, n, n].map((grey) => 8 + (grey - 232) * 10))
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40)
  const index = n - 16
  return hex([level(Math.floor(index / 36)), level(Math.floor(index / 6) % 6), level(index % 6)])
}

const hex = (rgb: readonly number[]): string =>
  `#${rgb
    .map((part) =>
      Math.min(255, Math.max(0, Math.round(part)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
