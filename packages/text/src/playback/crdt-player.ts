/** What a Yjs log did to the text, record by record, and who did it: every item carries the client that wrote it. */
import * as Y from 'yjs'
import { sharedTextName } from '../crdt/shared-text.ts'
import { scanUpdate } from '../crdt/update-scan.ts'
import type { AuthoredChange } from './authored-text.ts'
import { ItemOrder } from './item-order.ts'
import type { Player } from './playback.ts'

/** Engines give the text that was there before the first edit to this client. */
const seed = 1

export class CrdtPlayer implements Player {
  readonly #doc = new Y.Doc()
  readonly #text = this.#doc.getText(sharedTextName)
  readonly #order = new ItemOrder()
  #changes: AuthoredChange[] = []

  constructor() {
    // Before Yjs joins what was typed one after the other into longer items.
    this.#doc.on('afterTransaction', (transaction: Y.Transaction) => this.#read(transaction))
  }

  play(record: Uint8Array): readonly AuthoredChange[] {
    scanUpdate(record)
    this.#changes = []
    Y.applyUpdate(this.#doc, record)
    return this.#changes
  }

  #read({ beforeState, afterState, deleteSet }: Y.Transaction): void {
    for (const [client, end] of afterState) {
      const start = beforeState.get(client) ?? 0
      const structs = this.#doc.store.clients.get(client)
      if (start === end || structs === undefined) continue
      for (let index = Y.findIndexSS(structs, start); index < structs.length; index += 1) {
        const struct = structs[index]
        if (struct instanceof Y.Item && struct.parent === this.#text) this.#place(struct)
      }
    }
    for (const [client, ranges] of deleteSet.clients)
      for (const { clock, len } of ranges)
        for (const { at, units } of this.#order.hide(client, clock, len)) this.#changes.push({ at, remove: units, insert: [] })
  }

  /** Its left neighbours first, as far as they are as new. */
  #place(item: Y.Item): void {
    const waiting: Y.Item[] = []
    for (let each: Y.Item | null = item; each !== null && !this.#order.has(each.id.client, each.id.clock); each = each.left)
      waiting.push(each)
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      const isVisible = !each.deleted && each.content instanceof Y.ContentString
      const { client, clock } = each.id
      const at = this.#order.insertAfter(each.left?.lastId ?? null, { client, clock, length: each.length, isVisible })
      if (!isVisible || !(each.content instanceof Y.ContentString)) continue
      const author = client === seed ? null : String(client)
      this.#changes.push({ at, remove: 0, insert: [{ text: each.content.str, author }] })
    }
  }
}
