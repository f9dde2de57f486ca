/**
 * What the page may say of a document that is edited together, worked out from what it knows. "Saved" is said only when the server has
 * stored everything, "kept on this device" only when the device has.
 */
export type Facts = {
  /** `opening`: the room has not answered yet. `ended`: the document is no more, or not for this person. */
  readonly phase: 'opening' | 'open' | 'away' | 'ended'
  /** The server has stored all that was typed here. */
  readonly isSaved: boolean
  /** The device has written down what the server has not. */
  readonly kept: 'not-yet' | 'kept' | 'failed'
  /** Why nothing can be typed; null: it can. */
  readonly whyReadOnly: string | null
  /** How it ended. */
  readonly end: LiveEnd | null
}

/** The file was deleted (and perhaps made anew), or access was taken away. */
export type LiveEnd = { readonly kind: 'deleted' | 'replaced' | 'denied'; readonly detail: string }

export type LiveState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  /** The server cannot be reached, or cannot store: what was typed is only here. */
  | { readonly kind: 'offline'; readonly kept: Facts['kept']; readonly detail: string | null }
  | { readonly kind: 'read-only'; readonly reason: string }
  | { readonly kind: 'ended'; readonly end: LiveEnd; readonly isSaved: boolean }

export function liveStateOf({ phase, isSaved, kept, whyReadOnly, end }: Facts): LiveState {
  if (end !== null) return { kind: 'ended', end, isSaved }
  if (!isSaved && (phase !== 'open' || whyReadOnly !== null)) return { kind: 'offline', kept, detail: whyReadOnly }
  if (whyReadOnly !== null) return { kind: 'read-only', reason: whyReadOnly }
  if (!isSaved) return { kind: 'saving' }
  return phase === 'opening' ? { kind: 'opening' } : { kind: 'saved' }
}

/** Whether something that was typed is not on the server. */
export const isPending = (state: LiveState): boolean =>
  state.kind === 'saving' || state.kind === 'offline' || (state.kind === 'ended' && !state.isSaved)

/** Whether closing the tab now would lose something for good. */
export const wouldBeLost = ({ isSaved, kept }: Pick<Facts, 'isSaved' | 'kept'>): boolean => !isSaved && kept !== 'kept'
