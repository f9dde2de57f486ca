/**
 * Somebody who types and sees, with a real Y.Doc that outlives its connections: through the y-websocket address, through
 * hocuspocus's, or as our page does, through the one socket of a tab, which also says what is stored.
 */
import { documentChannel, messageTypes } from '@atelier/protocol/documents'
import { socketPath } from '@atelier/protocol/sockets'
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector, type YTextEvent } from 'yjs'
import { dialects } from '../documents/dialects.ts'
import { LightSocket } from '../documents/light-socket.ts'
import type { RoomAddress } from '../documents/member.ts'
import type { OurFile } from '../documents/our-server.ts'
import { answerMessage, changeMessage, joinMessage, Reader, readMessage } from '../documents/yjs-bytes.ts'
import { type Ledger, tokenOf, tokensOf } from './ledger.ts'

/** `page`: set for those who come as our page does. */
export type Door = { readonly address: RoomAddress; readonly page?: OurFile }

const remote = Symbol('remote')

export class Replica {
  /** May be another one for the next connection. */
  door: Door
  readonly #author: number
  readonly #ledger: Ledger
  readonly #doc = new Doc()
  #socket: LightSocket | null = null
  #number: number | null = null
  /** What each change message of this connection held, first to last. */
  #sent: string[] = []
  #acknowledged = 0
  #count = 0
  #answered: (() => void) | undefined
  isSynced = false
  lastRefusal = ''
  /** Runs when others' edits have arrived, before anything is done with them. */
  onArrival: () => void = () => {}

  constructor(door: Door, author: number, ledger: Ledger) {
    this.door = door
    this.#author = author
    this.#ledger = ledger
    const text = this.#doc.getText(door.address.root)
    text.observe((event: YTextEvent) => {
      if (event.transaction.origin !== remote) return
      for (const { insert } of event.changes.delta)
        if (typeof insert === 'string') for (const token of tokensOf(insert)) ledger.promised.add(token)
    })
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== remote) this.#send(changeMessage(update))
    })
  }

  get text(): string {
    return this.#doc.getText(this.door.address.root).toString()
  }

  get isConnected(): boolean {
    return this.#socket !== null && !this.#socket.isClosed
  }

  get socket(): LightSocket | null {
    return this.#socket
  }

  /** Puts one numbered piece in, before or behind another or at an end. */
  type(random: () => number): void {
    const token = tokenOf(this.#author, this.#count++)
    const { text } = this
    const from = text.indexOf('<', Math.floor(random() * (text.length + 1)))
    this.#ledger.typed.add(token)
    if (this.#number !== null || this.door.page === undefined) this.#sent.push(token)
    this.#doc.getText(this.door.address.root).insert(from < 0 ? text.length : from, token)
  }

  /** Much traffic that leaves no text. */
  typeAndRemove(units: number): void {
    const text = this.#doc.getText(this.door.address.root)
    const at = text.length
    // As two messages: neither is counted among those that hold a piece.
    this.#sent.push('', '')
    text.insert(at, 'x'.repeat(units))
    text.delete(at, units)
  }

  /** Resolves when the server has answered with what is missing here. @throws when it refuses or closes first */
  async connect(mostMs = 15_000): Promise<void> {
    this.leave()
    const { address, page } = this.door
    const to =
      page === undefined ? address : { port: address.port, path: socketPath, headers: { authorization: `Bearer ${page.token}` } }
    const socket = await LightSocket.open(to, (frame, self, isText) => this.#take(frame, self, isText))
    this.#socket = socket
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the server did not answer the join')), mostMs)
      this.#answered = () => {
        clearTimeout(timer)
        resolve()
      }
      socket.onClose = () => {
        clearTimeout(timer)
        this.isSynced = false
        reject(new Error(`closed with ${socket.closeCode} while joining ${this.lastRefusal}`))
      }
      if (page !== undefined) socket.sendText(JSON.stringify({ type: 'open', channel: documentChannel(page.project, page.path) }))
      else {
        for (const hello of dialects[address.dialect].hello(address.document)) socket.send(hello)
        this.#send(joinMessage(encodeStateVector(this.#doc)))
      }
    })
    this.isSynced = true
  }

  /** Connects again and again until it works. */
  async connectSoon(mostMs: number): Promise<void> {
    for (const deadline = Date.now() + mostMs; ; ) {
      try {
        return await this.connect()
      } catch (error) {
        if (Date.now() > deadline) throw error
        await new Promise((next) => setTimeout(next, 100))
      }
    }
  }

  leave(): void {
    const socket = this.#socket
    this.#socket = null
    this.#number = null
    this.#sent = []
    this.#acknowledged = 0
    this.isSynced = false
    if (socket === null) return
    socket.onClose = () => {}
    socket.destroy()
  }

  #send(message: Buffer): void {
    if (this.#socket === null || this.#socket.isClosed) return
    const { address, page } = this.door
    if (page === undefined) this.#socket.send(dialects[address.dialect].wrap(address.document, message))
    else if (this.#number !== null) this.#socket.send(Buffer.concat([varuint(this.#number), message]))
  }

  #take(frame: Buffer, self: LightSocket, isText: boolean): void {
    if (this.#socket === null) this.#socket = self
    if (self !== this.#socket) return
    if (isText) {
      this.#takeJson(frame)
      return
    }
    const at = this.door.page === undefined ? dialects[this.door.address.dialect].begin(frame) : this.#begin(frame)
    if (at === null) return
    const arrival = readMessage(frame, at)
    switch (arrival.kind) {
      case 'join':
        this.#send(answerMessage(encodeStateAsUpdate(this.#doc, arrival.body)))
        break
      case 'answer':
        applyUpdate(this.#doc, arrival.body, remote)
        this.#answered?.()
        break
      case 'change':
        this.onArrival()
        applyUpdate(this.#doc, arrival.body, remote)
        break
      default:
        this.#takeStored(frame, at)
    }
  }

  /** The number of the document comes first. */
  #begin(frame: Buffer): number | null {
    const reader = new Reader(frame)
    return reader.number() === this.#number ? reader.at : null
  }

  #takeStored(frame: Buffer, at: number): void {
    if (this.door.page === undefined) return
    const reader = new Reader(frame, at)
    if (reader.number() !== messageTypes.stored) return
    const count = reader.number()
    for (const token of this.#sent.slice(this.#acknowledged, count)) if (token !== '') this.#ledger.promised.add(token)
    this.#acknowledged = count
  }

  #takeJson(frame: Buffer): void {
    const json = JSON.parse(frame.toString()) as { type: string; detail?: string; message?: { type: string; number?: number } }
    if (json.type === 'error') {
      this.lastRefusal = json.detail ?? ''
      this.#socket?.destroy()
    }
    if (json.message?.type === 'opened') {
      this.#number = json.message.number ?? 0
      this.#send(joinMessage(encodeStateVector(this.#doc)))
    }
    if (json.message?.type === 'closed') this.#socket?.destroy()
  }
}

function varuint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(128 | (rest % 128))
  return Buffer.from([...bytes, rest])
}
