/** As much of ShareDB as the peer uses; it comes without types. */
declare module 'sharedb' {
  import type { Duplex } from 'node:stream'

  type Doc = { create(data: unknown, type: string, done: (error?: Error) => void): void }
  type Connection = { get(collection: string, id: string): Doc }
  export default class ShareDB {
    static types: { register(type: unknown): void }
    listen(stream: Duplex): void
    connect(): Connection
    close(done?: () => void): void
  }
}
