/**
 * Follows one execution over its WebSocket. A connection that is lost is made again and goes on after the last event seen, so nothing
 * is printed twice and nothing is left out, except what the server itself no longer keeps (and says so).
 */
import { ExecutionEvent, type ExecutionResult } from '@atelier/protocol/executions'
import { WebSocket } from 'ws'
import { Failure } from '../failure.ts'
import type { Server } from '../server/server.ts'

/** Waits between attempts; when all have failed in a row the server counts as lost. */
const retryWaitsMs = [50, 100, 250, 500, 1000, 2000, 2000, 4000, 4000, 8000, 8000] as const
/** The server pings every 30 s: a connection that has been silent for longer than two of them is dead. */
const silenceMs = 75_000
/** A connection that held this long was a good one: its loss starts the count anew. */
const steadyMs = 5_000
/** Events that may wait for `onEvent` before the server is told to hold back. */
const waitingEvents = 16

export type Followed = {
  readonly server: Server
  readonly executionId: string
  readonly signal: AbortSignal
  /** May wait; no further event is delivered meanwhile, and the server is told to hold back. */
  readonly onEvent: (event: ExecutionEvent) => Promise<void> | void
}

/** Resolves with the result when the end has been delivered. Throws Failure when the server is lost, or does not know the execution. */
export async function followExecution(followed: Followed): Promise<ExecutionResult> {
  let since = 0
  let failures = 0
  for (;;) {
    const outcome = await followOnce(followed, since)
    followed.signal.throwIfAborted()
    if (outcome.kind === 'ended') return outcome.result
    if (outcome.kind === 'refused') throw new Failure(outcome.sentence)
    if (outcome.since > since || outcome.heldMs >= steadyMs) failures = 0
    since = outcome.since
    const waitMs = retryWaitsMs[failures++]
    if (waitMs === undefined)
      throw new Failure(
        `The connection to ${followed.server.url.origin} was lost and could not be made again: ${outcome.why}. The program may still be running there (execution ${followed.executionId}).`,
      )
    await pause(waitMs, followed.signal)
  }
}

type Outcome =
  | { readonly kind: 'ended'; readonly result: ExecutionResult }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'lost'; readonly since: number; readonly heldMs: number; readonly why: string }

function followOnce({ server, executionId, signal, onEvent }: Followed, since: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(streamAddress(server, executionId, since), {
      headers: server.token === null ? {} : { authorization: `Bearer ${server.token}` },
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
      maxPayload: 64 * 1024 * 1024,
    })
    let last = since
    let end: ExecutionResult | undefined
    let why = 'the connection closed'
    let refusal: string | undefined
    let turn = Promise.resolve()
    let waiting = 0
    let openedAt: number | undefined
    const silence = setTimeout(() => socket.terminate(), silenceMs)
    const abort = (): void => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })

    async function take(text: string): Promise<void> {
      const event = parseEvent(text)
      if (event === null || event.seq <= last) return
      await onEvent(event)
      last = event.seq
      if (event.type === 'end') end = event.result
    }
    socket.on('open', () => {
      openedAt = performance.now()
    })
    socket.on('ping', () => silence.refresh())
    socket.on('message', (data) => {
      silence.refresh()
      if (++waiting === waitingEvents) socket.pause()
      turn = turn.then(() => take(data.toString()))
      turn = turn.finally(() => {
        if (--waiting === 0 && socket.isPaused) socket.resume()
        silence.refresh()
      })
      turn.catch(() => socket.terminate())
    })
    socket.on('unexpected-response', (_request, response) => {
      // 4xx will be the same next time; 5xx is a server, or a proxy, that is just starting.
      const status = response.statusCode ?? 0
      if (status < 500)
        refusal = `The server does not let this execution be followed (${status}). It may have been purged, or belong to another session.`
      else why = `the server answered ${status}`
      socket.terminate()
    })
    socket.on('error', (error) => {
      if (error.message !== '') why = error.message
    })
    socket.on('close', () => {
      clearTimeout(silence)
      signal.removeEventListener('abort', abort)
      turn.then(() => {
        if (end !== undefined) resolve({ kind: 'ended', result: end })
        else if (refusal !== undefined) resolve({ kind: 'refused', sentence: refusal })
        else resolve({ kind: 'lost', since: last, heldMs: openedAt === undefined ? 0 : performance.now() - openedAt, why })
      }, reject)
    })
  })
}

function streamAddress(server: Server, executionId: string, since: number): URL {
  const address = server.address(`/api/v1/executions/${executionId}/stream?since=${since}`)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address
}

/** null: a message of a kind that this version does not know. */
function parseEvent(text: string): ExecutionEvent | null {
  try {
    const parsed = ExecutionEvent.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}
