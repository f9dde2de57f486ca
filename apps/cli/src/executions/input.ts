/**
 * Our standard input becomes the program's: raw bytes, one request after the other, so their order is kept and the next bytes are read only when
 * the last ones were taken. A program that does not read makes the server refuse, and us wait.
 */
import { ServerRefusal } from '../failure.ts'
import { type Server, Unreachable } from '../server/server.ts'

/** How long to wait before input that found no room is offered again. */
const noRoomWaitMs = 100
const unreachableWaitMs = 500
/** Refused connections in a row before the input counts as lost; the follower of the output gives up at about the same time. */
const toleratedFailures = 60

export type Feeding = {
  readonly server: Server
  readonly executionId: string
  readonly stdin: AsyncIterable<Uint8Array | string>
  /** Aborted when the program has ended. */
  readonly signal: AbortSignal
}

/** Resolves when the input has ended and the program was told, or when the program wants no more. */
export async function feedInput(feeding: Feeding): Promise<void> {
  try {
    for await (const chunk of feeding.stdin) {
      const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : Uint8Array.from(chunk)
      if (bytes.length > 0 && !(await offer(feeding, bytes))) return
    }
  } catch (error) {
    if (feeding.signal.aborted) return
    // A terminal that went away, a folder as input: whatever cannot be read any more has ended.
    if (!isReadError(error)) throw error
  }
  await offer(feeding, undefined)
}

/** False when the program takes no more input. `undefined`: there is no more. */
async function offer({ server, executionId, signal }: Feeding, bytes: Uint8Array<ArrayBuffer> | undefined): Promise<boolean> {
  const path = `/api/v1/executions/${executionId}/stdin${bytes === undefined ? '?end=true' : ''}`
  let failures = 0
  for (;;) {
    try {
      await server.send(path, { method: 'POST', bytes: bytes ?? new Uint8Array(0), signal })
      return true
    } catch (error) {
      if (signal.aborted) return false
      if (error instanceof ServerRefusal && isOver(error.code)) return false
      if (error instanceof ServerRefusal && error.code === 'too-large') await pause(noRoomWaitMs, signal)
      // Sent again only when it cannot have arrived: input must not be doubled.
      else if (error instanceof Unreachable && error.delivered === 'no' && ++failures < toleratedFailures)
        await pause(unreachableWaitMs, signal)
      else throw error
    }
  }
}

const isOver = (code: string): boolean => code === 'execution-ended' || code === 'input-closed' || code === 'not-found'

const isReadError = (error: unknown): boolean => error instanceof Error && 'syscall' in error && error.syscall === 'read'

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
