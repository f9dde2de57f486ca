/** What a server wants to hear around the same Yjs messages. */
import { Reader } from './yjs-bytes.ts'

export type DialectName = 'y-websocket' | 'hocuspocus'

export type Dialect = {
  /** Sent first on every connection. */
  hello(document: string): readonly Buffer[]
  wrap(document: string, message: Buffer): Buffer
  /** Where the message begins in a frame of the server. */
  begin(frame: Buffer): number
}

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  'y-websocket': { hello: () => [], wrap: (_, message) => message, begin: () => 0 },
  hocuspocus: {
    // Type 2 is its authentication, kind 0 the token; it wants one even when nobody asks for it.
    hello: (document) => [Buffer.concat([nameOf(document), Buffer.of(2, 0), nameOf('none')])],
    wrap: (document, message) => Buffer.concat([nameOf(document), message]),
    begin: (frame) => {
      const reader = new Reader(frame)
      reader.block()
      return reader.at
    },
  },
}

/** Names here are shorter than 128 bytes, so their length is one byte. */
function nameOf(name: string): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name)])
}
