import * as Y from 'yjs'
import { keepsEngineContract } from './contract/engine.contract.ts'
import { crdtEngine } from './crdt/engine.ts'
import { CrdtReplica } from './crdt/replica.ts'
import { otEngine } from './ot/engine.ts'
import { OtReplica, type OtUnsaved } from './ot/replica.ts'

const pasteUnits = 64

keepsEngineContract({
  engine: crdtEngine,
  page(_, clientId, kept) {
    const replica = new CrdtReplica({ clientId, pasteUnits, captureMs: 0 })
    // As y-indexeddb does it.
    if (kept instanceof Uint8Array) Y.applyUpdate(replica.doc, kept, 'kept')
    return replica
  },
  keep: (replica) => (replica instanceof CrdtReplica ? Y.encodeStateAsUpdate(replica.doc) : null),
})

keepsEngineContract({
  engine: otEngine,
  page: (author, _, kept) => new OtReplica({ author, now: () => 0, pasteUnits, captureMs: 0, unsaved: kept as OtUnsaved | null }),
  keep: (replica) => (replica instanceof OtReplica ? replica.unsaved : null),
})
