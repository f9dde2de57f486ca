/**
 * One guest agent's stream and its channels, over any pair of byte streams. Both directions of every channel have a window:
 * what a slow program, or a slow reader of ours, leaves unread is at most so many bytes, here and there.
 */
import type { Readable, Writable } from 'node:stream'
import {
  channels,
  encodeCredit,
  encodeFrame,
  encodeHead,
  FrameReader,
  GuestFault,
  kinds,
  pieceBytes,
  windowBytes,
} from './wire.ts'

export type GuestListener = {
  /** Whoever got the bytes calls `consumed` when it has done with them. */
  data(channel: number, bytes: Buffer): void
  end(channel: number): void
  say(message: unknown): void
  /** The guest opened a channel. */
  opened(channel: number): void
  /** The stream is at its end, or the guest broke the protocol. Once; nothing comes after it. */
  over(fault: Error | null): void
}

type Outgoing = {
  credit: number
  readonly waiting: { bytes: Uint8Array; done: () => void }[]
  ending: boolean
  ended: boolean
}

/** More than the agent opens; the rest is nonsense. */
const MOST_OPEN = 80

/** All windows together are less: an agent always reads. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024

export class GuestStream {
  readonly #source: Readable
  readonly #target: Writable
  readonly #listener: GuestListener
  readonly #reader = new FrameReader()
  /** What the guest may still send, per channel that it may use. */
  readonly #windows = new Map<number, number>()
  readonly #outgoing = new Map<number, Outgoing>()
  #over = false

  constructor(source: Readable, target: Writable, listener: GuestListener) {
    this.#source = source
    this.#target = target
    this.#listener = listener
    for (const channel of [channels.stdout, channels.stderr, channels.files]) this.#windows.set(channel, windowBytes)
    for (const channel of [channels.program, channels.stdin]) this.#outgoing.set(channel, newOutgoing())
    source.on('data', (bytes: Buffer) => this.#hear(bytes))
    source.once('end', () => this.#end(null))
    source.once('close', () => this.#end(null))
    source.on('error', (error) => this.#end(error))
    target.on('error', () => {})
  }

  say(message: object): void {
    if (this.#over) return
    if (this.#target.writableLength > MOST_UNREAD_BYTES) this.#end(new GuestFault('the guest does not read what it is sent'))
    else this.#target.write(encodeFrame(kinds.say, channels.control, Buffer.from(JSON.stringify(message))))
  }

  /** Resolves when the guest has room for the bytes, or when nobody will ever read them. */
  write(channel: number, bytes: Uint8Array): Promise<void> {
    const outgoing = this.#outgoing.get(channel)
    if (outgoing === undefined || outgoing.ending || bytes.byteLength === 0) return Promise.resolve()
    return new Promise((done) => {
      outgoing.waiting.push({ bytes, done })
      this.#send(channel, outgoing)
    })
  }

  /** Nothing more will come: after all that is still waiting. */
  end(channel: number): void {
    const outgoing = this.#outgoing.get(channel)
    if (outgoing === undefined || outgoing.ending) return
    outgoing.ending = true
    this.#send(channel, outgoing)
  }

  /** Gives the guest room for so many more bytes. */
  consumed(channel: number, bytes: number): void {
    const left = this.#windows.get(channel)
    if (left === undefined || bytes === 0 || this.#over) return
    this.#windows.set(channel, left + bytes)
    this.#target.write(encodeCredit(channel, bytes))
  }

  /** Ends a channel that the guest opened. */
  close(channel: number): void {
    if (this.#over || !this.#outgoing.has(channel)) return
    this.#forget(channel)
    this.#target.write(encodeFrame(kinds.close, channel))
  }

  destroy(): void {
    this.#end(null)
  }

  #hear(bytes: Buffer): void {
    if (this.#over) return
    try {
      for (const { kind, channel, payload } of this.#reader.read(bytes)) {
        if (this.#over) return
        if (kind === kinds.data) this.#data(channel, payload)
        else if (kind === kinds.credit) this.#credit(channel, payload.readUInt32BE(0))
        else if (kind === kinds.end) {
          if (this.#windows.has(channel)) this.#listener.end(channel)
        } else if (kind === kinds.open) this.#open(channel)
        else if (kind === kinds.close) this.#forget(channel)
        else this.#listener.say(parse(payload))
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #data(channel: number, payload: Buffer): void {
    const left = this.#windows.get(channel)
    // A channel of ours that was closed meanwhile: what was on its way is dropped.
    if (left === undefined && channel >= channels.firstOpened) return
    if (left === undefined || payload.byteLength > left) throw new GuestFault('the guest sent more than it was given room for')
    this.#windows.set(channel, left - payload.byteLength)
    if (payload.byteLength > 0) this.#listener.data(channel, payload)
  }

  #credit(channel: number, bytes: number): void {
    const outgoing = this.#outgoing.get(channel)
    if (outgoing === undefined) return
    if (outgoing.credit + bytes > windowBytes) throw new GuestFault('the guest gave more room than there is')
    outgoing.credit += bytes
    this.#send(channel, outgoing)
  }

  #open(channel: number): void {
    if (channel < channels.firstOpened || this.#windows.has(channel) || this.#windows.size > MOST_OPEN)
      throw new GuestFault(`the guest opened channel ${channel}`)
    this.#windows.set(channel, windowBytes)
    this.#outgoing.set(channel, newOutgoing())
    this.#listener.opened(channel)
  }

  #forget(channel: number): void {
    if (channel < channels.firstOpened) return
    this.#windows.delete(channel)
    const outgoing = this.#outgoing.get(channel)
    this.#outgoing.delete(channel)
    for (const each of outgoing?.waiting.splice(0) ?? []) each.done()
  }

  #send(channel: number, outgoing: Outgoing): void {
    while (outgoing.credit > 0 && outgoing.waiting.length > 0 && !this.#over) {
      const [first] = outgoing.waiting
      if (first === undefined) break
      const piece = first.bytes.subarray(0, Math.min(pieceBytes, outgoing.credit))
      outgoing.credit -= piece.byteLength
      this.#target.write(encodeHead(kinds.data, channel, piece.byteLength))
      this.#target.write(piece)
      first.bytes = first.bytes.subarray(piece.byteLength)
      if (first.bytes.byteLength > 0) continue
      outgoing.waiting.shift()
      first.done()
    }
    if (outgoing.ending && !outgoing.ended && outgoing.waiting.length === 0 && !this.#over) {
      outgoing.ended = true
      this.#target.write(encodeFrame(kinds.end, channel))
    }
  }

  #end(fault: Error | null): void {
    if (this.#over) return
    this.#over = true
    for (const outgoing of this.#outgoing.values()) for (const each of outgoing.waiting.splice(0)) each.done()
    this.#outgoing.clear()
    this.#source.destroy()
    this.#target.destroy()
    this.#listener.over(fault)
  }
}

const newOutgoing = (): Outgoing => ({ credit: windowBytes, waiting: [], ending: false, ended: false })

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString())
  } catch {
    throw new GuestFault('the guest said something that is no message')
  }
}
