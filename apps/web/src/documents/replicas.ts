/** Loads the engine that the server edits with: the page carries only the one that is in use. */
import type { EngineName } from '@atelier/text/engine'
import type { Replica } from '@atelier/text/replica'

export type Replicas = {
  /** `kept`: what `unstored` gave to an earlier page of the same document; null: nothing. */
  create(kept: unknown): Replica
  /** What the server may not have, as IndexedDB can store it; null: nothing. */
  unstored(replica: Replica): unknown
  /** The text has arrived: what was kept goes into it, if `create` did not take it. */
  bringBack(replica: Replica, kept: unknown): void
}

export async function loadReplicas(engine: EngineName): Promise<Replicas> {
  const { replicas } = engine === 'crdt' ? await import('./crdt-replicas.ts') : await import('./ot-replicas.ts')
  return replicas
}
