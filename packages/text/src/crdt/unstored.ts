/** What a page keeps on its device until the server has stored it, and gives to the page that comes after it. */
import * as Y from 'yjs'
import type { CrdtReplica } from './replica.ts'

/** Everything that was written in this replica, whether stored or not: the server takes what it lacks, and the rest costs nothing. */
export function unstored({ doc }: CrdtReplica): Uint8Array {
  const known = Y.decodeStateVector(Y.encodeStateVector(doc))
  known.delete(doc.clientID)
  return Y.encodeStateAsUpdate(doc, Y.encodeStateVector(known))
}

/** Only into a replica that is synced: what was kept stands beside text that the server has. It is sent like an edit. */
export function bringBack({ doc }: CrdtReplica, kept: Uint8Array): void {
  Y.applyUpdate(doc, kept, 'kept on the device')
}
