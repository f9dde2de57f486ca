/** The frames that a room sends of its document: each is brought to where it belongs, and what others do waits a moment for more of it. */
import type { Replica } from '@atelier/text/replica'
import { type DocumentFrame, readFrame } from './frames.ts'
import type { Here } from './here.ts'
import { Intake } from './intake.ts'
import type { HeardOthers } from './others.ts'
import { readPresence } from './presence-update.ts'

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

export class Incoming {
  readonly #options: IncomingOptions
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
      if (replica.isSynced) onSynced()
    }
  }

  #takeIn(frames: readonly FromOthers[]): void {
    const changes = frames.flatMap((frame) => (frame.type === 'sync' ? [frame.body] : []))
    const presence = frames.flatMap((frame) => (frame.type === 'presence' ? [frame.update] : []))
    this.#readably(() => {
      if (changes.length > 0) this.#options.replica.receiveTogether(changes)
      // Carets stand in text that their people may have typed just before.
      this.#options.others.hear(presence.flatMap(readPresence), performance.now())
    })
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

const isFromOthers = (frame: DocumentFrame): frame is FromOthers =>
  frame.type === 'presence' || (frame.type === 'sync' && frame.kind === 2)
