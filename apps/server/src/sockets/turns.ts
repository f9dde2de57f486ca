/**
 * Works on the messages of a socket one after the other, so that input keeps its order. While too much waits, the socket is
 * not read: the other side then waits too, and the server's memory does not grow.
 */
import type { RawData, WebSocket } from 'ws'
import { Reading } from './reading.ts'

const waitingMessages = 64
const waitingBytes = 1024 * 1024
const tooMuchWaits = 'too much waits'

export type TurnHandler = {
  /** A message whose turn it is; what it rejects with is `fail`ed. */
  readonly handle: (data: Buffer, isBinary: boolean) => Promise<void>
  readonly fail: (error: unknown) => void
  /** Takes binary messages at once, out of turn: they are in order among themselves. */
  readonly takeBinary?: (data: Buffer) => void
}

export function takeTurns(
  socket: WebSocket,
  { handle, fail, takeBinary }: TurnHandler,
  reading: Reading = new Reading(socket),
): void {
  let turn = Promise.resolve()
  let messages = 0
  let bytes = 0
  socket.on('message', (raw, isBinary) => {
    const data = bufferOf(raw)
    if (isBinary && takeBinary !== undefined) return takeBinary(data)
    messages += 1
    bytes += data.length
    if (messages > waitingMessages || bytes > waitingBytes) reading.pause(tooMuchWaits)
    turn = turn
      .then(() => (socket.readyState === socket.OPEN ? handle(data, isBinary) : undefined))
      .catch(fail)
      .finally(() => {
        messages -= 1
        bytes -= data.length
        if (messages < waitingMessages / 2 && bytes <= waitingBytes / 2) reading.resume(tooMuchWaits)
      })
  })
}

const bufferOf = (raw: RawData): Buffer =>
  Buffer.isBuffer(raw) ? raw : Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw)
