/** Colour and name of everybody with a caret, as style rules: an editor can give a caret a class, and nothing else. */
import type { Other } from '../documents/others.ts'

const rules = new Map<number, string>()
let sheet: CSSStyleSheet | null = null

export const caretClass = (client: number): string => `caret-of-${client}`

/** Says what the class of this person's caret looks like. */
export function nameCaret({ client, name, color }: Other): void {
  const rule = `.${caretClass(client)} { --who: ${color}; --who-name: ${cssString(name)}; }`
  if (rules.get(client) === rule) return
  rules.set(client, rule)
  write()
}

export function forgetCarets(clients: Iterable<number>): void {
  let changed = false
  for (const client of clients) changed = rules.delete(client) || changed
  if (changed) write()
}

function write(): void {
  if (sheet === null) {
    sheet = new CSSStyleSheet()
    document.adoptedStyleSheets.push(sheet)
  }
  sheet.replaceSync([...rules.values()].join('\n'))
}

/** A name is somebody else's text: whatever is not a letter or a digit is written as its number. */
export const cssString = (text: string): string =>
  `"${Array.from(text, (char) => (/[A-Za-z0-9]/.test(char) ? char : `\\${(char.codePointAt(0) ?? 0x3f).toString(16)} `)).join('')}"`
