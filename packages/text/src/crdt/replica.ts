/**
 * A shared text in the page, over Yjs. `doc` is there for persistence in the browser (y-indexeddb): what it brings in from an earlier
 * visit is sent like an edit, and what the server has already costs nothing.
 *
 *     connect ─► join ─► (the server asks what we have: it is sent) ─► every edit is sent at once ─► acknowledged: saved
 *
 * Until the server has asked, nothing is sent: an edit that follows one which the server lacks could not be placed there.
 */
import * as Y from 'yjs'
import { BadMessage, TooFarBehind } from '../engine.ts'
import { Listeners } from '../listeners.ts'
import { ChunkedText } from '../ot/chunked-text.ts'
import { OperationMisfit } from '../ot/operation.ts'
import { operationOf } from '../ot/text-changes.ts'
import type { Anchor, Replica, Send, TextChange } from '../replica.ts'
import { smallestChange } from '../smallest-change.ts'
import { inSteps, wholeCharacters } from '../whole-characters.ts'
import { parseRequest } from './join.ts'
import { anchorAt, offsetOf } from './relative-anchor.ts'
import { sharedTextName } from './shared-text.ts'
import { splitUpdate } from './split-update.ts'
import { emptyUpdate } from './update-merge.ts'
import { scanUpdate } from './update-scan.ts'

export type CrdtReplicaOptions = {
  /** Text of one change message, UTF-16 units: a larger paste goes in several. */
  readonly pasteUnits?: number
  /** Edits less apart are one step for undo. */
  readonly captureMs?: number
  /** Yjs's id of this page; a random one when left out. Two pages with the same id destroy each other's text. */
  readonly clientId?: number
}

const here = Symbol('edited here')
const fromServer = Symbol('from the server')

export class CrdtReplica implements Replica {
  readonly engine = 'crdt'
  readonly doc: Y.Doc
  readonly #shared: Y.Text
  readonly #undoManager: Y.UndoManager
  readonly #pasteUnits: number
  readonly #captureMs: number
  readonly #changes = new Listeners<[readonly TextChange[], 'others' | 'undo']>()
  readonly #state = new Listeners<[]>()
  /** What the editor holds; Yjs itself would have to build it. */
  #text = new ChunkedText()
  #send: Send | null = null
  #maySend = false
  #sent = 0
  #acknowledged = 0
  #isSynced = false
  #isSaved = true

  constructor({ pasteUnits = 128 * 1024, captureMs = 500, clientId }: CrdtReplicaOptions = {}) {
    this.#pasteUnits = pasteUnits
    this.#captureMs = captureMs
    this.doc = new Y.Doc()
    if (clientId !== undefined) this.doc.clientID = clientId
    this.#shared = this.doc.getText(sharedTextName)
    this.#undoManager = new Y.UndoManager(this.#shared, { captureTimeout: captureMs, trackedOrigins: new Set([here]) })
    this.#shared.observe((event, { origin }) => this.#observed(event, origin))
    this.doc.on('update', (update: Uint8Array, origin: unknown) => this.#updated(update, origin))
  }

  get text(): string {
    return this.#text.toString()
  }

  get length(): number {
    return this.#text.length
  }

  get isSynced(): boolean {
    return this.#isSynced
  }

  get isSaved(): boolean {
    return this.#isSaved
  }

  edit(edited: readonly TextChange[]): void {
    const { changes, corrections } = wholeCharacters(edited, (place) => this.#text.slice(place - 1, place + 1))
    for (const [index, step] of inSteps(changes, this.#pasteUnits).entries()) {
      // However long it takes, the steps are one edit.
      if (index > 0) this.#undoManager.captureTimeout = Number.POSITIVE_INFINITY
      this.#text.apply(operationOf(step))
      this.doc.transact(() => {
        for (const { at, remove, insert } of [...step].reverse()) {
          if (remove > 0) this.#shared.delete(at, remove)
          if (insert !== '') this.#shared.insert(at, insert)
        }
      }, here)
    }
    this.#undoManager.captureTimeout = this.#captureMs
    if (corrections.length > 0) this.#changes.tell(corrections, 'others')
  }

  onChange(listener: (changes: readonly TextChange[], cause: 'others' | 'undo') => void): () => void {
    return this.#changes.add(listener)
  }

  undo(): boolean {
    return this.#undoManager.undo() !== null
  }

  redo(): boolean {
    return this.#undoManager.redo() !== null
  }

  closeUndoStep(): void {
    this.#undoManager.stopCapturing()
  }

  anchorAt(offset: number, side: 'left' | 'right'): Anchor {
    return anchorAt(this.#shared, offset, side)
  }

  offsetOf(anchor: Anchor): number | null {
    return offsetOf(this.#shared, anchor)
  }

  connect(send: Send): void {
    this.disconnect()
    this.#send = send
    this.#sent = 0
    this.#acknowledged = 0
    send(0, Y.encodeStateVector(this.doc))
  }

  disconnect(): void {
    this.#send = null
    this.#maySend = false
  }

  receive(kind: 0 | 1 | 2, body: Uint8Array): void {
    if (kind === 0) {
      this.#tellWhatIsLacking(body)
      return
    }
    this.receiveTogether([body])
    if (kind === 1) this.#become(true, this.#isSaved)
  }

  receiveTogether(bodies: readonly Uint8Array[]): void {
    // Yjs tells of a transaction when it ends, also when one of the bodies is none.
    this.doc.transact(() => {
      for (const body of bodies) {
        scanUpdate(body)
        Y.applyUpdate(this.doc, body, fromServer)
      }
    }, fromServer)
  }

  acknowledge(count: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(count, this.#sent))
    if (this.#maySend && this.#acknowledged === this.#sent) this.#become(this.#isSynced, true)
  }

  onState(listener: () => void): () => void {
    return this.#state.add(listener)
  }

  destroy(): void {
    this.disconnect()
    this.#changes.clear()
    this.#state.clear()
    this.#undoManager.destroy()
    this.doc.destroy()
  }

  #observed(event: Y.YTextEvent, origin: unknown): void {
    if (origin === here) return
    const before = this.#text.copy()
    const changes = this.#take(changesOf(event)) ?? this.#compare(before)
    if (changes.length > 0) this.#changes.tell(changes, origin === this.#undoManager ? 'undo' : 'others')
  }

  /** Null: what Yjs says of the change does not lead to its text. It tears characters silently, and contradictory updates confuse it. */
  #take(heard: readonly TextChange[]): readonly TextChange[] | null {
    const { changes } = wholeCharacters(heard, (place) => this.#text.slice(place - 1, place + 1))
    try {
      this.#text.apply(operationOf(changes))
      return this.#text.length === this.#shared.length ? changes : null
    } catch (error) {
      if (error instanceof OperationMisfit) return null
      throw error
    }
  }

  #compare(before: ChunkedText): readonly TextChange[] {
    const changes = smallestChange(before.toString(), this.#shared.toString())
    before.apply(operationOf(changes))
    this.#text = before
    return changes
  }

  #updated(update: Uint8Array, origin: unknown): void {
    if (origin === fromServer) return
    if (this.#maySend) this.#sendInPieces(update, () => this.#clocksBefore(update))
    this.#become(this.#isSynced, false)
  }

  #tellWhatIsLacking(request: Uint8Array): void {
    const clocks = parseRequest(request)
    if (this.#send === null) return
    const isBehind = [...this.doc.store.clients.keys()].some(
      (client) => Y.getState(this.doc.store, client) > (clocks.get(client) ?? 0),
    )
    // Even when nothing is lacking: what the server knows is not yet what it has stored, its acknowledgement says that.
    const lacking = isBehind || !this.#isSaved ? Y.encodeStateAsUpdate(this.doc, request) : emptyUpdate
    this.#maySend = true
    this.#sendInPieces(lacking, () => clocks)
  }

  /** `clocks`: how much of each client the server has. */
  #sendInPieces(update: Uint8Array, clocks: () => ReadonlyMap<number, number>): void {
    const mostBytes = 2 * this.#pasteUnits
    for (const piece of update.length <= mostBytes ? [update] : splitOrWhole(update, clocks(), mostBytes)) {
      this.#sent += 1
      this.#send?.(2, piece)
    }
  }

  #clocksBefore(update: Uint8Array): ReadonlyMap<number, number> {
    const clocks = new Map([...this.doc.store.clients.keys()].map((client) => [client, Y.getState(this.doc.store, client)]))
    for (const { client, first } of scanUpdate(update).blocks) clocks.set(client, first)
    return clocks
  }

  #become(isSynced: boolean, isSaved: boolean): void {
    if (isSynced === this.#isSynced && isSaved === this.#isSaved) return
    this.#isSynced = isSynced
    this.#isSaved = isSaved
    this.#state.tell()
  }
}

function splitOrWhole(update: Uint8Array, clocks: ReadonlyMap<number, number>, mostBytes: number): readonly Uint8Array[] {
  try {
    return splitUpdate(update, clocks, mostBytes)
  } catch (error) {
    // Something of others has not arrived here yet. The server decides.
    if (error instanceof TooFarBehind || error instanceof BadMessage) return [update]
    throw error
  }
}

/** What Yjs says of a change, counted in the text before. */
function changesOf(event: Y.YTextEvent): readonly TextChange[] {
  const changes: TextChange[] = []
  let at = 0
  for (const { retain, insert, delete: remove } of event.delta) {
    if (retain !== undefined) at += retain
    else if (remove !== undefined) {
      changes.push({ at, remove, insert: '' })
      at += remove
    } else if (typeof insert === 'string') changes.push({ at, remove: 0, insert })
  }
  return changes
}
