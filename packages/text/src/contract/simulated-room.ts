/**
 * A server's room for tests: takes messages, commits them late and tells nobody before, forgets what was not committed when it is
 * started again. Connections keep the order of their own messages, and nothing else.
 */
import { type Change, type EngineName, type LiveText, type Stored, type TextEngine, TooFarBehind } from '../engine.ts'
import type { Replica } from '../replica.ts'

type ToServer = { readonly kind: 0 | 2; readonly body: Uint8Array }
type ToPage =
  | { readonly kind: 0 | 1 | 2; readonly body: Uint8Array }
  | { readonly stored: number }
  /** Must be opened anew. */
  | 'again'

export class Connection {
  readonly replica: Replica
  readonly toServer: ToServer[] = []
  readonly toPage: ToPage[] = []
  /** Changes that have come to the page, and wait there for the next to be taken in with them. */
  readonly gathered: Uint8Array[] = []
  hasJoined = false
  received = 0
  isOpen = true

  constructor(replica: Replica) {
    this.replica = replica
  }
}

export class SimulatedRoom {
  readonly engine: TextEngine
  stored: Stored
  readonly #connections = new Set<Connection>()
  #live: LiveText
  #pending: Change[] = []
  #acknowledged = new Map<Connection, number>()
  #rewritings = 0

  constructor(engine: TextEngine, text: string) {
    this.engine = engine
    this.stored = { snapshot: engine.snapshotOf(text), records: [] }
    this.#live = engine.open(this.stored)
  }

  get isIdle(): boolean {
    return this.#pending.length === 0
  }

  connect(replica: Replica): Connection {
    const connection = new Connection(replica)
    this.#connections.add(connection)
    replica.connect((kind, body) => {
      if (connection.isOpen) connection.toServer.push({ kind, body: body.slice() })
    })
    const request = this.#live.ask()
    if (request !== null) connection.toPage.push({ kind: 0, body: request })
    return connection
  }

  /** What is on its way in either direction never arrives. */
  cut(connection: Connection): void {
    takeGathered(connection)
    this.#connections.delete(connection)
    connection.isOpen = false
    connection.toServer.length = 0
    connection.toPage.length = 0
    connection.replica.disconnect()
  }

  /** The server reads the next message of this connection. */
  read(connection: Connection): void {
    const message = connection.toServer.shift()
    if (message === undefined) return
    if (message.kind === 0) {
      const bodies = this.#live.join(this.stored, message.body) ?? this.engine.missing(this.stored, message.body)
      const last = bodies.length - 1
      for (const [index, body] of bodies.entries()) connection.toPage.push({ kind: index === last ? 1 : 2, body })
      connection.hasJoined = true
      return
    }
    connection.received += 1
    try {
      const change = this.#live.take(message.body, 'member')
      if (change !== null) this.#pending.push(change)
      this.#acknowledged.set(connection, connection.received)
    } catch (error) {
      if (!(error instanceof TooFarBehind)) throw error
      connection.toServer.length = 0
      connection.toPage.push('again')
    }
  }

  /** What comes next waits in the page if it is a change; an acknowledgement does not wait behind it. */
  gather(connection: Connection): void {
    const [next] = connection.toPage
    if (next === undefined || next === 'again') return
    if ('stored' in next) connection.replica.acknowledge(next.stored)
    else if (next.kind === 2) connection.gathered.push(next.body)
    else return
    connection.toPage.shift()
  }

  /** The page takes what waits, and what comes next. Answers whether it has to connect anew. */
  deliver(connection: Connection): 'again' | 'goes on' {
    takeGathered(connection)
    const message = connection.toPage.shift()
    if (message === 'again') return 'again'
    if (message === undefined) return 'goes on'
    if ('stored' in message) connection.replica.acknowledge(message.stored)
    else connection.replica.receive(message.kind, message.body)
    return 'goes on'
  }

  commit(): void {
    if (this.#pending.length > 0) {
      const record = this.#live.merge(this.#pending)
      this.stored = { ...this.stored, records: [...this.stored.records, record] }
      for (const connection of this.#connections)
        if (connection.hasJoined) connection.toPage.push({ kind: 2, body: record.slice() })
    }
    for (const [connection, stored] of this.#acknowledged) if (connection.isOpen) connection.toPage.push({ stored })
    this.#pending = []
    this.#acknowledged = new Map()
  }

  compact(): string {
    this.commit()
    const { snapshot, text } = this.engine.compact(this.stored)
    this.stored = { snapshot, records: [] }
    return text
  }

  rewrite(change: (text: string) => string): void {
    this.commit()
    this.#rewritings += 1
    const body = this.engine.rewrite(this.stored, change(this.engine.textOf(this.stored)), `put ${this.#rewritings}`)
    const taken = body === null ? null : this.#live.take(body, 'rewriting')
    if (taken !== null) this.#pending.push(taken)
  }

  /** Everything but what is stored is gone. */
  restart(): void {
    for (const connection of [...this.#connections]) this.cut(connection)
    this.#pending = []
    this.#acknowledged = new Map()
    this.#live = this.engine.open(this.stored)
  }
}

function takeGathered({ replica, gathered }: Connection): void {
  if (gathered.length > 0) replica.receiveTogether(gathered.splice(0))
}

export type { EngineName }
