/** A decent y-websocket client with a real Y.Doc and its presence, as small as it can be. */
import { once } from 'node:events'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as awareness from 'y-protocols/awareness'
import * as sync from 'y-protocols/sync'
import * as Y from 'yjs'

export class DocumentClient {
  readonly doc = new Y.Doc()
  readonly presence = new awareness.Awareness(this.doc)
  readonly #socket: WebSocket
  /** How often the server has closed it. */
  closed: number | null = null
  #news: () => void = () => {}

  private constructor(url: string) {
    this.#socket = new WebSocket(url)
    this.#socket.binaryType = 'nodebuffer'
    this.#socket.on('message', (data: Buffer) => this.#take(data))
    this.#socket.on('error', () => {})
    this.#socket.on('close', (code: number) => {
      this.closed = code
      this.#news()
    })
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.#send(0, (encoder) => sync.writeUpdate(encoder, update))
    })
  }

  /** Resolves when it has what the server has. */
  static async open(url: string, name: string): Promise<DocumentClient> {
    const client = new DocumentClient(url)
    await once(client.#socket, 'open')
    client.#send(0, (encoder) => sync.writeSyncStep1(encoder, client.doc))
    await client.until(() => client.#isSynced)
    client.presence.setLocalState({ user: { name, color: '#30bced' } })
    const mine = awareness.encodeAwarenessUpdate(client.presence, [client.doc.clientID])
    client.#send(1, (encoder) => encoding.writeVarUint8Array(encoder, mine))
    return client
  }

  #isSynced = false

  get text(): Y.Text {
    return this.doc.getText('content')
  }

  /** Resolves when it is so; rejects when the server has closed the connection. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.closed !== null) throw new Error(`the server closed an honest connection with ${this.closed}`)
      await new Promise<void>((resolve) => {
        this.#news = resolve
      })
    }
  }

  leave(): void {
    this.presence.destroy()
    this.#socket.terminate()
  }

  #send(type: number, write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, type)
    write(encoder)
    this.#socket.send(encoding.toUint8Array(encoder))
  }

  #take(data: Buffer): void {
    const decoder = decoding.createDecoder(data)
    const type = decoding.readVarUint(decoder)
    if (type === 1) awareness.applyAwarenessUpdate(this.presence, decoding.readVarUint8Array(decoder), this)
    if (type === 0) {
      const answer = encoding.createEncoder()
      encoding.writeVarUint(answer, 0)
      const kind = sync.readSyncMessage(decoder, answer, this.doc, this)
      this.#isSynced ||= kind === 1
      if (encoding.length(answer) > 1) this.#socket.send(encoding.toUint8Array(answer))
    }
    this.#news()
  }
}
