import { crdtEngine } from '@atelier/text/crdt/engine'
import type { EngineName, TextEngine } from '@atelier/text/engine'
import { otEngine } from '@atelier/text/ot/engine'

const engines: Readonly<Record<EngineName, TextEngine>> = { crdt: crdtEngine, ot: otEngine }

export const engineNamed = (name: EngineName): TextEngine => engines[name]
