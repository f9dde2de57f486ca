/**
 * Structs of several clients in an order in which each stands beside what is there already. Yjs looks for that order itself, and
 * waits for ever when there is none.
 */
import { BadMessage, TooFarBehind } from '../engine.ts'
import { type Block, field, none, type Scan, structFields } from './update-scan.ts'

/** `struct`: its index in the scan. */
export type Placed = (block: Block, struct: number) => void

export const gap = (): TooFarBehind => new TooFarBehind('it continues something that is not here')

/** `known`: how much of each client is there. @throws TooFarBehind when something is missing, BadMessage when there is no order */
export function placeInOrder(scan: Scan, known: ReadonlyMap<number, number>, placed: Placed = () => {}): void {
  new Placement(scan, known, placed).run()
}

class Placement {
  readonly #scan: Scan
  readonly #known: ReadonlyMap<number, number>
  readonly #placed: Placed
  readonly #blocks = new Map<number, { readonly block: Block; next: number; clock: number; isWaiting: boolean }>()

  constructor(scan: Scan, known: ReadonlyMap<number, number>, placed: Placed) {
    this.#placed = placed
    this.#scan = scan
    this.#known = known
    for (const block of scan.blocks)
      this.#blocks.set(block.client, {
        block,
        next: 0,
        clock: Math.max(block.first, known.get(block.client) ?? 0),
        isWaiting: false,
      })
  }

  run(): void {
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
        this.#placed(state.block, state.block.index + state.next)
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
      if (clock >= (this.#blocks.get(client)?.clock ?? this.#known.get(client) ?? 0)) return { client, until: clock }
    }
    return null
  }
}
