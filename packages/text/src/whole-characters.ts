/**
 * Edits in whole characters. Half a surrogate pair cannot be written as UTF-8: it would be "\ufffd" for everybody else, and texts that
 * should be equal are not. So a half becomes "\ufffd" here already, and the editor is told.
 */
import type { TextChange } from './replica.ts'
import { cutsPair } from './smallest-change.ts'

const half = '\ufffd'

export type WholeEdit = {
  readonly changes: readonly TextChange[]
  /** What has to be changed in a text to which the edit was made as it came; nothing, unless it cut a character. */
  readonly corrections: readonly TextChange[]
}

/** `unitsAt`: the two units before and after a place in the text before the edit. Lengths stay what they were. */
export function wholeCharacters(changes: readonly TextChange[], unitsAt: (place: number) => string): WholeEdit {
  const whole: TextChange[] = []
  const corrections: TextChange[] = []
  let shift = 0
  for (const change of touchingAsOne(changes)) {
    const { at, remove } = change
    const insert = change.insert.toWellFormed()
    const [before, after] = [tears(unitsAt(at)) ? 1 : 0, tears(unitsAt(at + remove)) ? 1 : 0]
    const isPoint = remove === 0 && before === 1
    const text = half.repeat(before) + insert + half.repeat(isPoint ? 1 : after)
    const last = whole.at(-1)
    if (last !== undefined && last.at + last.remove > at - before) {
      // Two edits around the only character between them.
      whole[whole.length - 1] = { at: last.at, remove: at + remove + after - last.at, insert: last.insert + text.slice(before) }
    } else whole.push({ at: at - before, remove: remove + before + (isPoint ? 1 : after), insert: text })
    if (insert !== change.insert || before + after > 0)
      corrections.push({ at: at + shift - before, remove: text.length, insert: text })
    shift += insert.length - remove
  }
  return { changes: whole, corrections }
}

const tears = (units: string): boolean => cutsPair(units, 1)

function touchingAsOne(changes: readonly TextChange[]): readonly TextChange[] {
  const apart: TextChange[] = []
  for (const change of changes) {
    const last = apart.at(-1)
    if (last !== undefined && last.at + last.remove >= change.at)
      apart[apart.length - 1] = { at: last.at, remove: last.remove + change.remove, insert: last.insert + change.insert }
    else if (change.remove > 0 || change.insert !== '') apart.push(change)
  }
  return apart
}

/** The same edit in steps that each put in `mostUnits` at most; each step is counted in the text after the one before. */
export function inSteps(changes: readonly TextChange[], mostUnits: number): readonly (readonly TextChange[])[] {
  if (changes.reduce((sum, { insert }) => sum + insert.length, 0) <= mostUnits) return changes.length === 0 ? [] : [changes]
  // From the last to the first, so that what is left to do stays where it is.
  return [...changes].reverse().flatMap(({ at, remove, insert }) => {
    const pieces = piecesOf(insert, mostUnits)
    let place = at
    return pieces.map((piece, index) => {
      const step = [{ at: place, remove: index === 0 ? remove : 0, insert: piece }]
      place += piece.length
      return step
    })
  })
}

/** At least one; no surrogate pair is cut. */
function piecesOf(text: string, mostUnits: number): readonly string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length || at === 0; ) {
    let end = Math.min(text.length, at + Math.max(2, mostUnits))
    if (cutsPair(text, end)) end -= 1
    pieces.push(text.slice(at, end))
    if (end === text.length) break
    at = end
  }
  return pieces
}
