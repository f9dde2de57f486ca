/**
 * Differences of texts, as the changes that a Replica takes and gives: apart from each other, first to last, counted in UTF-16 units
 * of the text before. None begins or ends inside a character that has two units.
 */
import type { TextChange } from '@atelier/text/replica'

/** Longer stretches of lines are one change: finding what they share would cost more than it is worth. */
const mostCells = 250_000

export function applyChanges(text: string, changes: readonly TextChange[]): string {
  let [result, at] = ['', 0]
  for (const change of changes) {
    result += text.slice(at, change.at) + change.insert
    at = change.at + change.remove
  }
  return result + text.slice(at)
}

/** The one change around everything that differs; null when nothing does. */
export function changeBetween(before: string, after: string): TextChange | null {
  if (before === after) return null
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  if (isHigh(before.charCodeAt(start - 1))) start -= 1
  let end = 0
  while (end < most - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)) end += 1
  if (isLow(before.charCodeAt(before.length - end)) || isLow(after.charCodeAt(after.length - end))) end -= 1
  return { at: start, remove: before.length - end - start, insert: after.slice(start, after.length - end) }
}

/** Changes line by line, so that two people who edited different lines do not meet in one large change. */
export function changesBetween(before: string, after: string): readonly TextChange[] {
  const whole = changeBetween(before, after)
  if (whole === null) return []
  const [old, now] = [linesOf(before.slice(whole.at, whole.at + whole.remove)), linesOf(whole.insert)]
  if (old.length < 2 || now.length < 2 || old.length * now.length > mostCells) return [whole]
  return hunksOf(old, now).flatMap((hunk) => {
    const change = changeBetween(hunk.old, hunk.now)
    return change === null ? [] : [{ ...change, at: change.at + hunk.at + whole.at }]
  })
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000

/** Lines with their line feed. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? []

type Hunk = { readonly at: number; readonly old: string; readonly now: string }

/** Between the lines that both have, by their longest common subsequence. */
function hunksOf(old: readonly string[], now: readonly string[]): readonly Hunk[] {
  const width = now.length + 1
  const longest = new Uint32Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      longest[i * width + j] =
        old[i] === now[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0)
  const hunks: Hunk[] = []
  let open = { at: 0, old: '', now: '' }
  let [i, j, at] = [0, 0, 0]
  while (i < old.length || j < now.length) {
    const [line, next] = [old[i] ?? '', now[j] ?? '']
    if (i < old.length && j < now.length && line === next) {
      hunks.push(open)
      at += line.length
      open = { at, old: '', now: '' }
      i += 1
      j += 1
    } else if (j >= now.length || (i < old.length && (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))) {
      open.old += line
      at += line.length
      i += 1
    } else {
      open.now += next
      j += 1
    }
  }
  hunks.push(open)
  return hunks
}
