/**
 * A variant is data: a few choices, and nothing else of the program differs. Only wiring.ts reads this; the page is told the capabilities.
 */
import type { Capabilities } from '@atelier/protocol/server-status'
import type { Isolation } from '@atelier/sandbox/sandbox'

export type Variant = { readonly isolation: Isolation; readonly capabilities: Capabilities }

export const variants: Readonly<Record<'v0' | 'v1' | 'v2', Variant>> = {
  /** The naive design: interpreters that are used again, a Save button, the last one wins, output by asking. */
  v0: { isolation: 'process', capabilities: { saving: 'explicit', text: 'none', output: 'polled' } },
  v1: { isolation: 'container', capabilities: { saving: 'live', text: 'ot', output: 'streamed' } },
  v2: { isolation: 'container', capabilities: { saving: 'live', text: 'crdt', output: 'streamed' } },
}
