/** Somebody who opens a document anew, with a real Y.Doc: what they see is what the server has. */
import { applyUpdate, Doc, encodeStateAsUpdate } from 'yjs'
import { dialects } from './dialects.ts'
import { LightSocket } from './light-socket.ts'
import type { RoomAddress } from './member.ts'
import { answerMessage, joinMessage, readMessage } from './yjs-bytes.ts'

export type Read = { readonly text: string; readonly doc: Doc; readonly ms: number; readonly bytes: number }

/**
 * Joins, waits for the server's answer (and, when `until` is given, for a text that satisfies it), and leaves.
 * `ms`: from the first byte of the connection to the last byte of the text; reading it into the Y.Doc is not in it.
 * @throws when the server has not answered within `mostMs`
 */
export async function readDocument(
  address: RoomAddress,
  { mostMs = 60_000, until }: { mostMs?: number; until?: (text: string) => boolean } = {},
): Promise<Read> {
  const dialect = dialects[address.dialect]
  const updates: Buffer[] = []
  const startedAt = performance.now()
  let lastAt = startedAt
  let isAnswered = false
  let news = (): void => {}
  const socket = await LightSocket.open(address, (frame, self) => {
    const arrival = readMessage(frame, dialect.begin(frame))
    if (arrival.kind === 'join') self.send(dialect.wrap(address.document, answerMessage(encodeStateAsUpdate(new Doc()))))
    if (arrival.kind !== 'answer' && arrival.kind !== 'change') return
    updates.push(Buffer.from(arrival.body))
    lastAt = performance.now()
    isAnswered ||= arrival.kind === 'answer'
    news()
  })
  try {
    for (const hello of dialect.hello(address.document)) socket.send(hello)
    socket.send(dialect.wrap(address.document, joinMessage()))
    const doc = new Doc()
    const deadline = performance.now() + mostMs
    for (let taken = 0; ; ) {
      if (isAnswered) {
        for (const update of updates.splice(0)) {
          applyUpdate(doc, update)
          taken += update.length
        }
        const text = doc.getText(address.root).toString()
        if (until === undefined || until(text)) return { text, doc, ms: lastAt - startedAt, bytes: taken }
      }
      if (performance.now() > deadline || socket.isClosed) {
        const state = isAnswered ? `answered with ${doc.getText(address.root).length} units of text` : 'did not answer'
        throw new Error(`the server ${state} (closed: ${socket.isClosed}, code ${socket.closeCode}) at ${address.path}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200)
        news = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    socket.destroy()
  }
}
