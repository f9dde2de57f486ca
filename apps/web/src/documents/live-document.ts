/**
 * One file while it is edited together: a Replica of its text, the channel that keeps it equal to everybody else's, who else is in it,
 * and what may be said about it.
 *
 *   opening ──opened──▶ open ──connection lost──▶ away ──opened──▶ open …      any ──deleted, access taken──▶ ended: the text stays here
 */
import type { DocumentMessage } from '@atelier/protocol/documents'
import type { Replica } from '@atelier/text/replica'
import type { TabSocket } from '../connection/socket.ts'
import type { SharedText } from '../editor/surface.ts'
import { DeviceCopy } from './device-copy.ts'
import { askFrame, presenceFrame, syncFrame } from './frames.ts'
import { anchoredIn, createHere, type Here, type MeStore } from './here.ts'
import { Incoming } from './incoming.ts'
import type { KeptEdit, KeptEdits } from './kept-edits.ts'
import { type Facts, type LiveEnd, type LiveState, liveStateOf, wouldBeLost } from './live-state.ts'
import { HeardOthers } from './others.ts'
import type { Replicas } from './replicas.ts'
import { RoomEntry } from './room-entry.ts'

export type LiveDocumentOptions = {
  readonly projectId: string
  readonly path: string
  readonly socket: TabSocket
  readonly replicas: Replicas
  readonly me: MeStore
  readonly kept: KeptEdits
  /** What closed tabs have left behind of this file. */
  readonly leftBehind: readonly KeptEdit[]
  /** It was of another document, that is no more. */
  onOrphan(edit: KeptEdit): void
  /** They are in the document now. */
  onBack(path: string): void
  onState(state: LiveState): void
  onMoved(path: string): void
  /** The file now holds the text, as this version. */
  onFiled(version: number): void
}

/** The room does not take this file: it is none, is no text, or is too large. */
export type Refused = { readonly code: string; readonly detail: string }

/** "Saved" is said a moment late, so that it does not flicker with every key. */
const settleMs = 300
const sweepMs = 5_000
/** A server that has stored nothing and said nothing for so long is not there, whatever the connection looks like. */
const silentMs = 8_000
const againMs = 500
/** Refusals that pass: the channel is opened again after a while. */
const passingCodes = new Set(['storage-unavailable', 'shutting-down', 'too-many-requests', 'internal'])
const retryMs = 2_000
const whyViewer = 'You can look at this file, not change it.'

export class LiveDocument {
  readonly replica: Replica
  readonly others: HeardOthers
  readonly shared: SharedText
  /** Resolves when the text is here, or with the reason why it never will be. */
  readonly arrived: Promise<Refused | null>
  #documentId: string | null = null
  #facts: Facts = { phase: 'opening', isSaved: true, kept: 'not-yet', whyReadOnly: null, end: null }
  #state: LiveState = { kind: 'opening' }
  /** Typed before the text was here; it is in the surface alone. */
  #hasTypedBefore = false
  #arrive: (refused: Refused | null) => void = () => {}
  readonly #options: LiveDocumentOptions
  readonly #here: Here
  readonly #incoming: Incoming
  readonly #room: RoomEntry
  readonly #onDevice: DeviceCopy
  readonly #sweeping: ReturnType<typeof setInterval>
  #settling: ReturnType<typeof setTimeout> | undefined
  /** A change was, since the room was entered: it will not be stored by itself. */
  #wasRefused = false
  #isEnded = false
  #hasArrived = false
  #unsavedSinceMs = Number.POSITIVE_INFINITY

  constructor(options: LiveDocumentOptions) {
    this.#options = options
    this.replica = options.replicas.create(options.leftBehind[0]?.unstored ?? null)
    const own = new Set<number>()
    this.#here = createHere(options.me, own)
    this.others = new HeardOthers(own)
    this.shared = {
      replica: this.replica,
      others: this.others,
      here: (where) => this.#here.moved(anchoredIn(this.replica, where)),
    }
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.replica.onState(() => this.#onReplica())
    this.replica.onChange((_changes, cause) => {
      if (cause === 'undo') this.edited()
    })
    this.#incoming = new Incoming({
      ...{ replica: this.replica, others: this.others, here: this.#here },
      onSynced: () => this.#arrived(),
      // The room is entered anew and sends everything that is missing.
      onUnreadable: () => this.#room.againLater(againMs),
    })
    this.#room = new RoomEntry(options.socket, options, {
      message: (message) => this.#take(message),
      bytes: (frame) => {
        if (!this.#isEnded) this.#incoming.take(frame)
      },
      refused: (code, detail) => this.#refused({ code, detail }),
      away: () => this.#away(),
    })
    this.#onDevice = new DeviceCopy({
      ...{ ...options, replica: this.replica },
      place: () => (this.#documentId === null ? null : { path: this.path, documentId: this.#documentId }),
      onWritten: (isKept) => (this.replica.isSaved ? this.#onReplica() : this.#set({ kept: isKept ? 'kept' : 'failed' })),
    })
    this.#sweeping = setInterval(() => this.#sweep(), sweepMs)
    this.#room.enter()
  }

  get path(): string {
    return this.#room.path
  }

  get state(): LiveState {
    return this.#state
  }

  get isSaved(): boolean {
    return this.replica.isSaved && !this.#hasTypedBefore
  }

  wouldBeLost(): boolean {
    return wouldBeLost({ isSaved: this.isSaved, kept: this.#facts.kept })
  }

  /** Something was changed here. What the device has kept is not everything any more, until it is written again. */
  edited(): void {
    this.#incoming.letPaint()
    if (this.isSaved) return
    if (this.#facts.kept === 'kept') this.#set({ kept: 'not-yet' })
    this.#onDevice.keepLater()
  }

  /** Something was typed into the surface before it could go into the replica; or (false) it is in there now. */
  typedBefore(hasTyped: boolean): void {
    this.#hasTypedBefore = hasTyped
    if (this.#facts.kept === 'kept') this.#set({ kept: 'not-yet' })
    this.#onReplica()
  }

  /** What was typed before is written down on the device. */
  keptBefore(isKept: boolean): void {
    if (this.#hasTypedBefore) this.#set({ kept: isKept ? 'kept' : 'failed' })
  }

  focused(hasFocus: boolean): void {
    this.#here.focused(hasFocus)
    if (!hasFocus) this.keepNow()
  }

  /** The file has another path now. */
  move(path: string): void {
    if (path !== this.#room.path && !this.#isEnded) this.#room.move(path)
  }

  /** Resolves to true once the server has stored everything, or false after `waitMs`. */
  saved(waitMs: number): Promise<boolean> {
    if (this.isSaved) return Promise.resolve(true)
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        stop()
        resolve(this.isSaved)
      }
      const timer = setTimeout(done, waitMs)
      const stop = this.replica.onState(() => {
        if (this.isSaved) done()
      })
    })
  }

  /** Nothing more comes or goes; the text stays. */
  end(end: LiveEnd): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#room.leave()
    this.#set({ phase: 'ended', end })
    this.#arrive(null)
  }

  destroy(): void {
    this.#isEnded = true
    this.#incoming.end()
    this.#here.end()
    this.#room.leave()
    this.#arrive({ code: 'closed', detail: 'The file was closed.' })
    clearInterval(this.#sweeping)
    clearTimeout(this.#settling)
    this.#onDevice.stop()
    this.replica.destroy()
  }

  /** Writes to the device what the server has not stored, now: the page may be going away. */
  keepNow(): void {
    this.#onDevice.keepNow()
  }

  #sweep(): void {
    this.others.sweep(performance.now())
    if (this.replica.isSaved) {
      this.#unsavedSinceMs = Number.POSITIVE_INFINITY
      this.#room.wentWell()
    } else if (performance.now() - this.#unsavedSinceMs > silentMs) this.#options.socket.doubt(silentMs)
  }

  // ---- the room

  #away(): void {
    this.#incoming.leave()
    this.replica.disconnect()
    this.#here.disconnect()
    this.others.clear()
    if (this.#facts.phase === 'open') this.#set({ phase: 'away' })
  }

  #refused(refused: Refused): void {
    if (this.#isEnded) return
    if (this.#facts.phase === 'open' && refused.code === 'forbidden') {
      // A change that was under way when the role became another one: the channel stays, and so does the text.
      this.#wasRefused = true
      this.#set({ whyReadOnly: refused.detail })
    } else if (this.#facts.phase === 'open' || passingCodes.has(refused.code)) {
      this.#set({ whyReadOnly: refused.detail })
      if (passingCodes.has(refused.code)) this.#room.again(retryMs)
      else this.#room.againLater(retryMs)
    } else if (this.#facts.phase === 'opening') {
      this.#room.leave()
      this.#arrive(refused)
    } else this.end({ kind: refused.code === 'not-found' ? 'deleted' : 'denied', detail: refused.detail })
  }

  #take(message: DocumentMessage): void {
    if (this.#isEnded) return
    this.#incoming.takeNow()
    switch (message.type) {
      case 'opened':
        this.#opened(message)
        break
      case 'access':
        this.#set({ whyReadOnly: message.access === 'write' ? null : (message.reason ?? whyViewer) })
        // Who enters sends everything that is not stored, and counts anew.
        if (message.access === 'write' && this.#wasRefused) this.#room.again(0)
        break
      case 'moved':
        this.#options.onMoved(message.path)
        break
      case 'filed':
        this.#options.onFiled(message.version)
        break
      case 'closed':
        if (message.reason === 'again') this.#room.againLater(againMs)
        else this.end({ kind: message.reason, detail: message.detail })
        break
    }
  }

  #opened({ documentId, engine, access }: Extract<DocumentMessage, { type: 'opened' }>): void {
    const known = this.#documentId ?? (engine === 'ot' ? this.#options.leftBehind[0]?.documentId : null) ?? documentId
    if (engine !== this.replica.engine || known !== documentId) {
      this.end({ kind: 'replaced', detail: 'The file was deleted and made anew while you were away.' })
      return
    }
    this.#documentId = documentId
    this.#wasRefused = false
    this.#set({ phase: 'open', whyReadOnly: access === 'write' ? null : (this.#facts.whyReadOnly ?? whyViewer) })
    this.replica.connect((kind, body) => void this.#room.send(syncFrame(kind, body)))
    this.#here.connect((update) => this.#room.send(presenceFrame(update)))
    this.#room.send(askFrame())
  }

  #arrived(): void {
    if (this.#hasArrived) return
    this.#hasArrived = true
    if (this.#documentId !== null && this.#onDevice.bringBack(this.#documentId)) this.#options.onBack(this.path)
    this.#onReplica()
    this.#arrive(null)
  }

  // ---- what may be said

  #onReplica(): void {
    if (!this.isSaved) {
      clearTimeout(this.#settling)
      this.#settling = undefined
      this.#unsavedSinceMs = Math.min(this.#unsavedSinceMs, performance.now())
      this.#onDevice.keepLater()
      this.#set({ isSaved: false })
      return
    }
    this.#unsavedSinceMs = Number.POSITIVE_INFINITY
    this.#onDevice.stop()
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined
      this.#set({ isSaved: this.isSaved, kept: 'not-yet' })
      if (this.isSaved) this.#onDevice.forget()
    }, settleMs)
  }

  #set(change: Partial<Facts>): void {
    this.#facts = { ...this.#facts, ...change }
    const next = liveStateOf(this.#facts)
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return
    this.#state = next
    this.#options.onState(next)
  }
}
