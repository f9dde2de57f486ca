/** Replicas by operational transformation. What was kept of an earlier page is handed over when the next one is made. */
import { OtReplica, type OtUnsaved } from '@atelier/text/ot/replica'
import type { Replicas } from './replicas.ts'

export const replicas: Replicas = {
  create: (kept) =>
    new OtReplica({
      author: crypto.getRandomValues(new Uint32Array(4)).join('-'),
      now: () => performance.now(),
      unsaved: kept as OtUnsaved | null,
    }),
  unstored: (replica) => (replica instanceof OtReplica ? replica.unsaved : null),
  bringBack() {},
}
