/** Puts two edits of the same text together, line by line, when they do not touch each other. */
import { diff3Merge } from 'node-diff3'

/** Comparing is quadratic at worst; longer texts are left to the person. */
const mostLines = 20_000

/** Both edits in one text, or null when they changed the same lines. */
export function mergeTexts(base: string, mine: string, theirs: string): string | null {
  if (mine === theirs) return mine
  if (mine === base) return theirs
  if (theirs === base) return mine
  const [baseLines, myLines, theirLines] = [base.split('\n'), mine.split('\n'), theirs.split('\n')]
  if (Math.max(baseLines.length, myLines.length, theirLines.length) > mostLines) return null
  const merged: string[] = []
  for (const region of diff3Merge(myLines, baseLines, theirLines, { excludeFalseConflicts: true })) {
    if (region.ok === undefined) return null
    // One by one: a spread of many thousand arguments overflows the stack.
    for (const line of region.ok) merged.push(line)
  }
  return merged.join('\n')
}
