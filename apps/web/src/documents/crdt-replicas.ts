/** Replicas over Yjs; a chunk of its own, so that Yjs comes only where it is used. */
import { CrdtReplica } from '@atelier/text/crdt/replica'
import * as Y from 'yjs'
import type { Replicas } from './replicas.ts'

export const replicas: Replicas = {
  create: () => new CrdtReplica(),
  /** Everything that was written here, whether stored or not: the server takes what it lacks, and the rest costs nothing. */
  unstored(replica) {
    if (!(replica instanceof CrdtReplica)) return null
    const { doc } = replica
    const known = Y.decodeStateVector(Y.encodeStateVector(doc))
    known.delete(doc.clientID)
    return Y.encodeStateAsUpdate(doc, Y.encodeStateVector(known))
  },
  bringBack(replica, kept) {
    if (replica instanceof CrdtReplica && kept instanceof Uint8Array) Y.applyUpdate(replica.doc, kept, 'kept on this device')
  },
}
