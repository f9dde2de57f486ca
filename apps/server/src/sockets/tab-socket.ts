/** A tab's one WebSocket: frames for channels, see protocol/sockets.ts. */
import { isUtf8 } from 'node:buffer'
import { Refusal } from '@atelier/protocol/errors'
import { ClientFrame, type ServerFrame, socketPath } from '@atelier/protocol/sockets'
import type { WebSocket } from 'ws'
import { asRefusal, closeCodeOfError } from '../http/problems.ts'
import { SocketSink } from './socket-sink.ts'
import { takeTurns } from './turns.ts'
import type { SocketHandler } from './upgrade.ts'

export const channelsPerSocket = 64
/** Frames per second that a tab may send; typing and stdin stay far below. */
const framesPerSecond = 200
/** Refused frames after which the connection is closed. */
export const toleratedRefusals = 50

export type ChannelSink = {
  /** `json` is the message, already serialised. False: no more for now. */
  send(json: string): boolean
  whenRoom(callback: () => void): void
  /** Closes the channel from our side and says why. */
  end(refusal: Refusal): void
}

export interface Channel {
  /** A message of the client. */
  receive(message: unknown): Promise<void>
  close(): void
}

export interface ChannelKind {
  /** The id in `name:id` when the name is this kind's (empty for a name alone), or null. */
  matches(channel: string): string | null
  open(request: { userId: string; id: string; since: number }, sink: ChannelSink): Promise<Channel>
}

export function tabSocketHandler(kinds: readonly ChannelKind[]): SocketHandler {
  return {
    matches: (url) => (url.pathname === socketPath ? [] : null),
    accept:
      async ({ userId }) =>
      (socket) =>
        new TabSocket(socket, userId, kinds),
  }
}

class TabSocket {
  readonly #socket: WebSocket
  readonly #userId: string
  readonly #kinds: readonly ChannelKind[]
  readonly #sink: SocketSink
  /** null while it is being opened. */
  readonly #channels = new Map<string, Channel | null>()
  #allowance = framesPerSecond
  #allowanceAt = performance.now()
  #refused = 0

  constructor(socket: WebSocket, userId: string, kinds: readonly ChannelKind[]) {
    this.#socket = socket
    this.#userId = userId
    this.#kinds = kinds
    this.#sink = new SocketSink(socket)
    takeTurns(socket, { handle: (data, isBinary) => this.#take(data, isBinary), fail: () => socket.close(1011, 'internal') })
    socket.on('close', () => {
      for (const channel of this.#channels.values()) channel?.close()
      this.#channels.clear()
    })
  }

  async #take(data: Buffer, isBinary: boolean): Promise<void> {
    if (isBinary || !isUtf8(data)) this.#socket.close(4400, 'frames are JSON text')
    else if (!this.#allowed()) this.#socket.close(4429, 'too many frames')
    else await this.#handle(data)
  }

  #allowed(): boolean {
    const now = performance.now()
    this.#allowance = Math.min(framesPerSecond * 2, this.#allowance + ((now - this.#allowanceAt) / 1000) * framesPerSecond)
    this.#allowanceAt = now
    this.#allowance -= 1
    return this.#allowance >= 0
  }

  async #handle(data: Buffer): Promise<void> {
    let channel = ''
    try {
      const frame = parseFrame(data)
      channel = frame.channel
      if (frame.type === 'open') await this.#open(frame.channel, frame.since)
      else if (frame.type === 'close') this.#close(frame.channel)
      else await this.#send(frame.channel, frame.message)
    } catch (error) {
      const refusal = asRefusal(error)
      if (refusal.code === 'malformed-json' || ++this.#refused > toleratedRefusals)
        return this.#socket.close(closeCodeOfError(refusal), refusal.code)
      this.#tell({ type: 'error', channel, code: refusal.code, detail: refusal.message })
    }
  }

  async #open(name: string, since: number): Promise<void> {
    if (this.#channels.has(name)) this.#close(name)
    if (this.#channels.size >= channelsPerSocket)
      throw new Refusal('too-many-requests', `A tab may have ${channelsPerSocket} channels open. Close some first.`)
    this.#channels.set(name, null)
    let opened: Channel | null = null
    let hasEnded = false
    const end = (refusal: Refusal): void => {
      if (hasEnded) return
      hasEnded = true
      if (this.#channels.get(name) === opened) this.#close(name)
      this.#tell({ type: 'error', channel: name, code: refusal.code, detail: refusal.message })
    }
    try {
      opened = await this.#openKind(name, since, end)
      if (this.#socket.readyState === this.#socket.OPEN && !hasEnded) this.#channels.set(name, opened)
      else opened.close()
    } catch (error) {
      this.#channels.delete(name)
      throw error
    }
  }

  #openKind(name: string, since: number, end: ChannelSink['end']): Promise<Channel> {
    const prefix = `{"type":"message","channel":${JSON.stringify(name)},"message":`
    const sink: ChannelSink = {
      send: (json) => this.#sink.send(`${prefix}${json}}`),
      whenRoom: (callback) => this.#sink.whenRoom(callback),
      end,
    }
    for (const kind of this.#kinds) {
      const id = kind.matches(name)
      if (id !== null) return kind.open({ userId: this.#userId, id, since }, sink)
    }
    throw new Refusal('not-found', 'There is no such channel.')
  }

  #close(name: string): void {
    this.#channels.get(name)?.close()
    this.#channels.delete(name)
  }

  async #send(name: string, message: unknown): Promise<void> {
    const channel = this.#channels.get(name)
    if (channel === undefined || channel === null) throw new Refusal('not-found', 'This channel is not open.')
    await channel.receive(message)
  }

  #tell(frame: ServerFrame): void {
    this.#sink.send(JSON.stringify(frame))
  }
}

function parseFrame(data: Buffer): ClientFrame {
  let json: unknown
  try {
    json = JSON.parse(data.toString('utf8'))
  } catch (cause) {
    throw new Refusal('malformed-json', 'A frame is a JSON object.', { cause })
  }
  const parsed = ClientFrame.safeParse(json)
  if (parsed.success) return parsed.data
  const first = parsed.error.issues[0]
  throw new Refusal('invalid-request', `The frame is not valid: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}.`)
}
