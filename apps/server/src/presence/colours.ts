/** Which colour of twelve a person has. The same id begins with the same colour everywhere; the page begins in the same way. */
export const colourCount = 12

/** A colour that nobody else in the project has, while there are any left. `taken`: those of the others. */
export function colourFor(userId: string, taken: ReadonlySet<number>): number {
  const first = slotOf(userId)
  for (let step = 0; step < colourCount; step++) {
    const colour = (first + step) % colourCount
    if (!taken.has(colour)) return colour
  }
  return first
}

/** FNV-1a: spreads ids that differ in one digit. */
function slotOf(userId: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < userId.length; at++) hash = Math.imul(hash ^ userId.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % colourCount
}
