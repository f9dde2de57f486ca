/** The frames that a room sends of its document: each is brought to where it belongs, and what others do waits a moment for more of it. */
import type { Replica } from '@atelier/text/replica'
import { type DocumentFrame, readFrame } from './frames.ts'
import type { Here } from './here.ts'
import { Intake } from './intake.ts'
import { caretOf, type HeardOthers } from './others.ts'
import { type PresenceEntry, readPresence } from './presence-update.ts'

type Sync = Extract<DocumentFrame, { type: 'sync' }>
/** What others type, and where they are. */
type FromOthers = (Omit<Sync, 'kind'> & { readonly kind: 2 }) | Extract<DocumentFrame, { type: 'presence' }>

export type IncomingOptions = {
  readonly replica: Replica
  readonly others: HeardOthers
  readonly here: Pick<Here, 'tell'>
  /** The room has answered with what was missing. */
  onSynced(): void
  /** Something has come that cannot be placed. */
  onUnreadable(): void
}

const mostEarly = 1000

export class Incoming {
  readonly #options: IncomingOptions
  /** Carets in text that is not here yet, by client: a change is told when it is stored, a caret at once. */
  readonly #early = new Map<number, PresenceEntry>()
  readonly #intake: Intake<FromOthers>

  constructor(options: IncomingOptions) {
    this.#options = options
    this.#intake = new Intake({
      take: (frames) => this.#takeIn(frames),
      bytesOf: (frame) => (frame.type === 'sync' ? frame.body : frame.update).length,
      mayWait: () => typeof document === 'undefined' || document.visibilityState === 'visible',
      nowMs: () => performance.now(),
    })
  }

  take(bytes: Uint8Array): void {
    const frame = readFrame(bytes)
    if (frame === null) return
    if (isFromOthers(frame)) this.#intake.add(frame)
    else this.#readably(() => this.#heed(frame))
  }

  /** Everything that waits is in the text before this returns. */
  takeNow(): void {
    this.#intake.takeNow()
  }

  /** The room is left: who is in it is not known any more. */
  leave(): void {
    this.takeNow()
    this.#early.clear()
  }

  /** A key was pressed here: what others do waits until that is painted. */
  letPaint(): void {
    this.#intake.letPaint()
  }

  end(): void {
    this.#intake.end()
  }

  #heed(frame: Exclude<DocumentFrame, FromOthers>): void {
    const { replica, here, onSynced } = this.#options
    if (frame.type === 'ask') here.tell()
    else if (frame.type === 'stored') replica.acknowledge(frame.count)
    else {
      this.#intake.takeNow()
      replica.receive(frame.kind, frame.body)
      this.#hear([])
      if (replica.isSynced) onSynced()
    }
  }

  #takeIn(frames: readonly FromOthers[]): void {
    const changes = frames.flatMap((frame) => (frame.type === 'sync' ? [frame.body] : []))
    const presence = frames.flatMap((frame) => (frame.type === 'presence' ? [frame.update] : []))
    this.#readably(() => {
      if (changes.length > 0) this.#options.replica.receiveTogether(changes)
      this.#hear(presence.flatMap(readPresence))
    })
  }

  #hear(entries: readonly PresenceEntry[]): void {
    const { replica, others } = this.#options
    for (const entry of entries)
      if (entry.clock >= (this.#early.get(entry.client)?.clock ?? 0)) this.#early.set(entry.client, entry)
    const isFull = this.#early.size > mostEarly
    const ready = [...this.#early.values()].filter((entry) => isFull || hasPlace(replica, entry))
    for (const { client } of ready) this.#early.delete(client)
    others.hear(ready, performance.now())
  }

  #readably(receive: () => void): void {
    try {
      receive()
    } catch (error) {
      console.warn('a message of the document could not be read', error)
      this.#options.onUnreadable()
    }
  }
}

/** What is said of a caret can be shown: it stands in text that is here, or there is none. */
function hasPlace(replica: Replica, { state }: PresenceEntry): boolean {
  const caret = caretOf(state)
  if (caret === null) return true
  // Finding a place walks through the text; most carets select nothing.
  const isOne = JSON.stringify(caret.anchor) === JSON.stringify(caret.head)
  return replica.offsetOf(caret.head) !== null && (isOne || replica.offsetOf(caret.anchor) !== null)
}

const isFromOthers = (frame: DocumentFrame): frame is FromOthers =>
  frame.type === 'presence' || (frame.type === 'sync' && frame.kind === 2)
