/**
 * The numbered events of one execution. Output beyond `keptBytes` pushes out the oldest events, so a program that prints
 * forever keeps only its last part; whoever reads from further back is told how much is gone.
 */
import type { ExecutionEvent, ExecutionResult, OutputEvent, Stage } from '@atelier/protocol/executions'

/** Events kept at most, however small they are: each costs memory of its own. When it is reached, an eighth goes at once. */
const eventsKept = 16_384
/** What an event costs beside its data. */
const eventBytes = 400

/** An event and its JSON, made once however many follow. */
export type NumberedEvent = { readonly seq: number; readonly event: ExecutionEvent; readonly json: string }

/** What a follower reads from: a live log, or the kept events of an ended execution. */
export interface EventSource {
  /** Events with a number above `since`, oldest first; the first one is `truncated` when some are gone. */
  read(since: number): readonly NumberedEvent[]
  /** No event will come any more. */
  readonly complete: boolean
  /** Calls back after new events; returns the function that stops it. */
  onChange(listener: () => void): () => void
  /** Makes a reader known, so that it can be waited for; returns the function that ends that. */
  attach(reader: Reader): () => void
}

/** Somebody who is sent the events: `lastSeq` was the last one, and no more go out while `isBlocked`. */
export type Reader = { readonly lastSeq: number; readonly isBlocked: boolean }

/** `upTo`: bytes of output from the beginning through this event. */
type KeptEvent = NumberedEvent & { readonly upTo: number }

type NewEvent = { type: 'stage'; stage: Stage } | Omit<OutputEvent, 'seq'> | { type: 'end'; result: ExecutionResult }

export class EventLog implements EventSource {
  readonly #keptBytes: number
  #events: KeptEvent[] = []
  readonly #listeners = new Set<() => void>()
  readonly #readers = new Set<Reader>()
  #hadReader = false
  #lastSeq = 0
  #bytes = 0
  #droppedBytes = 0
  #complete = false

  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes
  }

  get complete(): boolean {
    return this.#complete
  }

  get truncated(): boolean {
    return this.#droppedBytes > 0
  }

  /** Roughly what the kept events cost in memory. */
  get sizeBytes(): number {
    return this.#bytes * 2 + this.#events.length * eventBytes
  }

  append(added: NewEvent): void {
    if (this.#complete) return
    const event = { ...added, seq: ++this.#lastSeq } as ExecutionEvent
    this.#bytes += sizeOf(event)
    this.#events.push({ seq: event.seq, event, json: JSON.stringify(event), upTo: this.#droppedBytes + this.#bytes })
    this.#dropOldest()
    this.#complete = event.type === 'end'
    for (const listener of [...this.#listeners]) listener()
    if (this.#complete) this.#listeners.clear()
  }

  #dropOldest(): void {
    let drop = 0
    const surplus = this.#events.length > eventsKept ? this.#events.length - (eventsKept / 8) * 7 : 0
    while ((this.#bytes > this.#keptBytes || drop < surplus) && drop < this.#events.length - 1) {
      const event = this.#events[drop++]?.event
      if (event === undefined) break
      const size = sizeOf(event)
      this.#bytes -= size
      this.#droppedBytes += size
    }
    if (drop > 0) this.#events = this.#events.slice(drop)
  }

  read(since: number): readonly NumberedEvent[] {
    return readFrom(this.#events, since, this.#droppedBytes)
  }

  onChange(listener: () => void): () => void {
    if (this.#complete) return () => {}
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  attach(reader: Reader): () => void {
    this.#hadReader = true
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  /** How many bytes of output the slowest reader has still to be sent; null when there has never been one. */
  backlogBytes(): number | null {
    if (!this.#hadReader) return null
    const first = this.#events[0]?.seq ?? 1
    let most = 0
    for (const { isBlocked, lastSeq } of this.#readers) {
      if (!isBlocked) continue
      const sentBytes = this.#events[lastSeq - first]?.upTo ?? this.#droppedBytes
      most = Math.max(most, this.#droppedBytes + this.#bytes - sentBytes)
    }
    return most
  }

  /** Bytes of output that are kept. */
  get keptBytes(): number {
    return this.#bytes
  }

  /** All that is kept, for the database. */
  kept(): { events: readonly NumberedEvent[]; droppedBytes: number } {
    return { events: this.#events, droppedBytes: this.#droppedBytes }
  }
}

/** The kept events of an ended execution. */
export function endedEvents(events: readonly ExecutionEvent[], droppedBytes: number): EventSource {
  const numbered = events.map((event) => ({ seq: event.seq, event, json: JSON.stringify(event) }))
  return {
    complete: true,
    onChange: () => () => {},
    attach: () => () => {},
    read: (since) => readFrom(numbered, since, droppedBytes),
  }
}

function readFrom(events: readonly NumberedEvent[], since: number, droppedBytes: number): readonly NumberedEvent[] {
  const first = events[0]
  if (first === undefined) return []
  if (since < first.seq - 1) {
    const event: ExecutionEvent = { type: 'truncated', seq: first.seq - 1, droppedBytes }
    return [{ seq: event.seq, event, json: JSON.stringify(event) }, ...events]
  }
  return events.slice(Math.max(0, since - first.seq + 1))
}

const sizeOf = (event: ExecutionEvent): number => (event.type === 'output' ? Buffer.byteLength(event.data, event.encoding) : 0)
