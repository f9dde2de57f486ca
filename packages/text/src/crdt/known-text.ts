/**
 * How much of each client's writing is here, and what of it was deleted: enough to tell what is new in an update, what is a
 * repetition, and what would hang in the air. Yjs keeps an update back until everything it refers to has come; one that refers to
 * what never comes would be stored, acknowledged and invisible for ever, with all that its author writes after it. So such a one is
 * not taken: its author joins anew, and then sends what we lack.
 */
import { BadMessage, TooFarBehind } from '../engine.ts'
import { Deletions } from './deletions.ts'
import { type Block, deletionFields, field, none, type Scan, structFields } from './update-scan.ts'

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
          const start = at === block.index ? block.first : (scan.structs[base - structFields + field.end] ?? 0)
          if (client !== block.client) dependsOnOthers = true
          else if (clock >= start) throw new BadMessage('a piece stands beside one that its author wrote later')
        }
      }
    if (dependsOnOthers) new Placement(scan, this).check()
  }
}

const gap = (): TooFarBehind => new TooFarBehind('it continues something that is not here')

/** Whether structs of several clients, which stand beside each other's, can be placed one after the other. */
class Placement {
  readonly #scan: Scan
  readonly #known: KnownText
  readonly #blocks = new Map<number, { readonly block: Block; next: number; clock: number; isWaiting: boolean }>()

  constructor(scan: Scan, known: KnownText) {
    this.#scan = scan
    this.#known = known
    for (const block of scan.blocks)
      this.#blocks.set(block.client, {
        block,
        next: 0,
        clock: Math.max(block.first, known.clockOf(block.client)),
        isWaiting: false,
      })
  }

  check(): void {
    for (const client of this.#blocks.keys()) this.#place(client)
  }

  /** Depth first without recursion: each struct is looked at a few times at most. */
  #place(first: number): void {
    const stack = [{ client: first, until: Number.POSITIVE_INFINITY }]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const state = this.#blocks.get(top.client)
      if (state === undefined) throw gap()
      state.isWaiting = true
      const isPlaced = state.next === state.block.structs
      if (isPlaced && top.until !== Number.POSITIVE_INFINITY && state.clock <= top.until) throw gap()
      if (isPlaced || state.clock > top.until) {
        state.isWaiting = false
        stack.pop()
        continue
      }
      const base = (state.block.index + state.next) * structFields
      const end = this.#scan.structs[base + field.end] ?? 0
      const lacking = end <= state.clock ? null : this.#lackingFor(base)
      if (lacking === null) {
        state.next += 1
        state.clock = Math.max(state.clock, end)
      } else if (this.#blocks.get(lacking.client)?.isWaiting === true)
        throw new BadMessage('two authors stand beside each other in a circle')
      else stack.push(lacking)
    }
  }

  #lackingFor(base: number): { readonly client: number; readonly until: number } | null {
    for (const side of [field.leftClient, field.rightClient]) {
      const client = this.#scan.structs[base + side] ?? none
      const clock = this.#scan.structs[base + side + 1] ?? none
      if (client === none) continue
      if (clock >= (this.#blocks.get(client)?.clock ?? this.#known.clockOf(client))) return { client, until: clock }
    }
    return null
  }
}
