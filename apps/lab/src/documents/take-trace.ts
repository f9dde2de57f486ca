/**
 * A long recording of one person's keys, sent as fast as the server takes it; somebody else follows, and the time ends when
 * everything has arrived there. The updates were made before, by a real Y.Doc (trace.ts).
 */
import { readFile } from 'node:fs/promises'
import { dialects } from './dialects.ts'
import { LightSocket } from './light-socket.ts'
import type { RoomAddress } from './member.ts'
import { answerMessage, askMessage, changeMessage, joinMessage, readMessage, scanUpdate } from './yjs-bytes.ts'

export type Taken = { readonly operations: number; readonly units: number; readonly ms: number; readonly isWhole: boolean }

export async function takeTrace({ room, file, mostMs }: { room: RoomAddress; file: string; mostMs: number }): Promise<Taken> {
  const dialect = dialects[room.dialect]
  const updates = cut(await readFile(file))
  const countOf = (update: Buffer): number => {
    let units = 0
    const add = (_: number, from: number, to: number): void => {
      units += to - from
    }
    scanUpdate(update, add, add)
    return units
  }
  const total = updates.reduce((sum, update) => sum + countOf(update), 0)
  let arrivedUnits = 0
  let wake = (): void => {}
  const open = async (take: (update: Buffer) => void): Promise<LightSocket> => {
    let joined = (): void => {}
    const answered = new Promise<void>((resolve) => {
      joined = resolve
    })
    const socket = await LightSocket.open(room, (frame, self) => {
      const arrival = readMessage(frame, dialect.begin(frame))
      if (arrival.kind === 'join') self.send(dialect.wrap(room.document, answerMessage(Buffer.of(0, 0))))
      if (arrival.kind === 'answer') joined()
      if (arrival.kind === 'answer' || arrival.kind === 'change') take(arrival.body)
    })
    for (const hello of dialect.hello(room.document)) socket.send(hello)
    socket.send(dialect.wrap(room.document, joinMessage()))
    await answered
    return socket
  }
  const follower = await open((update) => {
    arrivedUnits += countOf(update)
    if (arrivedUnits >= total) wake()
  })
  const writer = await open(() => {})
  const whole = new Promise<void>((resolve) => {
    wake = resolve
    setTimeout(resolve, mostMs).unref()
    writer.onClose = resolve
    follower.onClose = resolve
  })
  // A follower who never says a word is taken for dead by some.
  const alive = setInterval(() => follower.send(dialect.wrap(room.document, askMessage())), 20_000)
  const startedAt = performance.now()
  const deadline = startedAt + mostMs
  void (async () => {
    for (const update of updates) {
      if (writer.send(dialect.wrap(room.document, changeMessage(update)))) continue
      await writer.drained()
      if (performance.now() > deadline || writer.isClosed) return
    }
  })()
  await whole
  const ms = performance.now() - startedAt
  clearInterval(alive)
  if (writer.isClosed || follower.isClosed)
    process.stderr.write(`closed while it took the trace: writer ${writer.closeCode}, follower ${follower.closeCode}\n`)
  writer.destroy()
  follower.destroy()
  const share = Math.min(1, arrivedUnits / total)
  return { operations: Math.round(updates.length * share), units: arrivedUnits, ms, isWhole: share === 1 }
}

/** Updates one after the other, each behind its length. */
function cut(bytes: Buffer): Buffer[] {
  const updates: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    updates.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return updates
}
