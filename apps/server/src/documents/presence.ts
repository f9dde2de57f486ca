/**
 * Who looks where: y-protocols' awareness as a room holds it. A client id belongs to the member that used it first; what is told
 * of other ids is ignored (tabs of one browser tell of each other), so nobody can move or remove the cursor of somebody else.
 * Only the latest state counts: it is sent on at most every 100 ms (rarer when there is much to send to many), kept for 30 s, and
 * stored nowhere.
 */
import { documentLimits } from '@atelier/protocol/documents'
import { BadMessage } from '@atelier/text/engine'
import { readBytes, readVaruint, varuintLength, writeVaruint } from './frames.ts'

const everyMs = 100
/** Sent to all members together in one go; with more, the next comes later in proportion. */
const bytesPerTick = 4 * 1024 * 1024
const keptMs = 30_000
/** States in one message, and ids of one member. */
const idsPerMember = 8
const statesPerMessage = 1000
/** "null": the state of who has left. */
const gone = Buffer.from('null')

/** `state`: JSON text. */
type State = { readonly member: object; clock: number; state: Buffer; atMs: number }

export class Presence {
  readonly #states = new Map<number, State>()
  readonly #changed = new Set<number>()
  readonly #send: (body: Uint8Array) => void
  readonly #audience: () => number
  readonly #now: () => number
  #timer: NodeJS.Timeout | null = null
  #nextMs = Number.NEGATIVE_INFINITY
  #expiry: NodeJS.Timeout | null = null

  /** `send`: the body of a presence message for all members, of whom there are `audience`. */
  constructor(send: (body: Uint8Array) => void, audience: () => number, now: () => number = () => performance.now()) {
    this.#send = send
    this.#audience = audience
    this.#now = now
  }

  /** Takes what a member says of itself. @throws BadMessage */
  take(body: Buffer, member: object): void {
    const cursor = { data: body, at: 0 }
    const count = readVaruint(cursor)
    if (count > statesPerMessage) throw new BadMessage('that is more presence than one message may hold')
    const told: { id: number; clock: number; state: Buffer }[] = []
    for (let n = 0; n < count; n++) told.push({ id: readVaruint(cursor), clock: readVaruint(cursor), state: readBytes(cursor) })
    if (cursor.at !== body.length) throw new BadMessage('the presence message is longer than it says')
    for (const { id, clock, state } of told) this.#takeOne(id, clock, state, member)
    if (this.#changed.size > 0) this.#arm()
  }

  #takeOne(id: number, clock: number, state: Buffer, member: object): void {
    const known = this.#states.get(id)
    if (known !== undefined && known.member !== member) return
    const isGone = state.equals(gone)
    if (known === undefined) {
      if (isGone) return
      let own = 0
      for (const each of this.#states.values()) if (each.member === member) own += 1
      if (own >= idsPerMember) throw new BadMessage(`a member has at most ${idsPerMember} client ids`)
    } else if (clock < known.clock || (clock === known.clock && !isGone)) return
    checkState(state)
    // The message is a piece of a larger buffer, which it would keep alive.
    this.#states.set(id, { member, clock, state: Buffer.from(state), atMs: this.#now() })
    this.#changed.add(id)
    this.#expiry ??= setInterval(() => this.#expire(), keptMs / 3).unref()
  }

  /** Who showed a cursor under this client id first; null: nobody that is here. */
  ownerOf(id: number): object | null {
    return this.#states.get(id)?.member ?? null
  }

  /** The body that tells a newcomer of everybody; null: nobody is here. */
  all(): Uint8Array | null {
    return this.#states.size === 0 ? null : this.#bodyOf(this.#states.keys())
  }

  leave(member: object): void {
    for (const [id, state] of this.#states) if (state.member === member) this.#end(id, state)
    if (this.#changed.size > 0) this.#arm()
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#expiry !== null) clearInterval(this.#expiry)
  }

  #end(id: number, state: State): void {
    state.state = gone
    this.#changed.add(id)
  }

  #expire(): void {
    const oldest = this.#now() - keptMs
    for (const [id, state] of this.#states) if (state.atMs < oldest) this.#end(id, state)
    if (this.#changed.size > 0) this.#arm()
  }

  #arm(): void {
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, this.#nextMs - this.#now()))
  }

  #flush(): void {
    this.#timer = null
    const body = this.#bodyOf(this.#changed)
    this.#nextMs = this.#now() + everyMs * Math.max(1, (body.length * this.#audience()) / bytesPerTick)
    for (const id of this.#changed) if (this.#states.get(id)?.state === gone) this.#states.delete(id)
    this.#changed.clear()
    if (this.#states.size === 0 && this.#expiry !== null) {
      clearInterval(this.#expiry)
      this.#expiry = null
    }
    this.#send(body)
  }

  #bodyOf(ids: Iterable<number>): Uint8Array {
    const told: (State & { id: number })[] = []
    let length = 0
    for (const id of ids) {
      const state = this.#states.get(id)
      if (state === undefined) continue
      told.push({ ...state, id })
      length += varuintLength(id) + varuintLength(state.clock) + varuintLength(state.state.length) + state.state.length
    }
    const body = Buffer.allocUnsafe(varuintLength(told.length) + length)
    let at = writeVaruint(body, 0, told.length)
    for (const { id, clock, state } of told) {
      at = writeVaruint(body, writeVaruint(body, writeVaruint(body, at, id), clock), state.length)
      at += state.copy(body, at)
    }
    return body
  }
}

/** An object or null, as JSON. What is in it are claims of the client: names and colours say nothing about rights. */
function checkState(state: Buffer): void {
  if (state.length > documentLimits.presenceBytes)
    throw new BadMessage(`a presence state has at most ${documentLimits.presenceBytes} bytes`)
  let value: unknown
  try {
    value = JSON.parse(state.toString('utf8'))
  } catch {
    throw new BadMessage('a presence state is JSON')
  }
  if (typeof value !== 'object') throw new BadMessage('a presence state is an object, or null')
}
