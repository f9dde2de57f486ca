/**
 * `GET /api/v1/projects/{project}/yjs/{path}`: a document for any y-websocket client, with y-websocket's own protocol (y-protocols'
 * sync, awareness and auth). Who may only read is told so once, and closed when it goes on writing.
 */
import { messageTypes } from '@atelier/protocol/documents'
import { closeCodeOf, Refusal } from '@atelier/protocol/errors'
import { checkPath } from '@atelier/protocol/files'
import { socketFrameLimit } from '@atelier/protocol/sockets'
import { BadMessage } from '@atelier/text/engine'
import type { WebSocket } from 'ws'
import { asRefusal } from '../http/problems.ts'
import { Intake } from '../sockets/intake.ts'
import { RawFrames } from '../sockets/raw-frames.ts'
import { Reading } from '../sockets/reading.ts'
import { Rota } from '../sockets/rota.ts'
import type { SocketHandler } from '../sockets/upgrade.ts'
import type { Documents, Session } from './documents.ts'
import { refusalFrame, SharedFrame } from './frames.ts'
import type { ClosingReason, MemberLink } from './member.ts'
import { takeFrame } from './take-frame.ts'

const address = /^\/api\/v1\/projects\/([^/]+)\/yjs\/(.+)$/
/** A y-websocket client that hears nothing for 30 s connects anew; pings are not heard. */
const lifeSignMs = 20_000
const toleratedRefusals = 20
const toleratedChanges = 5
/** What the client sends before the document is open waits so far; it then is not read. */
const waitingFrames = 64
const mostUnsentAtGoodbye = 1024 * 1024

const closeCodes: Readonly<Record<ClosingReason, number>> = {
  deleted: closeCodeOf('not-found'),
  denied: closeCodeOf('forbidden'),
  // 1013, "try again later": the client connects again by itself.
  again: 1013,
}

export function yjsSocketHandler(documents: Documents, intake: Intake = new Intake()): SocketHandler {
  const lifeSigns = new Rota<YjsConnection>(lifeSignMs, (connection) => connection.write(nobody))
  return {
    matches: (url) => address.exec(url.pathname)?.slice(1) ?? null,
    tokenOf: (url) => url.searchParams.get('token'),
    async accept({ parts, userId }) {
      const [projectId = '', encoded = ''] = parts
      const path = pathOf(encoded)
      // What can be refused is refused with a status, before there is a WebSocket.
      if ((await documents.prepare(projectId, path, userId)) !== 'crdt')
        throw new Refusal(
          'already-exists',
          'Documents of this server are no Yjs documents (it runs without the CRDT engine), so y-websocket cannot be used with it.',
        )
      return (socket, stream) => {
        const connection = new YjsConnection(socket, new RawFrames(socket, stream), userId, intake, lifeSigns)
        documents
          .enter(projectId, path, userId, () => connection)
          .then((session) => connection.begin(session))
          .catch((error: unknown) => connection.fail(error))
      }
    },
  }
}

class YjsConnection implements MemberLink {
  readonly userId: string
  readonly form = 'plain'
  readonly #socket: WebSocket
  readonly #frames: RawFrames
  readonly #reading: Reading
  #session: Session | null = null
  /** What came before the document was open. */
  #waiting: Buffer[] | null = null
  #refused = 0
  #refusedChanges = 0

  constructor(socket: WebSocket, frames: RawFrames, userId: string, intake: Intake, lifeSigns: Rota<YjsConnection>) {
    this.userId = userId
    this.#socket = socket
    this.#frames = frames
    this.#reading = new Reading(socket)
    const allowance = intake.connection()
    socket.on('message', (raw, isBinary) => {
      const data = Buffer.isBuffer(raw) ? raw : Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw)
      const pauseMs = allowance.take(data.length)
      if (pauseMs > 0 && !this.#reading.isPausedFor('allowance')) {
        this.#reading.pause('allowance')
        setTimeout(() => this.#reading.resume('allowance'), pauseMs)
      }
      if (isBinary) this.#take(data)
      else socket.close(4400, 'frames are binary')
    })
    lifeSigns.add(this)
    socket.on('close', () => {
      lifeSigns.delete(this)
      this.#waiting = null
      this.#session?.leave()
    })
  }

  begin(session: Session): void {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      session.leave()
      return
    }
    this.#session = session
    session.room.welcome(session.member)
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const data of waiting) this.#take(data)
    this.#reading.resume('not open yet')
  }

  fail(error: unknown): void {
    const refusal = asRefusal(error)
    this.#socket.close(refusal.code === 'internal' ? 1011 : closeCodeOf(refusal.code), refusal.code)
  }

  write(frame: Buffer): void {
    this.#frames.write(frame)
  }

  get unsentBytes(): number {
    return this.#frames.unsentBytes
  }

  tell(): void {
    // The protocol has no words for what our pages are told.
  }

  refuse(error: unknown): void {
    this.#refused += 1
    if (!(error instanceof BadMessage)) this.#socket.close(1011, 'internal')
    else if (this.#refused > toleratedRefusals) this.#socket.close(4400, 'too many messages that are not valid')
  }

  refuseChange(reason: string): void {
    this.#refusedChanges += 1
    if (this.#refusedChanges === 1) this.#frames.write(refusalFrame(reason))
    if (this.#refusedChanges > toleratedChanges) this.#socket.close(closeCodeOf('forbidden'), 'you may only read')
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.#reading.pause('room')
    else this.#reading.resume('room')
  }

  end(reason: ClosingReason, detail: string): void {
    // A reader that does not read will not read the goodbye either.
    if (this.#frames.unsentBytes > mostUnsentAtGoodbye) this.#socket.terminate()
    else this.#socket.close(closeCodes[reason], detail.slice(0, 120))
  }

  #take(data: Buffer): void {
    const session = this.#session
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (session === null) {
      this.#waiting ??= []
      this.#waiting.push(data)
      if (this.#waiting.length >= waitingFrames) this.#reading.pause('not open yet')
      return
    }
    try {
      takeFrame(session, data, 0, socketFrameLimit)
    } catch (error) {
      this.refuse(error)
    }
  }
}

/** An awareness message about nobody. */
const nobody = new SharedFrame(0, [messageTypes.presence], Buffer.from([0])).as('plain')

/** Percent-encoded or not, in parts or as a whole: clients differ. @throws Refusal invalid-path */
function pathOf(encoded: string): string {
  try {
    return checkPath(decodeURIComponent(encoded))
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('invalid-path', 'The path in the address is not percent-encoded UTF-8.', { cause })
  }
}
