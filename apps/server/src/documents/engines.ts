import { crdtEngine } from '@atelier/text/crdt/engine'
import type { EngineName, TextEngine } from '@atelier/text/engine'

const engines: Readonly<Partial<Record<EngineName, TextEngine>>> = { crdt: crdtEngine }

/** @throws Error when this program has no such engine */
export function engineNamed(name: EngineName): TextEngine {
  const engine = engines[name]
  if (engine === undefined) throw new Error(`there is no text engine "${name}"`)
  return engine
}
