/** The way into a document's room: entered anew after a pause, and more and more rarely when the room refuses again and again. */
import { type DocumentMessage, documentChannel } from '@atelier/protocol/documents'
import type { ChannelFollower, ChannelMessage, TabSocket } from '../connection/socket.ts'

const mostRetryMs = 60_000

/** `away` also hears of leaving. */
export type RoomFollower = Required<Omit<ChannelFollower, 'message'>> & { message(message: DocumentMessage): void }

export class RoomEntry {
  readonly #socket: TabSocket
  readonly #projectId: string
  readonly #follower: RoomFollower
  #path: string
  #stopFollowing: () => void = () => {}
  #reopening: ReturnType<typeof setTimeout> | undefined
  /** Thrown out since the last time that everything was stored. */
  #setbacks = 0

  constructor(socket: TabSocket, file: { readonly projectId: string; readonly path: string }, follower: RoomFollower) {
    this.#socket = socket
    this.#projectId = file.projectId
    this.#path = file.path
    this.#follower = follower
  }

  get path(): string {
    return this.#path
  }

  /** False: nothing was sent. */
  send(frame: Uint8Array): boolean {
    return this.#socket.sendBytes(this.#channel, frame)
  }

  enter(): void {
    clearTimeout(this.#reopening)
    this.#stopFollowing = this.#socket.follow(this.#channel, () => 0, {
      ...this.#follower,
      message: (message) => {
        if (isDocumentMessage(message)) this.#follower.message(message)
      },
    })
  }

  leave(): void {
    this.#follower.away()
    clearTimeout(this.#reopening)
    this.#stopFollowing()
    this.#stopFollowing = () => {}
  }

  /** The file has another path, and its room another channel. */
  move(path: string): void {
    this.leave()
    this.#path = path
    this.enter()
  }

  again(pauseMs: number): void {
    this.leave()
    this.#reopening = setTimeout(() => this.enter(), pauseMs / 2 + Math.random() * pauseMs)
  }

  againLater(pauseMs: number): void {
    this.again(Math.min(mostRetryMs, pauseMs * 2 ** this.#setbacks))
    this.#setbacks += 1
  }

  /** Everything is stored: the next setback is the first one. */
  wentWell(): void {
    this.#setbacks = 0
  }

  get #channel(): string {
    return documentChannel(this.#projectId, this.#path)
  }
}

const messageTypes: ReadonlySet<string> = new Set<DocumentMessage['type']>(['opened', 'access', 'moved', 'filed', 'closed'])
const isDocumentMessage = (message: ChannelMessage): message is DocumentMessage =>
  'type' in message && messageTypes.has(message.type)
