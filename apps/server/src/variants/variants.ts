/** A variant is data: a few choices, and nothing else of the program differs. Only wiring.ts reads this. */
import type { Capabilities } from '@atelier/protocol/server-status'
import type { Isolation } from '@atelier/sandbox/sandbox'

export type Variant = { readonly isolation: Isolation; readonly capabilities: Capabilities }

/** The page saves by itself, a moment after the last key; text has no engine until documents are edited together. */
export const variants: Readonly<Partial<Record<'v0' | 'v1' | 'v2', Variant>>> = {
  v2: { isolation: 'container', capabilities: { saving: 'live', text: 'none', output: 'streamed' } },
}
