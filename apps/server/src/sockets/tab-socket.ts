/** A tab's one WebSocket: frames for channels, see protocol/sockets.ts. */
import { isUtf8 } from 'node:buffer'
import type { Duplex } from 'node:stream'
import { Refusal } from '@atelier/protocol/errors'
import { ClientFrame, type ServerFrame, socketPath } from '@atelier/protocol/sockets'
import type { WebSocket } from 'ws'
import { asRefusal, closeCodeOfError } from '../http/problems.ts'
import { type Allowance, Intake } from './intake.ts'
import { RawFrames } from './raw-frames.ts'
import { Reading } from './reading.ts'
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
  /** Closes it without a word: the channel has said why itself. */
  drop(): void
  /** A message that was refused: told, and counted as a refused frame. */
  refuse(error: unknown): void
  /** The connection is not read while it is on. */
  hold(isHeld: boolean): void
  /** The connection, for binary frames that are built once for many. */
  readonly frames: RawFrames
}

export interface Channel {
  /** A message of the client. */
  receive(message: unknown): Promise<void>
  close(): void
  /** Binary frames that begin with this number, and what takes them, from where the number ends. */
  readonly binary?: { readonly number: number; readonly take: (data: Buffer, from: number) => void }
}

export interface ChannelKind {
  /** The id in `name:id` when the name is this kind's (empty for a name alone), or null. */
  matches(channel: string): string | null
  open(request: { userId: string; id: string; since: number }, sink: ChannelSink): Promise<Channel>
}

export function tabSocketHandler(kinds: readonly ChannelKind[], intake: Intake = new Intake()): SocketHandler {
  return {
    matches: (url) => (url.pathname === socketPath ? [] : null),
    accept:
      async ({ userId }) =>
      (socket, stream) =>
        new TabSocket({ socket, stream, userId, kinds, allowance: intake.connection() }),
  }
}

type TabSocketParts = {
  readonly socket: WebSocket
  readonly stream: Duplex
  readonly userId: string
  readonly kinds: readonly ChannelKind[]
  readonly allowance: Allowance
}

class TabSocket {
  readonly #socket: WebSocket
  readonly #userId: string
  readonly #kinds: readonly ChannelKind[]
  readonly #sink: SocketSink
  readonly #frames: RawFrames
  readonly #reading: Reading
  readonly #binaryAllowance: Allowance
  /** null while it is being opened. */
  readonly #channels = new Map<string, Channel | null>()
  #hadBinary = false
  #allowance = framesPerSecond
  #allowanceAt = performance.now()
  #refused = 0

  /** Channels by the number that their binary frames begin with. */
  readonly #binary = new Map<number, { readonly name: string; readonly take: (data: Buffer, from: number) => void }>()

  constructor({ socket, stream, userId, kinds, allowance }: TabSocketParts) {
    this.#socket = socket
    this.#userId = userId
    this.#kinds = kinds
    this.#sink = new SocketSink(socket, stream)
    this.#frames = new RawFrames(socket, stream)
    this.#reading = new Reading(socket)
    this.#binaryAllowance = allowance
    const fail = (): void => socket.close(1011, 'internal')
    const takeBinary = (data: Buffer): void => this.#takeBinary(data)
    takeTurns(socket, { handle: (data) => this.#take(data), fail, takeBinary }, this.#reading)
    socket.on('close', () => {
      for (const channel of this.#channels.values()) channel?.close()
      this.#channels.clear()
      this.#binary.clear()
    })
  }

  async #take(data: Buffer): Promise<void> {
    if (!isUtf8(data)) this.#socket.close(4400, 'frames are JSON text')
    else if (!this.#allowed()) this.#socket.close(4429, 'too many frames')
    else await this.#handle(data)
  }

  #takeBinary(data: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const pauseMs = this.#binaryAllowance.take(data.length)
    if (pauseMs > 0 && !this.#reading.isPausedFor('allowance')) {
      this.#reading.pause('allowance')
      setTimeout(() => this.#reading.resume('allowance'), pauseMs)
    }
    const { value, end } = readNumber(data)
    const channel = this.#binary.get(value)
    if (channel === undefined) {
      // What was under way when its channel was closed goes nowhere.
      if (end < 0 || !this.#hadBinary) this.#socket.close(4400, 'frames are JSON text')
      return
    }
    try {
      channel.take(data, end)
    } catch (error) {
      this.#refuse(channel.name, error)
    }
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
      this.#refuse(channel, error)
    }
  }

  #refuse(channel: string, error: unknown): void {
    const refusal = asRefusal(error)
    if (refusal.code === 'malformed-json' || ++this.#refused > toleratedRefusals)
      this.#socket.close(closeCodeOfError(refusal), refusal.code)
    else this.#tell({ type: 'error', channel, code: refusal.code, detail: refusal.message })
  }

  async #open(name: string, since: number): Promise<void> {
    if (this.#channels.has(name)) this.#close(name)
    if (this.#channels.size >= channelsPerSocket)
      throw new Refusal('too-many-requests', `A tab may have ${channelsPerSocket} channels open. Close some first.`)
    this.#channels.set(name, null)
    let opened: Channel | null = null
    let hasEnded = false
    const drop = (): void => {
      hasEnded = true
      if (opened !== null && this.#channels.get(name) === opened) this.#close(name)
    }
    const end = (refusal: Refusal): void => {
      if (hasEnded) return
      drop()
      this.#tell({ type: 'error', channel: name, code: refusal.code, detail: refusal.message })
    }
    try {
      opened = await this.#openKind(name, since, { end, drop })
      if (this.#socket.readyState === this.#socket.OPEN && !hasEnded) {
        this.#channels.set(name, opened)
        const { binary } = opened
        if (binary !== undefined) {
          this.#hadBinary = true
          this.#binary.set(binary.number, { name, take: binary.take })
        }
      } else {
        this.#channels.delete(name)
        opened.close()
      }
    } catch (error) {
      this.#channels.delete(name)
      throw error
    }
  }

  #openKind(name: string, since: number, ends: Pick<ChannelSink, 'end' | 'drop'>): Promise<Channel> {
    const prefix = `{"type":"message","channel":${JSON.stringify(name)},"message":`
    const sink: ChannelSink = {
      send: (json) => this.#sink.send(`${prefix}${json}}`),
      whenRoom: (callback) => this.#sink.whenRoom(callback),
      ...ends,
      refuse: (error) => this.#refuse(name, error),
      hold: (isHeld) => (isHeld ? this.#reading.pause(name) : this.#reading.resume(name)),
      frames: this.#frames,
    }
    for (const kind of this.#kinds) {
      const id = kind.matches(name)
      if (id !== null) return kind.open({ userId: this.#userId, id, since }, sink)
    }
    throw new Refusal('not-found', 'There is no such channel.')
  }

  #close(name: string): void {
    const channel = this.#channels.get(name)
    this.#channels.delete(name)
    if (channel == null) return
    if (channel.binary !== undefined) this.#binary.delete(channel.binary.number)
    this.#reading.resume(name)
    channel.close()
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

/** The number that a binary frame begins with; `end` below 0: there is none. */
function readNumber(data: Buffer): { readonly value: number; readonly end: number } {
  let value = 0
  for (let at = 0, factor = 1; at < 6; at += 1, factor *= 128) {
    const byte = data[at]
    if (byte === undefined) break
    value += (byte & 127) * factor
    if (byte < 128) return { value, end: at + 1 }
  }
  return { value: -1, end: -1 }
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
