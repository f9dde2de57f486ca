/** One light client in one document: it types, counts what arrives from each of the others, and notes how long that took. */
import { type Dialect, type DialectName, dialects } from './dialects.ts'
import type { Latencies } from './latencies.ts'
import { type Address, LightSocket } from './light-socket.ts'
import {
  answerMessage,
  askMessage,
  changeMessage,
  deletion,
  gridUpdate,
  insertion,
  joinMessage,
  presenceMessage,
  Reader,
  readMessage,
  scanUpdate,
} from './yjs-bytes.ts'

export type RoomAddress = Address & { readonly dialect: DialectName; readonly document: string; readonly root: string }

const nothing = Buffer.of(0, 0)
const letters = 'etaoinshrdlucmfwypvbgkjqxz '

/** What all members of a document share: who typed what, and when. */
export class Room {
  readonly address: RoomAddress
  readonly gridAuthor: number
  readonly members: Member[] = []
  readonly latencies: Latencies

  constructor(address: RoomAddress, gridAuthor: number, latencies: Latencies) {
    this.address = address
    this.gridAuthor = gridAuthor
    this.latencies = latencies
  }

  memberOf(author: number): Member | undefined {
    return this.members[author - this.gridAuthor - 1]
  }

  /** The text as it must be in the end, line by line. */
  expected(): string {
    return `\n${this.members.map((member) => `${member.line}\n`).join('')}`
  }
}

export class Member {
  readonly #room: Room
  readonly #dialect: Dialect
  readonly #author: number
  readonly #index: number
  #socket: LightSocket | undefined
  #joined: (() => void) | undefined
  readonly typedAt: number[] = []
  readonly removedAt = new Map<number, number>()
  readonly #shownAt: number[] = []
  /** What has arrived, of each member: their clock, and the last unit of theirs that was taken out. */
  readonly #clocks: number[] = []
  readonly #lastRemoved: number[] = []
  line = ''
  #mayRemove = false
  edits = 0
  arrived = 0
  hasGrid = false
  statesArrived = 0

  constructor(room: Room) {
    this.#room = room
    this.#index = room.members.length
    this.#author = room.gridAuthor + 1 + this.#index
    this.#dialect = dialects[room.address.dialect]
    room.members.push(this)
  }

  get socket(): LightSocket {
    if (this.#socket === undefined) throw new Error('this member never connected')
    return this.#socket
  }

  /** Connects and waits until the document's text up to now has come. */
  async join(): Promise<void> {
    const { address } = this.#room
    this.#socket = await LightSocket.open(address, (frame, socket) => {
      this.#socket = socket
      this.#take(frame)
    })
    for (const hello of this.#dialect.hello(address.document)) this.#socket.send(hello)
    const answered = new Promise<void>((resolve, reject) => {
      this.#joined = resolve
      this.socket.onClose = () => reject(new Error(`closed with ${this.socket.closeCode} while joining ${address.path}`))
    })
    this.#send(joinMessage())
    await answered
    this.socket.onClose = () => {}
  }

  putGrid(lines: number): void {
    this.#send(changeMessage(gridUpdate(this.#room.gridAuthor, lines, this.#room.address.root)))
    this.hasGrid = true
  }

  /** One key: mostly a character, every tenth one takes the last character back. */
  type(random: () => number): void {
    const clock = this.typedAt.length
    this.edits += 1
    const now = performance.now()
    if (this.#mayRemove && random() < 0.1) {
      this.#mayRemove = false
      this.line = this.line.slice(0, -1)
      this.removedAt.set(clock - 1, now)
      this.#send(changeMessage(deletion(this.#author, clock - 1, 1)))
      return
    }
    const letter = letters[Math.floor(random() * letters.length)] ?? ' '
    this.#mayRemove = true
    this.line += letter
    this.typedAt.push(now)
    const place = { grid: this.#room.gridAuthor, line: this.#index }
    this.#send(changeMessage(insertion(this.#author, clock, letter, place)))
  }

  /** A cursor that has moved. */
  point(): void {
    const clock = this.#shownAt.push(performance.now())
    const cursor = { type: null, tname: this.#room.address.root, item: null, assoc: 0 }
    const user = { name: `Typist ${this.#index}`, color: '#30bced', id: `typist-${this.#index}` }
    const state = JSON.stringify({ user, cursor: { anchor: { ...cursor, clock }, head: cursor } })
    this.#send(presenceMessage(this.#author, clock, state))
  }

  /** So that nobody takes a silent client for a dead one. */
  stayAlive(): void {
    this.#send(askMessage())
  }

  leave(): void {
    this.#socket?.destroy()
  }

  #send(message: Buffer): void {
    this.#socket?.send(this.#dialect.wrap(this.#room.address.document, message))
  }

  #take(frame: Buffer): void {
    const arrival = readMessage(frame, this.#dialect.begin(frame))
    if (arrival.kind === 'join') this.#send(answerMessage(nothing))
    if (arrival.kind === 'presence') this.#takePresence(arrival.body)
    if (arrival.kind === 'answer' || arrival.kind === 'change') this.#takeUpdate(arrival.body)
    if (arrival.kind === 'answer') this.#joined?.()
  }

  #takeUpdate(update: Buffer): void {
    const now = performance.now()
    const room = this.#room
    scanUpdate(
      update,
      (author, from, to) => {
        if (author === room.gridAuthor) {
          this.hasGrid = true
          return
        }
        const typist = room.memberOf(author)
        if (typist === undefined || typist === this) return
        const index = author - room.gridAuthor - 1
        for (let clock = Math.max(from, this.#clocks[index] ?? 0); clock < to; clock += 1) {
          this.arrived += 1
          room.latencies.add(now - (typist.typedAt[clock] ?? now))
        }
        this.#clocks[index] = Math.max(to, this.#clocks[index] ?? 0)
      },
      (author, from, to) => {
        const typist = room.memberOf(author)
        if (typist === undefined || typist === this) return
        const index = author - room.gridAuthor - 1
        // A typist takes out each unit once, and units in their order.
        for (let clock = Math.max(from, (this.#lastRemoved[index] ?? -1) + 1); clock < to; clock += 1) {
          this.arrived += 1
          room.latencies.add(now - (typist.removedAt.get(clock) ?? now))
        }
        this.#lastRemoved[index] = Math.max(to - 1, this.#lastRemoved[index] ?? -1)
      },
    )
  }

  #takePresence(update: Buffer): void {
    const now = performance.now()
    const reader = new Reader(update)
    for (let states = reader.number(); states > 0; states -= 1) {
      const author = reader.number()
      const clock = reader.number()
      reader.block()
      const member = this.#room.memberOf(author)
      if (member === undefined || member === this) continue
      this.statesArrived += 1
      this.#room.latencies.add(now - (member.#shownAt[clock - 1] ?? now))
    }
  }
}
