/** What a match becomes. Templates are expanded within a bound: a short one that repeats a long match would otherwise fill the memory. */
import type { SearchReplacement } from '@atelier/protocol/search'
import type { RawMatch } from './find-matches.ts'

type Part = { readonly text: string } | { readonly group: number }

/** `most`: characters. null: it would be more. */
export type WriteReplacement = (match: RawMatch, matched: string, most: number) => string | null

export function compileReplacement(
  { text, preserveCase }: SearchReplacement,
  isRegex: boolean,
  names: Readonly<Record<string, number>>,
): WriteReplacement {
  const parts = isRegex ? partsOf(text, names) : [{ text }]
  return ({ groups }, matched, most) => {
    let result = ''
    for (const part of parts) {
      const piece = 'text' in part ? part.text : (groups[part.group] ?? '')
      if (result.length + piece.length > most) return null
      result += piece
    }
    return preserveCase ? asCased(matched, result) : result
  }
}

/** The beginning of it, where all of it would be too long. */
export function previewOfReplacement(write: WriteReplacement, match: RawMatch, matched: string, most: number): string {
  const whole = write(match, matched, 64 * 1024)
  return whole === null ? '…' : whole.slice(0, most)
}

const token = /\$(?:(\$)|(&)|<([^>]*)>|\{([^}]*)\}|(\d{1,2}))|\\([nrt\\])/g
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

function partsOf(template: string, names: Readonly<Record<string, number>>): Part[] {
  const parts: Part[] = []
  let at = 0
  const add = (text: string): void => {
    if (text !== '') parts.push({ text })
  }
  for (const match of template.matchAll(token)) {
    add(template.slice(at, match.index))
    at = match.index + match[0].length
    const [, dollar, whole, name, braced, digits, escaped] = match
    const named = name ?? braced
    if (dollar !== undefined) add('$')
    else if (whole !== undefined) parts.push({ group: 0 })
    else if (named !== undefined) {
      const group = Object.hasOwn(names, named) ? names[named] : /^\d{1,2}$/.test(named) ? Number(named) : undefined
      if (group === undefined) add(match[0])
      else parts.push({ group })
    } else if (digits !== undefined) parts.push({ group: Number(digits) })
    else if (escaped !== undefined) add(escapes[escaped] ?? escaped)
  }
  add(template.slice(at))
  return parts
}

function asCased(matched: string, text: string): string {
  const [upper, lower] = [matched.toUpperCase(), matched.toLowerCase()]
  if (upper === lower) return text
  if (matched === upper) return text.toUpperCase()
  if (matched === lower) return text.toLowerCase()
  const [first = ''] = matched
  const [ours = ''] = text
  return (first === first.toUpperCase() ? ours.toUpperCase() : ours.toLowerCase()) + text.slice(ours.length)
}
