/** Replicas over Yjs; a chunk of its own, so that Yjs comes only where it is used. */
import { CrdtReplica } from '@atelier/text/crdt/replica'
import { bringBack, unstored } from '@atelier/text/crdt/unstored'
import type { Replicas } from './replicas.ts'

export const replicas: Replicas = {
  create: () => new CrdtReplica(),
  unstored: (replica) => (replica instanceof CrdtReplica ? unstored(replica) : null),
  bringBack(replica, kept) {
    if (replica instanceof CrdtReplica && kept instanceof Uint8Array) bringBack(replica, kept)
  },
}
