/** Monaco's account of an edit, as changes of one text: first to last, apart from each other, counted in the text before. */
import type { TextChange } from '@atelier/text/replica'

type ContentChange = { readonly rangeOffset: number; readonly rangeLength: number; readonly text: string }

/**
 * Monaco tells changes in an order in which they can be made one after the other; usually from the last to the first, so that each
 * counts in the text before. Null when they do not: then they have to be made one by one.
 */
export function simultaneous(changes: readonly ContentChange[]): readonly TextChange[] | null {
  const result: TextChange[] = []
  let before = Number.POSITIVE_INFINITY
  for (const { rangeOffset, rangeLength, text } of changes) {
    if (rangeOffset + rangeLength > before) return null
    before = rangeOffset
    const next = result[0]
    // Two that touch are one.
    if (next !== undefined && rangeOffset + rangeLength === next.at)
      result[0] = { at: rangeOffset, remove: rangeLength + next.remove, insert: text + next.insert }
    else result.unshift({ at: rangeOffset, remove: rangeLength, insert: text })
  }
  return result
}

/** Where an offset is after changes; text that is put in right there comes after it. */
export function offsetAfter(offset: number, changes: readonly TextChange[]): number {
  let moved = offset
  for (const { at, remove, insert } of changes) {
    if (at >= offset) break
    moved += at + remove <= offset ? insert.length - remove : insert.length - (offset - at)
  }
  return moved
}
