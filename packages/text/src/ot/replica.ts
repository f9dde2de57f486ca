/**
 * A shared text in the page, by operational transformation. What is typed here is there at once and waits for the server's order;
 * while it waits, the server's text is kept beside it.
 *
 *     connect ─► join with our version ─► what was missed ─► what is under way is sent again ─► it comes back in the order: saved
 *
 * When the server no longer knows what happened since our version, it sends its whole text. What changed there is then found by
 * comparison, and what is not saved here is carried over.
 */
import { BadMessage } from '../engine.ts'
import { Listeners } from '../listeners.ts'
import type { Anchor, Replica, Send, TextChange } from '../replica.ts'
import { smallestChange } from '../smallest-change.ts'
import { inSteps, wholeCharacters } from '../whole-characters.ts'
import { ChunkedText } from './chunked-text.ts'
import { compose, type Operation, OperationMisfit } from './operation.ts'
import { PendingEdits, pendingLimits, type Unsaved } from './pending-edits.ts'
import { isSnapshot, readRecord, readSnapshotHead, readSnapshotText, writeJoin, writePush } from './sequenced.ts'
import type { Pushed, Sequenced } from './sequencer.ts'
import { changesOf, operationOf } from './text-changes.ts'
import { UndoSteps } from './undo-steps.ts'
import { VersionedAnchors } from './versioned-anchors.ts'

export type OtReplicaOptions = {
  /** Of this page alone, at most 64 characters: two pages with the same name take each other's edits for their own. */
  readonly author: string
  readonly now: () => number
  /** Text of one change message, UTF-16 units: a larger paste goes in several. */
  readonly pasteUnits?: number
  /** Edits less apart are one step for undo. */
  readonly captureMs?: number
  /** What `unsaved` of an earlier page gave. It may be handed to one page only, or its edits come twice. */
  readonly unsaved?: OtUnsaved | null
}

/** JSON. `version` and `text`: of the server, which the edits follow; null when nothing had come from there. */
export type OtUnsaved = Unsaved & { readonly version: number | null; readonly text: string }

export class OtReplica implements Replica {
  readonly engine = 'ot'
  readonly #pasteUnits: number
  readonly #pending: PendingEdits
  readonly #steps: UndoSteps
  readonly #anchors = new VersionedAnchors()
  readonly #changes = new Listeners<[readonly TextChange[], 'others' | 'undo']>()
  readonly #state = new Listeners<[]>()
  #text: ChunkedText
  /** The server's text of our version; null while it is ours too. */
  #confirmed: ChunkedText | null = null
  /** There is a version that we have begun with. */
  #isLoaded: boolean
  #send: Send | null = null
  #maySend = false
  #isSynced = false
  #told: string

  constructor({ author, now, pasteUnits = pendingLimits.insertedUnits, captureMs = 500, unsaved = null }: OtReplicaOptions) {
    this.#pasteUnits = pasteUnits
    this.#steps = new UndoSteps(captureMs, now)
    this.#pending = new PendingEdits(author, unsaved?.version ?? 0, unsaved ?? undefined, {
      ...pendingLimits,
      insertedUnits: pasteUnits,
    })
    this.#text = new ChunkedText(unsaved?.text)
    this.#isLoaded = unsaved !== null && unsaved.version !== null
    this.#told = `${this.#isSynced} ${this.isSaved}`
    if (this.#pending.isSaved) return
    this.#confirmed = this.#text.copy()
    for (const { operation } of this.#pending.expected) this.#text.apply(operation)
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
    return this.#pending.isSaved
  }

  /** What would be lost with this page: to be kept in the browser, and handed to the next page. Null: everything is saved. */
  get unsaved(): OtUnsaved | null {
    const text = this.#confirmed?.toString()
    return text === undefined ? null : { ...this.#pending.unsaved, version: this.#isLoaded ? this.#pending.version : null, text }
  }

  edit(edited: readonly TextChange[]): void {
    const { changes, corrections } = wholeCharacters(edited, (place) => this.#text.slice(place - 1, place + 1))
    const inverse = inSteps(changes, this.#pasteUnits)
      .map((step) => this.#perform(operationOf(step)))
      .reduce((before, latest) => compose(latest, before), [])
    if (inverse.length > 0) this.#steps.edited(inverse)
    if (corrections.length > 0) this.#changes.tell(corrections, 'others')
    this.#noteState()
  }

  onChange(listener: (changes: readonly TextChange[], cause: 'others' | 'undo') => void): () => void {
    return this.#changes.add(listener)
  }

  undo(): boolean {
    const operation = this.#steps.takeUndo()
    if (operation === null) return false
    this.#steps.undone(this.#performInSteps(operation))
    this.#changes.tell(changesOf(operation), 'undo')
    this.#noteState()
    return true
  }

  redo(): boolean {
    const operation = this.#steps.takeRedo()
    if (operation === null) return false
    this.#steps.redone(this.#performInSteps(operation))
    this.#changes.tell(changesOf(operation), 'undo')
    this.#noteState()
    return true
  }

  closeUndoStep(): void {
    this.#steps.close()
  }

  anchorAt(offset: number, side: 'left' | 'right'): Anchor {
    return this.#anchors.anchorAt(Math.max(0, Math.min(offset, this.length)), side, this.#pending)
  }

  offsetOf(anchor: Anchor): number | null {
    const offset = this.#isLoaded ? this.#anchors.offsetOf(anchor, this.#pending) : null
    return offset === null || offset > this.length ? null : offset
  }

  connect(send: Send): void {
    this.disconnect()
    this.#send = send
    send(0, writeJoin(this.#isLoaded ? this.#pending.version : null))
  }

  disconnect(): void {
    this.#send = null
    this.#maySend = false
  }

  receive(kind: 0 | 1 | 2, body: Uint8Array): void {
    if (kind === 0) return
    this.#takeBodies([body])
    if (kind === 1) {
      if (!this.#isLoaded) throw new BadMessage('the answer holds no text')
      this.#isSynced = true
      this.#maySend = true
      this.#push(this.#pending.resend())
    }
    this.#noteState()
  }

  receiveTogether(bodies: readonly Uint8Array[]): void {
    try {
      this.#takeBodies(bodies)
    } finally {
      this.#noteState()
    }
  }

  /** Ours are saved when they come back in the order, which says more than their number. */
  acknowledge(): void {}

  onState(listener: () => void): () => void {
    return this.#state.add(listener)
  }

  destroy(): void {
    this.disconnect()
    this.#changes.clear()
    this.#state.clear()
  }

  #performInSteps(operation: Operation): Operation {
    return inSteps(changesOf(operation), this.#pasteUnits)
      .map((step) => this.#perform(operationOf(step)))
      .reduce((before, latest) => compose(latest, before), [])
  }

  /** Answers what takes it back. */
  #perform(operation: Operation): Operation {
    this.#confirmed ??= this.#text.copy()
    const inverse = inverseOf(operation, this.#text)
    this.#text.apply(operation)
    this.#push(this.#pending.edit(operation))
    return inverse
  }

  #push(pushed: Pushed | null): void {
    if (pushed !== null && this.#maySend) this.#send?.(2, writePush(pushed))
  }

  #takeBodies(bodies: readonly Uint8Array[]): void {
    let operations: Sequenced[] = []
    const takeIn = (): void => {
      const ready = operations
      operations = []
      this.#takeIn(ready)
    }
    try {
      for (const body of bodies) {
        if (isSnapshot(body)) {
          takeIn()
          this.#load(body)
        } else operations.push(...readRecord(body))
      }
    } finally {
      // Also those before one that cannot be read.
      takeIn()
    }
  }

  #takeIn(operations: readonly Sequenced[]): void {
    let together: Operation = []
    try {
      for (const sequenced of operations) {
        if (sequenced.version <= this.#pending.version) continue
        if (!this.#isLoaded) throw new BadMessage('operations come before the text')
        if (sequenced.version > this.#pending.version + 1)
          throw new BadMessage(`after version ${this.#pending.version} comes ${sequenced.version}`)
        // First where it can be refused without a trace.
        applyTo(this.#confirmed ?? this.#text, sequenced.operation)
        const isAlone = this.#confirmed === null
        const { change, send } = this.#pending.receive(sequenced)
        this.#anchors.note(sequenced)
        if (change !== null) {
          if (!isAlone) this.#text.apply(change)
          together = compose(together, change)
        }
        if (this.#pending.isSaved) this.#confirmed = null
        this.#push(send)
      }
    } finally {
      // Those before one that is refused are in the text: the editor must have them too.
      this.#tellOthers(together)
    }
  }

  #load(body: Uint8Array): void {
    const head = readSnapshotHead(body)
    const [version, oldest] = [this.#pending.version, head.version - head.tail.length]
    if (this.#isLoaded && version >= oldest && version <= head.version) {
      this.#takeIn(head.tail)
      return
    }
    const text = readSnapshotText(body, head)
    const base = this.#confirmed ?? this.#text.copy()
    const { underWay } = this.#pending.unsaved
    const settled = underWay === null ? undefined : head.authors.find(([author]) => author === underWay.author)?.[1]
    if (underWay !== null && settled !== undefined && settled >= underWay.sequence) {
      base.apply(underWay.operation)
      this.#pending.settle()
    }
    const change = this.#pending.jump(head.version, operationOf(smallestChange(base.toString(), text)))
    this.#text.apply(change)
    this.#confirmed = this.#pending.isSaved ? null : new ChunkedText(text)
    this.#isLoaded = true
    this.#anchors.beginAnew(head.version)
    this.#tellOthers(change)
  }

  #tellOthers(change: Operation): void {
    if (change.length === 0) return
    this.#steps.meet(change)
    this.#changes.tell(changesOf(change), 'others')
  }

  #noteState(): void {
    const told = `${this.#isSynced} ${this.isSaved}`
    if (told === this.#told) return
    this.#told = told
    this.#state.tell()
  }
}

function applyTo(text: ChunkedText, operation: Operation): void {
  try {
    text.apply(operation)
  } catch (error) {
    if (error instanceof OperationMisfit) throw new BadMessage(error.message, { cause: error })
    throw error
  }
}

/** Without reading more of the text than goes. */
function inverseOf(operation: Operation, text: ChunkedText): Operation {
  let at = 0
  const inverse = changesOf(operation).map(({ at: place, remove, insert }) => {
    const change = { at: place + at, remove: insert.length, insert: text.slice(place, place + remove) }
    at += insert.length - remove
    return change
  })
  return operationOf(inverse)
}
