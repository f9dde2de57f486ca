/**
 * The TextEngine over Yjs 13. What members send is scanned, not applied: no Y.Doc is built while people type, so a keystroke costs
 * under a microsecond and an idle text nothing but its clocks. Documents are built for `compact`, `textOf` and `rewrite` alone.
 */
import * as Y from 'yjs'
import type { TextEngine } from '../engine.ts'
import { BadMessage, type Change, type ChangeRecord, DamagedText, type LiveText, type Stored, TooFarBehind } from '../engine.ts'
import { smallestChange } from '../smallest-change.ts'
import { answerNewcomer, answerReturning, parseRequest } from './join.ts'
import { KnownText } from './known-text.ts'
import { MergedTail } from './merged-tail.ts'
import { sharedTextName } from './shared-text.ts'
import { cutKnown, emptyUpdate, mergeScanned, mergeUpdates, writeClocks } from './update-merge.ts'
import { messageLimits, type Scan, scanUpdate } from './update-scan.ts'

/** So much that is stored may be read through for a join without a worker: about a millisecond. */
const nearbyBytes = 128 * 1024

/** The client that wrote what nobody typed: the text that was there before the first edit. */
const seedClient = 1

export const crdtEngine: TextEngine = {
  name: 'crdt',

  snapshotOf(text) {
    const doc = new Y.Doc()
    doc.clientID = seedClient
    if (text !== '') doc.getText(sharedTextName).insert(0, text.toWellFormed())
    return Y.encodeStateAsUpdate(doc)
  },

  open: (stored) => new LiveCrdtText(knownOf(stored)),

  compact(stored) {
    const snapshot = Y.encodeStateAsUpdate(docOf(stored))
    // Neighbours that contradict each other (no editor makes such) put text at a place that depends on the order of coming. From
    // here on, everybody gets it as it comes out of this snapshot.
    return { snapshot, text: crdtEngine.textOf({ snapshot, records: [] }) }
  },

  textOf: (stored) => docOf(stored).getText(sharedTextName).toString(),

  rewrite({ snapshot, records }, text, author, base = records.length) {
    const stored = { snapshot, records: records.slice(0, base) }
    const doc = docOf(stored)
    const shared = doc.getText(sharedTextName)
    const changes = smallestChange(shared.toString(), text.toWellFormed())
    if (changes.length === 0) return null
    const before = Y.encodeStateVector(doc)
    doc.clientID = freeClient(doc, `${author}\n${text}`)
    doc.transact(() => {
      for (const { at, remove, insert } of [...changes].reverse()) {
        if (insert !== '') shared.insert(at + remove, insert)
        if (remove > 0) shared.delete(at, remove)
      }
    })
    const update = Y.encodeStateAsUpdate(doc, before)
    return cutKnown(update, scanUpdate(update), knownOf(stored))
  },

  missing(stored, request) {
    const clocks = parseRequest(request)
    return orDamaged(() =>
      clocks.size === 0 ? answerNewcomer(stored, mergeUpdates(stored.records)) : answerReturning(stored, clocks, true),
    )
  },
}

/**
 * Authors that one connection may bring: its own, and those of tabs beside it. Yjs looks through all authors who wrote at one place
 * whenever another one does, so thousands of them hold up everybody who reads the text.
 */
const mostNewAuthors = 256
const rememberedMembers = 2000

/** As `take` gives it: what was read of its structure is not read again when it is merged. */
type ScannedChange = Change & { readonly scan: Scan }
const scanOf = (change: Change & { readonly scan?: Scan }): Scan => change.scan ?? scanUpdate(change.bytes)

class LiveCrdtText implements LiveText {
  readonly #known: KnownText
  /** New authors of each connection, the latest last; made, as the tail, when there is something for it. */
  #newAuthors: Map<string, number> | null = null
  #tail: MergedTail | null = null

  constructor(known: KnownText) {
    this.#known = known
  }

  take(body: Uint8Array, member: string, mayWriteAs: (author: string) => boolean = () => true): ScannedChange | null {
    let [bytes, scan] = [body, scanUpdate(body, messageLimits)]
    const novelty = this.#known.noveltyOf(scan)
    if (novelty === 'nothing') return null
    for (const { client, end } of scan.blocks)
      if (end > this.#known.clockOf(client) && !mayWriteAs(String(client))) throw foreignName()
    this.#countAuthors(scan, member)
    if (novelty === 'partly') {
      bytes = cutKnown(body, scan, this.#known)
      scan = scanUpdate(bytes)
    }
    this.#known.add(scan)
    return { bytes, scan, authors: scan.blocks.map(({ client }) => String(client)) }
  }

  merge(changes: readonly Change[]): ChangeRecord {
    return mergeScanned(changes.map((change) => ({ bytes: change.bytes, scan: scanOf(change) })))
  }

  ask(): Uint8Array {
    return writeClocks([...this.#known.clocks])
  }

  join(stored: Stored, request: Uint8Array): readonly Uint8Array[] | null {
    const clocks = parseRequest(request)
    if (clocks.size === 0) {
      if (stored.records.length > 0) this.#tail ??= new MergedTail()
      return answerNewcomer(stored, this.#tail?.of(stored.records) ?? emptyUpdate)
    }
    const storedBytes = stored.records.reduce((sum, { length }) => sum + length, stored.snapshot.length)
    return storedBytes > nearbyBytes ? null : answerReturning(stored, clocks, false)
  }

  #countAuthors({ blocks }: Scan, member: string): void {
    const added = blocks.reduce((sum, { client }) => sum + (this.#known.clockOf(client) === 0 ? 1 : 0), 0)
    if (added === 0) return
    this.#newAuthors ??= new Map()
    const authors = (this.#newAuthors.get(member) ?? 0) + added
    if (authors > mostNewAuthors) throw new BadMessage(`one connection brings more than ${mostNewAuthors} authors`)
    this.#newAuthors.delete(member)
    this.#newAuthors.set(member, authors)
    if (this.#newAuthors.size <= rememberedMembers) return
    for (const oldest of this.#newAuthors.keys()) {
      this.#newAuthors.delete(oldest)
      break
    }
  }
}

const foreignName = (): BadMessage => new BadMessage('it writes under the name of somebody else who is here')

function knownOf({ snapshot, records }: Stored): KnownText {
  return orDamaged(() => {
    const known = new KnownText()
    for (const bytes of [snapshot, ...records]) {
      const scan = scanUpdate(bytes)
      known.noveltyOf(scan)
      known.add(scan)
    }
    return known
  })
}

/** All in one transaction: one by one is a hundred times slower. */
function docOf(stored: Stored): Y.Doc {
  knownOf(stored)
  const doc = new Y.Doc({ gc: true })
  doc.transact(() => {
    for (const bytes of [stored.snapshot, ...stored.records]) Y.applyUpdate(doc, bytes)
  })
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
    throw new DamagedText('a part of what is stored is missing')
  return doc
}

/**
 * A client id that nobody has: from what is written, so that the same rewriting made twice is a repetition, and two different ones
 * of the same moment never share clocks.
 */
function freeClient(doc: Y.Doc, seed: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < seed.length; at += 1) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193) >>> 0
  for (const [client, clock] of [...doc.store.clients].map(([client]) => [client, Y.getState(doc.store, client)] as const))
    hash = Math.imul(hash ^ client ^ clock, 0x01000193) >>> 0
  while (doc.store.clients.has(hash) || hash <= seedClient) hash = (hash + 1) >>> 0
  return hash
}

function orDamaged<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof BadMessage || error instanceof TooFarBehind)
      throw new DamagedText(`what is stored cannot be read: ${error.message}`, { cause: error })
    throw error
  }
}
