/**
 * Places in a text whose versions are counted:
 *
 *     [version, offset, side]                             in the text of that version
 *     [version, offset, side, author, sequence, units]    so far into what that operation puts in; until it is here, the above
 *
 * The second is for those who type: their caret stands in text that the others do not have yet. Whoever gets an anchor moves it along
 * with what happened since. The latest operations are remembered for that; a place that was followed before goes on from where it was.
 */
import type { Anchor } from '../replica.ts'
import { type Operation, transformPosition, transformPositionBack } from './operation.ts'
import type { PendingEdits } from './pending-edits.ts'
import type { Sequenced } from './sequencer.ts'

const rememberedOperations = 2000
const rememberedPlaces = 500

type Side = 'left' | 'right'
type Place = { readonly version: number; readonly offset: number }
type Typed = { readonly author: string; readonly sequence: number; readonly units: number }
type Parsed = Place & { readonly side: Side; readonly typed: Typed | null }

export class VersionedAnchors {
  #operations: Sequenced[] = []
  /** Of the remembered operations, by author and sequence, their versions. */
  #versions = new Map<string, number>()
  readonly #places = new Map<string, Place>()

  note(sequenced: Sequenced): void {
    this.#operations.push(sequenced)
    this.#versions.set(keyOf(sequenced), sequenced.version)
    if (this.#operations.length <= 2 * rememberedOperations) return
    this.#operations = this.#operations.slice(-rememberedOperations)
    this.#versions = new Map(this.#operations.map((each) => [keyOf(each), each.version]))
  }

  beginAnew(version: number): void {
    this.#operations = []
    this.#versions.clear()
    for (const [key, place] of this.#places) if (place.version !== version) this.#places.delete(key)
  }

  anchorAt(offset: number, side: Side, pending: PendingEdits): Anchor {
    let place = offset
    let typed: readonly unknown[] = []
    for (const { author, sequence, operation } of [...pending.expected].reverse()) {
      const units = typed.length > 0 ? null : unitsBefore(operation, place, side)
      if (units !== null) typed = [author, sequence, units]
      place = transformPositionBack(place, operation)
    }
    return [pending.version, place, side === 'left' ? 0 : 1, ...typed]
  }

  offsetOf(anchor: Anchor, pending: PendingEdits): number | null {
    const parsed = parse(anchor)
    if (parsed === null || parsed.version > pending.version) return null
    const { side, typed } = parsed
    const own = typed === null ? -1 : pending.expected.findIndex((each) => keyOf(each) === keyOf(typed))
    const ownOperation = pending.expected[own]?.operation
    if (typed !== null && ownOperation !== undefined)
      return follow(placeOf(ownOperation, typed.units), pending.expected.slice(own + 1), side)
    const confirmed = this.#confirmedPlace(parsed, pending.version)
    return confirmed === null ? null : follow(confirmed, pending.expected, side)
  }

  #confirmedPlace(parsed: Parsed, now: number): number | null {
    const { version, offset, side, typed } = parsed
    const came = typed === null ? undefined : this.#versions.get(keyOf(typed))
    const key = JSON.stringify(came === undefined ? [version, offset, side] : typed)
    const from = this.#places.get(key) ?? this.#start({ version, offset }, typed, came, now)
    const missed = now - from.version
    if (missed > this.#operations.length) return null
    const place = follow(from.offset, missed === 0 ? [] : this.#operations.slice(-missed), side)
    this.#remember(key, { version: now, offset: place })
    return place
  }

  #start(place: Place, typed: Typed | null, came: number | undefined, now: number): Place {
    const operation = came === undefined ? undefined : this.#operations.at(came - now - 1)?.operation
    return came === undefined || operation === undefined || typed === null
      ? place
      : { version: came, offset: placeOf(operation, typed.units) }
  }

  /** The latest last. */
  #remember(key: string, place: Place): void {
    this.#places.delete(key)
    this.#places.set(key, place)
    if (this.#places.size <= rememberedPlaces) return
    for (const oldest of this.#places.keys()) {
      this.#places.delete(oldest)
      break
    }
  }
}

const keyOf = ({ author, sequence }: { readonly author: string; readonly sequence: number }): string => `${sequence} ${author}`

const follow = (place: number, operations: readonly { readonly operation: Operation }[], side: Side): number =>
  operations.reduce((at, { operation }) => transformPosition(at, operation, side), place)

/** When the place stands in what is put in, or at the end that its side holds on to: how much of all that is put in comes before. */
function unitsBefore(operation: Operation, place: number, side: Side): number | null {
  let [now, inserted] = [0, 0]
  for (const component of operation) {
    if (now > place) return null
    if (typeof component === 'string') {
      const into = place - now
      const isIn = side === 'left' ? into > 0 && into <= component.length : into >= 0 && into < component.length
      if (isIn) return inserted + into
      inserted += component.length
      now += component.length
    } else if (component > 0) now += component
  }
  return null
}

/** The counterpart, in the text that the operation leaves. */
function placeOf(operation: Operation, units: number): number {
  let [now, inserted] = [0, 0]
  for (const component of operation) {
    if (typeof component === 'string') {
      if (units <= inserted + component.length) return now + units - inserted
      inserted += component.length
      now += component.length
    } else if (component > 0) now += component
  }
  return now
}

function parse(anchor: Anchor): Parsed | null {
  if (!Array.isArray(anchor) || (anchor.length !== 3 && anchor.length !== 6)) return null
  const [version, offset, side, author, sequence, units] = anchor as readonly unknown[]
  if (!isCount(version) || !isCount(offset) || (side !== 0 && side !== 1)) return null
  const place = { version, offset, side: side === 0 ? 'left' : 'right' } as const
  if (anchor.length === 3) return { ...place, typed: null }
  if (typeof author !== 'string' || author.length > 64 || !isCount(sequence) || !isCount(units)) return null
  return { ...place, typed: { author, sequence, units } }
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
