/**
 * Places in a text whose versions are counted: [version, offset, side]. Whoever gets one moves it along with what happened since that
 * version. The latest operations are remembered for that; a place that was followed before goes on from where it was then.
 */
import type { Anchor } from '../replica.ts'
import { transformPosition, transformPositionBack } from './operation.ts'
import type { PendingEdits } from './pending-edits.ts'
import type { Sequenced } from './sequencer.ts'

const rememberedOperations = 2000
const rememberedPlaces = 500

type Place = { readonly version: number; readonly offset: number }

export class VersionedAnchors {
  #operations: Sequenced[] = []
  #places = new Map<string, Place>()

  note(sequenced: Sequenced): void {
    this.#operations.push(sequenced)
    if (this.#operations.length > 2 * rememberedOperations) this.#operations = this.#operations.slice(-rememberedOperations)
  }

  beginAnew(version: number): void {
    this.#operations = []
    for (const [key, place] of this.#places) if (place.version !== version) this.#places.delete(key)
  }

  anchorAt(offset: number, side: 'left' | 'right', pending: PendingEdits): Anchor {
    const confirmed = [...pending.operations].reverse().reduce(transformPositionBack, offset)
    return [pending.version, confirmed, side === 'left' ? 0 : 1]
  }

  offsetOf(anchor: Anchor, pending: PendingEdits): number | null {
    if (!Array.isArray(anchor) || anchor.length !== 3) return null
    const [version, offset, side] = anchor as readonly unknown[]
    if (!isCount(version) || !isCount(offset) || (side !== 0 && side !== 1)) return null
    if (version > pending.version) return null
    const stays = side === 0 ? 'left' : 'right'
    const key = `${version} ${offset} ${side}`
    const from = this.#places.get(key) ?? { version, offset }
    const missed = pending.version - from.version
    if (missed > this.#operations.length) return null
    let place = from.offset
    if (missed > 0)
      for (const { operation } of this.#operations.slice(-missed)) place = transformPosition(place, operation, stays)
    this.#remember(key, { version: pending.version, offset: place })
    return pending.operations.reduce((at, operation) => transformPosition(at, operation, stays), place)
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

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
