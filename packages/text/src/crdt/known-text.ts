/**
 * How much of each client's writing is here, and what of it was deleted: enough to tell what is new in an update, what is a
 * repetition, and what would hang in the air. Yjs keeps an update back until everything it refers to has come; one that refers to
 * what never comes would be stored, acknowledged and invisible for ever, with all that its author writes after it. So such a one is
 * not taken: its author joins anew, and then sends what we lack.
 */
import { Deletions } from './deletions.ts'
import { gap, placeInOrder } from './placement.ts'
import { deletionFields, field, none, type Scan, structFields } from './update-scan.ts'

/**
 * `nothing`: everything is here already. `all`: it continues right where we are. `partly`: some of it is a repetition, which must be
 * cut off before it is stored.
 */
export type Novelty = 'nothing' | 'all' | 'partly'

export class KnownText {
  readonly clocks = new Map<number, number>()
  readonly deletions = new Deletions()

  clockOf(client: number): number {
    return this.clocks.get(client) ?? 0
  }

  /** @throws TooFarBehind when something between is missing, BadMessage when it could never be placed */
  noveltyOf(scan: Scan): Novelty {
    let [isNew, isPartly] = [false, false]
    for (const { client, first, end } of scan.blocks) {
      const known = this.clockOf(client)
      if (first > known) throw gap()
      if (end > known) isNew = true
      if (first < known) isPartly = true
    }
    if (isNew) this.#checkNeighbours(scan)
    const writing = new Map(scan.deletions.length === 0 ? [] : scan.blocks.map(({ client, end }) => [client, end]))
    for (let at = 0; at < scan.deletions.length; at += deletionFields) {
      const client = scan.deletions[at] ?? 0
      const [first, end] = [scan.deletions[at + 1] ?? 0, scan.deletions[at + 2] ?? 0]
      if (end > Math.max(this.clockOf(client), writing.get(client) ?? 0)) throw gap()
      if (this.deletions.has(client, first, end)) isPartly = true
      else isNew = true
    }
    return !isNew ? 'nothing' : isPartly ? 'partly' : 'all'
  }

  add(scan: Scan): void {
    for (const { client, end } of scan.blocks) if (end > this.clockOf(client)) this.clocks.set(client, end)
    if (scan.deletions.length > 0) this.deletions.add(scan.deletions)
  }

  #checkNeighbours(scan: Scan): void {
    let dependsOnOthers = false
    for (const block of scan.blocks)
      for (let at = block.index; at < block.index + block.structs; at += 1) {
        const base = at * structFields
        const end = scan.structs[base + field.end] ?? 0
        if (end <= this.clockOf(block.client)) continue
        if (scan.structs[base + field.isLeftOut] === 1) throw gap()
        for (const side of [field.leftClient, field.rightClient]) {
          const client = scan.structs[base + side] ?? none
          const clock = scan.structs[base + side + 1] ?? none
          if (client === none || clock < this.clockOf(client)) continue
          if (client !== block.client) dependsOnOthers = true
        }
      }
    if (dependsOnOthers) placeInOrder(scan, this.clocks)
  }
}
