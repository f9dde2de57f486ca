/**
 * Places in a Yjs text, in the form that y-codemirror and y-monaco send: a relative position with all its fields. Yjs's own
 * `relativePositionToJSON` leaves out what is null, and y-codemirror, which reads fields as they come, stops showing anybody then.
 */
import * as Y from 'yjs'
import type { Anchor } from '../replica.ts'
import { sharedTextName } from './shared-text.ts'

export function anchorAt(text: Y.Text, offset: number, side: 'left' | 'right'): Anchor {
  const place = Math.max(0, Math.min(offset, text.length))
  const { type, tname, item, assoc } = Y.createRelativePositionFromTypeIndex(text, place, side === 'left' ? -1 : 0)
  return { type, tname, item, assoc }
}

/** Anybody may have written it: only what points into this text is followed. */
export function offsetOf(text: Y.Text, anchor: Anchor): number | null {
  if (typeof anchor !== 'object' || anchor === null || text.doc === null) return null
  const { type, tname, item, assoc } = anchor as Readonly<Record<string, unknown>>
  if (type !== undefined && type !== null) return null
  if (tname !== undefined && tname !== null && tname !== sharedTextName) return null
  if (assoc !== undefined && typeof assoc !== 'number') return null
  const id = item === undefined || item === null ? null : idOf(item)
  if (id === null && (tname !== sharedTextName || (item !== undefined && item !== null))) return null
  const position = Y.createRelativePositionFromJSON({ ...(id === null ? { tname } : { item: id }), assoc: assoc ?? 0 })
  const place = Y.createAbsolutePositionFromRelativePosition(position, text.doc)
  return place === null || place.type !== text ? null : place.index
}

function idOf(item: unknown): { readonly client: number; readonly clock: number } | null {
  if (typeof item !== 'object' || item === null) return null
  const { client, clock } = item as Readonly<Record<string, unknown>>
  if (typeof client !== 'number' || typeof clock !== 'number') return null
  return Number.isSafeInteger(client) && Number.isSafeInteger(clock) && client >= 0 && clock >= 0 ? { client, clock } : null
}
