/**
 * What goes out to one member, in its order: the answer to its join first, then every record that was stored since. A member that
 * does not read loses its place instead of filling the memory; it comes back and begins anew.
 */
import { type SharedFrame, syncFrame } from './frames.ts'
import type { Member } from './member.ts'

/** Unsent bytes above which a member is told of no cursors, and above which it has to begin anew. */
export const slowBytes = 1024 * 1024
const lostBytes = 8 * 1024 * 1024
export const tooSlow = 'Your connection did not keep up with the others. Open the document anew.'

/** Bodies as `TextEngine.missing` gives them. False: it does not keep up. */
export function answerJoin(number: number, member: Member, bodies: readonly Uint8Array[]): boolean {
  const last = bodies.length - 1
  member.answerBytes = bodies.reduce((sum, { length }) => sum + length, 0)
  bodies.forEach((body, index) => {
    member.link.write(syncFrame(number, index === last ? 'answer' : 'change', body).as(member.link.form))
  })
  member.joinState = 'joined'
  const held = member.held
  member.held = []
  member.heldBytes = 0
  return held.every((frame) => deliver(member, frame))
}

/** False: it does not keep up. */
export function deliver(member: Member, frame: SharedFrame): boolean {
  if (member.joinState === 'not-joined') return true
  if (member.joinState === 'joining') {
    member.held.push(frame)
    member.heldBytes += frame.as(member.link.form).length
    return member.heldBytes <= lostBytes
  }
  member.link.write(frame.as(member.link.form))
  const unsent = member.link.unsentBytes
  if (unsent < slowBytes) member.answerBytes = 0
  return unsent <= lostBytes + member.answerBytes
}
