/** The one edit that makes `before` into `after`: only what differs, so that the view does not jump. */
export function editBetween(before: string, after: string): { start: number; end: number; text: string } | null {
  if (before === after) return null
  const shortest = Math.min(before.length, after.length)
  let start = 0
  while (start < shortest && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  let end = 0
  while (end < shortest - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end))
    end += 1
  // Half of a character is never replaced: the other half would be left alone.
  if (start > 0 && isHigh(before.charCodeAt(start - 1))) start -= 1
  if (end > 0 && isLow(before.charCodeAt(before.length - end))) end -= 1
  return { start, end: before.length - end, text: after.slice(start, after.length - end) }
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000
