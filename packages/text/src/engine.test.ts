import * as Y from 'yjs'
import { keepsEngineContract } from './contract/engine.contract.ts'
import { crdtEngine } from './crdt/engine.ts'
import { CrdtReplica } from './crdt/replica.ts'
import { createOtEngine, otEngine } from './ot/engine.ts'
import { OtReplica, type OtUnsaved } from './ot/replica.ts'
import { sequencerLimits } from './ot/sequencer.ts'
import type { Replica } from './replica.ts'

const pasteUnits = 64

keepsEngineContract({
  name: 'crdt',
  engine: crdtEngine,
  page(_, clientId, kept) {
    const replica = new CrdtReplica({ clientId, pasteUnits, captureMs: 0 })
    // As y-indexeddb does it.
    if (kept instanceof Uint8Array) Y.applyUpdate(replica.doc, kept, 'kept')
    return replica
  },
  keep: (replica) => (replica instanceof CrdtReplica ? Y.encodeStateAsUpdate(replica.doc) : null),
})

const ot = {
  page: (author: string, _: number, kept: unknown) =>
    new OtReplica({ author, now: () => 0, pasteUnits, captureMs: 0, unsaved: kept as OtUnsaved | null }),
  keep: (replica: Replica) => (replica instanceof OtReplica ? structuredClone(replica.unsaved) : null),
}

keepsEngineContract({ name: 'ot', engine: otEngine, ...ot })

// Who was away for more than an operation or two has to find out by comparison what happened.
const forgetful = createOtEngine({ ...sequencerLimits, window: 1, keptOperations: 1, keptUnits: 100 })
keepsEngineContract({ name: 'ot that forgets', engine: forgetful, ...ot, forgets: true })
