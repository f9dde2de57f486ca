/**
 * What makes one text out of another with few and small changes: people who type elsewhere in the text are not disturbed when a
 * file is saved as a whole. What is equal at both ends is left out, then lines are compared, then the characters of changed lines;
 * the comparison is the greedy one (Myers 1986, "An O(ND) Difference Algorithm"), and given up when there is too little in common.
 */
import type { TextChange } from './replica.ts'

const mostLineEdits = 600
const mostCharacterEdits = 120
const mostCharacters = 2000

/** Changes as `Replica.edit` takes them; none of them cuts a surrogate pair that is whole in both texts. */
export function smallestChange(before: string, after: string): readonly TextChange[] {
  const { start: from, oldEnd, newEnd } = differing(before, after)
  if (from === oldEnd && from === newEnd) return []
  if (from === oldEnd || from === newEnd) return [{ at: from, remove: oldEnd - from, insert: after.slice(from, newEnd) }]
  // Whole lines, so that lines which stayed are recognised.
  const start = from === 0 ? 0 : before.lastIndexOf('\n', from - 1) + 1
  const nextLine = before.indexOf('\n', oldEnd)
  const rest = (nextLine < 0 ? before.length : nextLine + 1) - oldEnd
  const [old, now] = [before.slice(start, oldEnd + rest), after.slice(start, newEnd + rest)]
  return compare(old, now, start, linesOf, mostLineEdits, (oldLines, newLines, at) => {
    const trimmed = differing(oldLines, newLines)
    const [removed, inserted] = [oldLines.slice(trimmed.start, trimmed.oldEnd), newLines.slice(trimmed.start, trimmed.newEnd)]
    if (removed === '' || inserted === '' || removed.length + inserted.length > mostCharacters)
      return removed === inserted ? [] : [{ at: at + trimmed.start, remove: removed.length, insert: inserted }]
    return compare(removed, inserted, at + trimmed.start, charactersOf, mostCharacterEdits, (remove, insert, place) => [
      { at: place, remove: remove.length, insert },
    ])
  })
}

/** What lies between the equal beginnings and the equal ends. */
function differing(before: string, after: string): { readonly start: number; readonly oldEnd: number; readonly newEnd: number } {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  if (cutsPair(before, start) || cutsPair(after, start)) start -= 1
  let equal = 0
  while (equal < shorter - start && before.charCodeAt(before.length - 1 - equal) === after.charCodeAt(after.length - 1 - equal))
    equal += 1
  if (equal > 0 && (cutsPair(before, before.length - equal) || cutsPair(after, after.length - equal))) equal -= 1
  return { start, oldEnd: before.length - equal, newEnd: after.length - equal }
}

export function cutsPair(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)]
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000
}

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []
const charactersOf = (text: string): string[] => [...text]

type Hunk = (removed: string, inserted: string, at: number) => readonly TextChange[]

function compare(
  before: string,
  after: string,
  start: number,
  split: (text: string) => string[],
  mostEdits: number,
  hunk: Hunk,
): readonly TextChange[] {
  const [old, now] = [split(before), split(after)]
  const path = commonTokens(old, now, mostEdits)
  if (path === null) return hunk(before, after, start)
  const changes: TextChange[] = []
  let [oldIndex, newIndex, at] = [0, 0, start]
  for (const [oldCommon, newCommon] of [...path, [old.length, now.length] as const]) {
    if (oldCommon > oldIndex || newCommon > newIndex) {
      const removed = old.slice(oldIndex, oldCommon).join('')
      changes.push(...hunk(removed, now.slice(newIndex, newCommon).join(''), at))
      at += removed.length
    }
    at += old[oldCommon]?.length ?? 0
    oldIndex = oldCommon + 1
    newIndex = newCommon + 1
  }
  return changes
}

/** Indexes of tokens that stay, in both lists; null when more than `mostEdits` would go or come. */
function commonTokens(
  old: readonly string[],
  now: readonly string[],
  mostEdits: number,
): readonly (readonly [number, number])[] | null {
  const reached: Int32Array[] = []
  const most = Math.min(mostEdits, old.length + now.length)
  const furthest = new Int32Array(2 * most + 3)
  for (let edits = 0; edits <= most; edits += 1) {
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = diagonal + most + 1
      const [below, above] = [furthest[at + 1] ?? 0, furthest[at - 1] ?? 0]
      let x = diagonal === -edits || (diagonal !== edits && above < below) ? below : above + 1
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x += 1
      furthest[at] = x
      if (x >= old.length && x - diagonal >= now.length) {
        reached.push(furthest.slice(most + 1 - edits - 1, most + 1 + edits + 2))
        return walkBack(old, now, reached)
      }
    }
    reached.push(furthest.slice(most + 1 - edits - 1, most + 1 + edits + 2))
  }
  return null
}

/** `reached[edits]` holds the diagonals from -edits - 1 to edits + 1. */
function walkBack(
  old: readonly string[],
  now: readonly string[],
  reached: readonly Int32Array[],
): readonly (readonly [number, number])[] {
  const common: [number, number][] = []
  let [x, y] = [old.length, now.length]
  for (let edits = reached.length - 1; edits >= 0; edits -= 1) {
    const diagonal = x - y
    let [fromX, fromY] = [0, 0]
    if (edits > 0) {
      const earlier = reached[edits - 1] ?? new Int32Array()
      const at = (each: number): number => earlier[each + edits] ?? 0
      const isDown = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1))
      fromX = isDown ? at(diagonal + 1) : at(diagonal - 1)
      fromY = fromX - (isDown ? diagonal + 1 : diagonal - 1)
    }
    while (x > fromX && y > fromY && (edits === 0 || x - y === diagonal) && old[x - 1] === now[y - 1]) {
      x -= 1
      y -= 1
      common.push([x, y])
    }
    ;[x, y] = [fromX, fromY]
  }
  return common.reverse()
}
