/**
 * Typists of operational transformation, in a process of their own: one operation under way at a time, what is typed meanwhile goes
 * with the next. Each puts its characters in at a place that exists in every version, so none of them needs the text.
 *
 * Told by one line of JSON on its input, answers with one.
 */
import { createInterface } from 'node:readline'
import { documentChannel, messageTypes, syncKinds } from '@atelier/protocol/documents'
import { socketPath } from '@atelier/protocol/sockets'
import { isSnapshot, readRecord, readSnapshotHead, writeJoin, writePush } from '@atelier/text/ot/sequenced'
import { Latencies } from './latencies.ts'
import { LightSocket } from './light-socket.ts'
import type { OurFile } from './our-server.ts'
import { Reader } from './yjs-bytes.ts'

export type OrderedOrder = {
  readonly port: number
  readonly typists: number
  readonly seconds: number
  readonly keysPerSecond: number
  /** Length of the text they begin with. */
  readonly units: number
} & ({ readonly kind: 'sharedb'; readonly name: string } | { readonly kind: 'ours'; readonly file: OurFile })

export type Ordered = {
  readonly operations: number
  readonly keys: number
  readonly deliveries: number
  readonly missing: number
  readonly p50Ms: number
  readonly p99Ms: number
}

abstract class Typist {
  protected socket: LightSocket | undefined
  protected version = 0
  readonly place: number
  readonly author: string
  readonly #early = new Map<number, { readonly author: string; readonly sequence: number }>()
  #waiting = ''
  #isUnderWay = false
  sequence = 0
  operations = 0
  arrived = 0
  readonly sentAt = new Map<number, number>()

  constructor(place: number, author: string) {
    this.place = place
    this.author = author
  }

  abstract open(): Promise<void>
  protected abstract push(text: string): void

  key(): void {
    this.#waiting += 'x'
    this.#goOn()
  }

  #goOn(): void {
    if (this.#isUnderWay || this.#waiting === '') return
    const text = this.#waiting
    this.#waiting = ''
    this.#isUnderWay = true
    this.sequence += 1
    this.operations += 1
    this.sentAt.set(this.sequence, performance.now())
    this.push(text)
  }

  /**
   * An operation in the server's order, whose version is the text's after it. ShareDB's answer to an operation may overtake those
   * before it, and some come twice.
   */
  protected took(version: number, author: string, sequence: number): void {
    if (version <= this.version) return
    this.#early.set(version, { author, sequence })
    for (let next = this.#early.get(this.version + 1); next !== undefined; next = this.#early.get(this.version + 1)) {
      this.version += 1
      this.#early.delete(this.version)
      this.#takeNext(next.author, next.sequence)
    }
  }

  #takeNext(author: string, sequence: number): void {
    if (author === this.author) {
      this.#isUnderWay = false
      this.#goOn()
      return
    }
    const sentAt = typists.get(author)?.sentAt.get(sequence)
    if (sentAt === undefined) return
    this.arrived += 1
    latencies.add(performance.now() - sentAt)
  }

  leave(): void {
    this.socket?.destroy()
  }
}

class ShareDbTypist extends Typist {
  readonly #order: OrderedOrder & { kind: 'sharedb' }

  constructor(order: OrderedOrder & { kind: 'sharedb' }, place: number, author: string) {
    super(place, author)
    this.#order = order
  }

  async open(): Promise<void> {
    const opened = Promise.withResolvers<void>()
    const address = { c: 'texts', d: this.#order.name }
    this.socket = await LightSocket.open({ port: this.#order.port, path: '/' }, (frame) => {
      const message = JSON.parse(frame.toString()) as {
        a: string
        v: number
        src?: string
        seq: number
        data?: { v: number }
        error?: { message: string }
      }
      if (message.error !== undefined) throw new Error(message.error.message)
      if (message.a === 'hs') this.#send({ a: 's', ...address })
      if (message.a === 's') {
        this.version = message.data?.v ?? 0
        opened.resolve()
      }
      if (message.a === 'op') this.took(message.v + 1, message.src ?? this.author, message.seq)
    })
    this.#send({ a: 'hs', id: this.author, protocol: 1, protocolMinor: 1 })
    await opened.promise
  }

  protected push(text: string): void {
    const where = { c: 'texts', d: this.#order.name, v: this.version }
    this.#send({ a: 'op', ...where, seq: this.sequence, x: {}, op: [this.place, text] })
  }

  #send(message: object): void {
    this.socket?.sendText(JSON.stringify(message))
  }
}

class OurTypist extends Typist {
  readonly #order: OrderedOrder & { kind: 'ours' }
  #number = 0

  constructor(order: OrderedOrder & { kind: 'ours' }, place: number, author: string) {
    super(place, author)
    this.#order = order
  }

  async open(): Promise<void> {
    const opened = Promise.withResolvers<void>()
    const { port, file } = this.#order
    const headers = { authorization: `Bearer ${file.token}` }
    this.socket = await LightSocket.open({ port, path: socketPath, headers }, (frame, _, isText) => {
      if (!isText) return this.#takeBinary(frame, opened.resolve)
      const json = JSON.parse(frame.toString()) as { type: string; detail?: string; message?: { type: string; number?: number } }
      if (json.type === 'error') opened.reject(new Error(json.detail))
      if (json.message?.type !== 'opened') return
      this.#number = json.message.number ?? 0
      this.#send(syncKinds.join, writeJoin(null))
    })
    this.socket.sendText(JSON.stringify({ type: 'open', channel: documentChannel(file.project, file.path) }))
    await opened.promise
  }

  protected push(text: string): void {
    const operation = [this.place, text]
    this.#send(syncKinds.change, writePush({ author: this.author, sequence: this.sequence, base: this.version, operation }))
  }

  #takeBinary(frame: Buffer, opened: () => void): void {
    const reader = new Reader(frame)
    if (reader.number() !== this.#number || reader.number() !== messageTypes.sync) return
    const kind = reader.number()
    const body = reader.block()
    if (isSnapshot(body)) this.version = readSnapshotHead(body).version
    else for (const { version, author, sequence } of readRecord(body)) this.took(version, author, sequence)
    if (kind === syncKinds.answer) opened()
  }

  #send(kind: number, body: Uint8Array): void {
    this.socket?.send(Buffer.concat([varuint(this.#number), Buffer.of(messageTypes.sync, kind), varuint(body.length), body]))
  }
}

function varuint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(128 | (rest % 128))
  return Buffer.from([...bytes, rest])
}

const latencies = new Latencies()
const typists = new Map<string, Typist>()

async function run(order: OrderedOrder): Promise<Ordered> {
  for (let index = 0; index < order.typists; index += 1) {
    const place = 1 + Math.floor((index * (order.units - 2)) / order.typists)
    const author = `typist-${index}-${process.pid}`
    const typist = order.kind === 'sharedb' ? new ShareDbTypist(order, place, author) : new OurTypist(order, place, author)
    typists.set(author, typist)
    await typist.open()
  }
  const all = [...typists.values()]
  const everyMs = 1000 / order.keysPerSecond
  const startedAt = performance.now()
  const due = all.map((_, index) => startedAt + (everyMs * index) / all.length)
  let keys = 0
  for (let now = startedAt; now < startedAt + order.seconds * 1000; now = performance.now()) {
    for (const [index, typist] of all.entries())
      for (; (due[index] ?? now) < now; due[index] = (due[index] ?? now) + everyMs) {
        typist.key()
        keys += 1
      }
    await new Promise((next) => setTimeout(next, 1))
  }
  const operations = (): number => all.reduce((sum, typist) => sum + typist.operations, 0)
  const arrived = (): number => all.reduce((sum, typist) => sum + typist.arrived, 0)
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
    if (arrived() === operations() * (all.length - 1)) break
    await new Promise((next) => setTimeout(next, 20))
  }
  for (const typist of all) typist.leave()
  return {
    ...{ operations: operations(), keys, deliveries: arrived(), missing: operations() * (all.length - 1) - arrived() },
    ...{ p50Ms: latencies.percentileMs(0.5), p99Ms: latencies.percentileMs(0.99) },
  }
}

if (import.meta.main)
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await run(JSON.parse(line) as OrderedOrder))}\n`)
    process.exit(0)
  }
