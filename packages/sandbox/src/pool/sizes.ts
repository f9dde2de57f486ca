/** The arithmetic of the shelves: how large each may be, and which gets the next sandbox. */
import type { SandboxSpec } from '../sandbox.ts'
import type { Shelf } from './shelf.ts'

export type Room = {
  /** Sandboxes, over all shelves. */
  readonly places: number
  readonly bytes: number
  readonly costBytes: (spec: SandboxSpec) => number
}

/** Sets every shelf's size by its demand, as far as there is room. */
export function shareOut(shelves: readonly Shelf[], now: number, { places, bytes, costBytes }: Room): void {
  const left = { places, bytes }
  for (const shelf of shelves) shelf.size = 0
  const give = (shelf: Shelf, upTo: number): void => {
    const cost = costBytes(shelf.spec)
    const affordable = cost === 0 ? left.places : Math.min(left.places, Math.floor(left.bytes / cost))
    const more = Math.max(0, Math.min(upTo - shelf.size, affordable))
    shelf.size += more
    left.places -= more
    left.bytes -= more * cost
  }
  // First what every kind has in any case, then what the busiest need: who has most shall not leave the others nothing.
  for (const shelf of shelves) give(shelf, shelf.least)
  const kept = shelves.filter(({ isKept }) => isKept).map((shelf) => ({ shelf, wanted: shelf.demand.wanted(now) }))
  for (const { shelf, wanted } of kept.toSorted((a, b) => b.wanted - a.wanted)) give(shelf, wanted)
}

/** Somebody waits there, and no sandbox is on its way for them. */
export function nextMissed(shelves: readonly Shelf[]): Shelf | undefined {
  return shelves.find((shelf) => shelf.retry === null && shelf.waiting.length > shelf.opening)
}

/** Of those that are not full, the one that is emptiest for its size. */
export function emptiest(shelves: readonly Shelf[]): Shelf | undefined {
  return shelves
    .filter((shelf) => shelf.retry === null && shelf.stock < shelf.size + shelf.waiting.length)
    .toSorted((a, b) => a.fullness - b.fullness)[0]
}

export function sum(shelves: readonly Shelf[], count: (shelf: Shelf) => number): number {
  return shelves.reduce((total, shelf) => total + count(shelf), 0)
}
