/**
 * Carries the events of one execution to one follower, at the follower's pace: it is sent what its connection can take, and goes on
 * from the log when there is room again. A reader that is too slow loses the oldest output (and is told), never the server's memory.
 */
import type { EventSource, NumberedEvent } from './event-log.ts'

export interface EventSink {
  /** Takes one event; false when the connection wants no more for now. */
  send(event: NumberedEvent): boolean
  /** Called once when there is room again after `send` said false. */
  whenRoom(callback: () => void): void
  /** All events were sent. */
  end(): void
}

/** Starts carrying; returns the function that stops it. */
export function carryEvents(source: EventSource, since: number, sink: EventSink): () => void {
  const reader = { lastSeq: since, isBlocked: false }
  let stopped = false
  const stop = (): void => {
    stopped = true
    stopListening()
    detach()
  }
  const carry = (): void => {
    if (reader.isBlocked || stopped) return
    for (const event of source.read(reader.lastSeq)) {
      reader.lastSeq = event.seq
      if (!sink.send(event)) {
        reader.isBlocked = true
        sink.whenRoom(() => {
          reader.isBlocked = false
          carry()
        })
        return
      }
    }
    if (source.complete) {
      stop()
      sink.end()
    }
  }
  const stopListening = source.onChange(carry)
  const detach = source.attach(reader)
  carry()
  return stop
}
