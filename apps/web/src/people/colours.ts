/**
 * Colours of people: each is readable under white letters (4.5 : 1) and stands out from a light, a dark and a black sheet (3 : 1).
 * A person has the same colour on every page, and two people in one project have different ones while there are colours left.
 */

/** Neighbours in this list are far apart in hue. */
export const colours = [
  ...['#0575b8', '#cb3f01', '#8253dd', '#0e8050', '#c63288', '#a55e06'],
  ...['#117d73', '#d22c57', '#4963e6', '#517c0a', '#ae40b6', '#846e06'],
] as const

/** The server numbers colours from 0; a number that it may have some day and this page does not know becomes one that it does. */
export const colourAt = (colour: number): string => colours[Math.abs(Math.trunc(colour)) % colours.length] ?? colours[0]

/** The colour of somebody who is not here, and of whom the server therefore says none. */
export const colourOf = (userId: string): string => colourAt(slotOf(userId))

/** Everybody's colour in one history; `known`: of those who are here. The order of `userIds` does not matter. */
export function coloursOf(
  userIds: Iterable<string>,
  known: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const ids = [...new Set(userIds)].sort()
  for (const userId of ids) {
    const colour = known.get(userId)
    if (colour !== undefined) found.set(userId, colour)
  }
  let taken = new Set(found.values())
  for (const userId of ids) {
    if (found.has(userId)) continue
    if (taken.size >= colours.length) taken = new Set()
    let slot = slotOf(userId)
    while (taken.has(colours[slot] ?? '')) slot = (slot + 1) % colours.length
    const colour = colours[slot] ?? colours[0]
    taken.add(colour)
    found.set(userId, colour)
  }
  return found
}

/** FNV-1a: spreads ids that differ in one digit. */
function slotOf(userId: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < userId.length; at += 1) hash = Math.imul(hash ^ userId.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % colours.length
}
