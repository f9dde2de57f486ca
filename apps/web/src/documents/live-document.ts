/**
 * One file while it is edited together: a Replica of its text, the channel that keeps it equal to everybody else's, who else is in it,
 * and what may be said about it.
 *
 *   opening ──opened──▶ open ──connection lost──▶ away ──opened──▶ open …      any ──deleted, access taken──▶ ended: the text stays here
 */
import { type DocumentMessage, documentChannel } from '@atelier/protocol/documents'
import type { Replica } from '@atelier/text/replica'
import type { ChannelMessage, TabSocket } from '../connection/socket.ts'
import type { SharedText } from '../editor/surface.ts'
import { askFrame, type DocumentFrame, presenceFrame, readFrame, syncFrame } from './frames.ts'
import { createHere, type Here, type MeStore } from './here.ts'
import { Intake } from './intake.ts'
import type { KeptEdit, KeptEdits } from './kept-edits.ts'
import { type Facts, type LiveEnd, type LiveState, liveStateOf, wouldBeLost } from './live-state.ts'
import { HeardOthers } from './others.ts'
import { readPresence } from './presence-update.ts'
import type { Replicas } from './replicas.ts'

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
/** Edits that the server has not stored by then are written to the device. */
const keepAfterMs = 300
const sweepMs = 5_000
/** A server that has stored nothing and said nothing for so long is not there, whatever the connection looks like. */
const silentMs = 8_000
const againMs = 500
/** Refusals that pass: the channel is opened again after a while. */
const passingCodes = new Set(['storage-unavailable', 'shutting-down', 'too-many-requests', 'internal'])
const retryMs = 2_000
/** The room refuses what this page has to say again and again: it is asked more and more rarely. */
const mostRetryMs = 60_000
const whyViewer = 'You can look at this file, not change it.'

export class LiveDocument {
  readonly replica: Replica
  readonly others: HeardOthers
  readonly shared: SharedText
  /** Resolves when the text is here, or with the reason why it never will be. */
  readonly arrived: Promise<Refused | null>
  #path: string
  #documentId: string | null = null
  #facts: Facts = { phase: 'opening', isSaved: true, kept: 'not-yet', whyReadOnly: null, end: null }
  #state: LiveState = { kind: 'opening' }
  /** Typed before the text was here; it is in the surface alone. */
  #hasTypedBefore = false
  #arrive: (refused: Refused | null) => void = () => {}
  #stopFollowing: () => void = () => {}
  readonly #options: LiveDocumentOptions
  readonly #here: Here
  readonly #intake: Intake<FromOthers>
  readonly #sweeping: ReturnType<typeof setInterval>
  #settling: ReturnType<typeof setTimeout> | undefined
  #keeping: ReturnType<typeof setTimeout> | undefined
  #reopening: ReturnType<typeof setTimeout> | undefined
  /** A change was, since the room was entered: it will not be stored by itself. */
  #wasRefused = false
  /** Thrown out since the last time that everything was stored. */
  #setbacks = 0
  #isEnded = false
  #hasArrived = false
  /** The device may hold edits of this document that this tab has to remove. */
  #isOnDevice = false
  #unsavedSinceMs = Number.POSITIVE_INFINITY

  constructor(options: LiveDocumentOptions) {
    this.#options = options
    this.#path = options.path
    this.replica = options.replicas.create(options.leftBehind[0]?.unstored ?? null)
    const own = new Set<number>()
    this.#here = createHere(options.me, own)
    this.others = new HeardOthers(own)
    this.shared = { replica: this.replica, others: this.others, here: (where) => this.#moved(where) }
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.replica.onState(() => this.#onReplica())
    this.replica.onChange((_changes, cause) => {
      if (cause === 'undo') this.edited()
    })
    this.#intake = new Intake({
      take: (frames) => this.#takeIn(frames),
      bytesOf: (frame) => (frame.type === 'sync' ? frame.body : frame.update).length,
      mayWait: () => typeof document === 'undefined' || document.visibilityState === 'visible',
      nowMs: () => performance.now(),
    })
    this.#sweeping = setInterval(() => this.#sweep(), sweepMs)
    this.#follow()
  }

  get path(): string {
    return this.#path
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
    this.#intake.letPaint()
    if (this.isSaved) return
    if (this.#facts.kept === 'kept') this.#set({ kept: 'not-yet' })
    this.#keepLater()
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
    if (path === this.#path || this.#isEnded) return
    this.#path = path
    this.#leaveRoom()
    this.#follow()
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
    this.#leaveRoom()
    this.#set({ phase: 'ended', end })
    this.#arrive(null)
  }

  destroy(): void {
    this.#isEnded = true
    this.#intake.end()
    this.#here.end()
    this.#leaveRoom()
    this.#arrive({ code: 'closed', detail: 'The file was closed.' })
    clearInterval(this.#sweeping)
    for (const timer of [this.#settling, this.#keeping]) clearTimeout(timer)
    this.replica.destroy()
  }

  /** Writes to the device what the server has not stored, now: the page may be going away. */
  keepNow(): void {
    clearTimeout(this.#keeping)
    this.#keeping = undefined
    const documentId = this.#documentId
    if (this.replica.isSaved || documentId === null) return
    const { kept, projectId, replicas } = this.#options
    const [unstored, text] = [replicas.unstored(this.replica), this.replica.text]
    this.#isOnDevice = true
    void kept.keep({ projectId, path: this.#path, documentId, unstored, text }).then((isKept) => {
      if (this.replica.isSaved) this.#onReplica()
      else if (!isKept) this.#set({ kept: 'failed' })
      // Otherwise there was another edit meanwhile.
      else if (this.#keeping === undefined) this.#set({ kept: 'kept' })
    })
  }

  #sweep(): void {
    this.others.sweep(performance.now())
    if (this.replica.isSaved) {
      this.#unsavedSinceMs = Number.POSITIVE_INFINITY
      this.#setbacks = 0
    } else if (performance.now() - this.#unsavedSinceMs > silentMs) this.#options.socket.doubt(silentMs)
  }

  // ---- the room

  #follow(): void {
    clearTimeout(this.#reopening)
    this.#stopFollowing = this.#options.socket.follow(documentChannel(this.#options.projectId, this.#path), () => 0, {
      message: (message) => this.#take(message),
      bytes: (frame) => this.#takeFrame(frame),
      refused: (code, detail) => this.#refused({ code, detail }),
      away: () => this.#away(),
    })
  }

  #leaveRoom(): void {
    clearTimeout(this.#reopening)
    this.#away()
    this.#stopFollowing()
    this.#stopFollowing = () => {}
  }

  #away(): void {
    this.#intake.takeNow()
    this.replica.disconnect()
    this.#here.disconnect()
    this.others.clear()
    if (this.#facts.phase === 'open') this.#set({ phase: 'away' })
  }

  #again(pauseMs: number): void {
    this.#leaveRoom()
    this.#reopening = setTimeout(() => this.#follow(), pauseMs / 2 + Math.random() * pauseMs)
  }

  #againLater(pauseMs: number): void {
    this.#again(Math.min(mostRetryMs, pauseMs * 2 ** this.#setbacks))
    this.#setbacks += 1
  }

  #refused(refused: Refused): void {
    if (this.#isEnded) return
    if (this.#facts.phase === 'open' && refused.code === 'forbidden') {
      // A change that was under way when the role became another one: the channel stays, and so does the text.
      this.#wasRefused = true
      this.#set({ whyReadOnly: refused.detail })
    } else if (this.#facts.phase === 'open' || passingCodes.has(refused.code)) {
      this.#set({ whyReadOnly: refused.detail })
      if (passingCodes.has(refused.code)) this.#again(retryMs)
      else this.#againLater(retryMs)
    } else if (this.#facts.phase === 'opening') {
      this.#leaveRoom()
      this.#arrive(refused)
    } else this.end({ kind: refused.code === 'not-found' ? 'deleted' : 'denied', detail: refused.detail })
  }

  #take(message: ChannelMessage): void {
    if (!isDocumentMessage(message) || this.#isEnded) return
    this.#intake.takeNow()
    switch (message.type) {
      case 'opened':
        this.#opened(message)
        break
      case 'access':
        this.#set({ whyReadOnly: message.access === 'write' ? null : (message.reason ?? whyViewer) })
        // Who enters sends everything that is not stored, and counts anew.
        if (message.access === 'write' && this.#wasRefused) this.#again(0)
        break
      case 'moved':
        this.#options.onMoved(message.path)
        break
      case 'filed':
        this.#options.onFiled(message.version)
        break
      case 'closed':
        if (message.reason === 'again') this.#againLater(againMs)
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
    const channel = documentChannel(this.#options.projectId, this.#path)
    const { socket } = this.#options
    this.#set({ phase: 'open', whyReadOnly: access === 'write' ? null : (this.#facts.whyReadOnly ?? whyViewer) })
    this.replica.connect((kind, body) => void socket.sendBytes(channel, syncFrame(kind, body)))
    this.#here.connect((update) => socket.sendBytes(channel, presenceFrame(update)))
    socket.sendBytes(channel, askFrame())
  }

  #takeFrame(bytes: Uint8Array): void {
    const frame = readFrame(bytes)
    if (frame === null || this.#isEnded) return
    if (isFromOthers(frame)) this.#intake.add(frame)
    else this.#readably(() => this.#heed(frame))
  }

  #heed(frame: Exclude<DocumentFrame, FromOthers>): void {
    if (frame.type === 'ask') this.#here.tell()
    else if (frame.type === 'stored') this.replica.acknowledge(frame.count)
    else {
      this.#intake.takeNow()
      this.replica.receive(frame.kind, frame.body)
      if (this.replica.isSynced && !this.#hasArrived) this.#arrived()
    }
  }

  #takeIn(frames: readonly FromOthers[]): void {
    const changes = frames.flatMap((frame) => (frame.type === 'sync' ? [frame.body] : []))
    const presence = frames.flatMap((frame) => (frame.type === 'presence' ? [frame.update] : []))
    this.#readably(() => {
      if (changes.length > 0) this.replica.receiveTogether(changes)
      // Carets stand in text that their people may have typed just before.
      this.others.hear(presence.flatMap(readPresence), performance.now())
    })
  }

  /** What comes and cannot be placed: the room is entered anew and sends everything that is missing. */
  #readably(receive: () => void): void {
    try {
      receive()
    } catch (error) {
      console.warn('a message of the document could not be read', error)
      this.#againLater(againMs)
    }
  }

  #arrived(): void {
    this.#hasArrived = true
    const { replicas, leftBehind, onOrphan, onBack } = this.#options
    for (const edit of leftBehind)
      if (edit.documentId === this.#documentId) replicas.bringBack(this.replica, edit.unstored)
      else onOrphan(edit)
    if (leftBehind.some((edit) => edit.documentId === this.#documentId)) {
      this.#isOnDevice = true
      onBack(this.#path)
    }
    this.#onReplica()
    this.#arrive(null)
  }

  // ---- what may be said

  #moved(where: Parameters<SharedText['here']>[0]): void {
    const anchored = (offset: number) => this.replica.anchorAt(offset, 'left')
    this.#here.moved(
      where === null
        ? null
        : () => {
            const { anchor, head } = where()
            return { anchor: anchored(anchor), head: anchored(head) }
          },
    )
  }

  #keepLater(): void {
    this.#keeping ??= setTimeout(() => this.keepNow(), keepAfterMs)
  }

  #onReplica(): void {
    if (!this.isSaved) {
      clearTimeout(this.#settling)
      this.#settling = undefined
      this.#unsavedSinceMs = Math.min(this.#unsavedSinceMs, performance.now())
      this.#keepLater()
      this.#set({ isSaved: false })
      return
    }
    this.#unsavedSinceMs = Number.POSITIVE_INFINITY
    clearTimeout(this.#keeping)
    this.#keeping = undefined
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined
      this.#set({ isSaved: this.isSaved, kept: 'not-yet' })
      if (!this.isSaved || !this.#isOnDevice || this.#documentId === null) return
      this.#isOnDevice = false
      void this.#options.kept.forget(this.#documentId)
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

type Sync = Extract<DocumentFrame, { type: 'sync' }>
/** What others type, and where they are. */
type FromOthers = (Omit<Sync, 'kind'> & { readonly kind: 2 }) | Extract<DocumentFrame, { type: 'presence' }>
const isFromOthers = (frame: DocumentFrame): frame is FromOthers =>
  frame.type === 'presence' || (frame.type === 'sync' && frame.kind === 2)

const messageTypes: ReadonlySet<string> = new Set<DocumentMessage['type']>(['opened', 'access', 'moved', 'filed', 'closed'])
const isDocumentMessage = (message: ChannelMessage): message is DocumentMessage =>
  'type' in message && messageTypes.has(message.type)
